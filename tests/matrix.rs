//! Every two options stand together in some system, and every file of each such system can be read.

mod support;

use hybridge::catalogue::{Axis, Catalogue, Module};
use support::{pairwise, parse, render};

/// A blueprint of one gateway and one Python service with these options.
struct Row<'m> {
    gateway: &'m Module,
    python: &'m Module,
    kind: &'m Module,
    transport: &'m Module,
    realtime: Vec<&'m Module>,
    auth: &'m Module,
    store: &'m Module,
    target: &'m Module,
}

impl Row<'_> {
    fn blueprint(&self) -> String {
        let ways: Vec<&str> = self.realtime.iter().map(|way| way.name.as_str()).collect();
        let keeps = self
            .kind
            .needs
            .iter()
            .any(|need| self.store.provides.contains(need));
        let store = if keeps {
            format!("    store: {}\n", self.store.name)
        } else {
            String::new()
        };
        format!(
            "hybridge: 1\nname: matrix\nservices:\n  gateway:\n    kind: gateway\n    framework: {}\n    \
             realtime: [{}]\n    auth: {}\n  unit:\n    kind: {}\n    framework: {}\n{store}    operations:\n      \
             ask:\n        input: {{ what: string, when: timestamp? }}\n        output: {{ answers: [Answer] }}\n    \
             events:\n      changed: {{ id: uuid, by: a | b }}\n    types:\n      Answer: {{ text: string, score: \
             float }}\nlinks:\n  - {{ from: gateway, to: unit, via: {} }}\ntargets: [{}]\n",
            self.gateway.name,
            ways.join(", "),
            self.auth.name,
            self.kind.name,
            self.python.name,
            self.transport.name,
            self.target.name,
        )
    }
}

#[test]
fn every_two_options_make_a_system_that_can_be_read() {
    let catalogue = Catalogue::built_in().unwrap();
    let options = |axis| catalogue.options(axis).collect::<Vec<&Module>>();
    let kinds: Vec<&Module> = options(Axis::Kind)
        .into_iter()
        .filter(|kind| kind.name != "gateway")
        .collect();
    let ways = options(Axis::Realtime);
    // Every way alone, all together, and none.
    let mut realtime: Vec<Vec<&Module>> = ways.iter().map(|way| vec![*way]).collect();
    realtime.extend([ways, Vec::new()]);
    let axes = [
        Axis::Gateway,
        Axis::Python,
        Axis::Transport,
        Axis::Auth,
        Axis::Store,
        Axis::Deploy,
    ]
    .map(options);
    let [gateways, pythons, transports, auths, stores, targets] = &axes;
    let sizes: Vec<usize> = axes
        .iter()
        .map(Vec::len)
        .chain([kinds.len(), realtime.len()])
        .collect();

    let rows = pairwise::rows(&sizes);
    assert!(rows.len() >= kinds.len() * realtime.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let system = Row {
            gateway: gateways[row[0]],
            python: pythons[row[1]],
            transport: transports[row[2]],
            auth: auths[row[3]],
            store: stores[row[4]],
            target: targets[row[5]],
            kind: kinds[row[6]],
            realtime: realtime[row[7]].clone(),
        };
        let blueprint = system.blueprint();
        for (path, file) in render(&blueprint) {
            if let Err(why) = parse::check(&path, &file.bytes) {
                wrong.push(format!("{path}: {why}\n{blueprint}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_can_be_read() {
    for (name, path) in support::examples() {
        for (path, file) in render(&std::fs::read_to_string(path).unwrap()) {
            if let Err(why) = parse::check(&path, &file.bytes) {
                panic!("{name}: {path}: {why}");
            }
        }
    }
}

#[test]
fn pairs_are_covered_by_few_rows() {
    let sizes = [5, 5, 5, 3, 6, 2];
    let rows = pairwise::rows(&sizes);
    assert!(rows.len() < 60, "{}", rows.len());
    for left in 0..sizes.len() {
        for right in left + 1..sizes.len() {
            for a in 0..sizes[left] {
                for b in 0..sizes[right] {
                    assert!(rows.iter().any(|row| row[left] == a && row[right] == b));
                }
            }
        }
    }
}
