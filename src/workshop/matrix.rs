//! Systems in which every two options stand together at least once.

use super::pairwise;
use crate::blueprint::options::GATEWAY;
use crate::catalogue::{Axis, Catalogue, Module};

/// Pages of one gateway and one Python service with an operation, an event and a type of its own.
pub fn pages(catalogue: &Catalogue) -> Vec<String> {
    let options = |axis| catalogue.options(axis).collect::<Vec<&Module>>();
    let kinds: Vec<&Module> = options(Axis::Kind)
        .into_iter()
        .filter(|it| it.name != GATEWAY)
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
        Axis::Backplane,
        Axis::Console,
        Axis::Store,
        Axis::Deploy,
    ]
    .map(options);
    let sizes: Vec<usize> = axes
        .iter()
        .map(Vec::len)
        .chain([kinds.len(), realtime.len()])
        .collect();
    let rows = pairwise::rows(&sizes);
    let page = |row: &Vec<usize>| {
        let of = |axis: usize| axes[axis][row[axis]];
        page(
            [of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)],
            kinds[row[8]],
            &realtime[row[9]],
        )
    };
    rows.iter().map(page).collect()
}

fn page(
    [
        gateway,
        python,
        transport,
        auth,
        backplane,
        console,
        store,
        target,
    ]: [&Module; 8],
    kind: &Module,
    ways: &[&Module],
) -> String {
    let ways: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    let keeps = kind.needs.iter().any(|need| store.provides.contains(need));
    let store = match keeps {
        true => format!("    store: {}\n", store.name),
        false => String::new(),
    };
    format!(
        "hybridge: 1\nname: matrix\nservices:\n  gateway:\n    kind: gateway\n    framework: {}\n    \
         realtime: [{}]\n    auth: {}\n    backplane: {}\n    console: {}\n  unit:\n    kind: {}\n    framework: {}\n{store}    operations:\n      \
         ask:\n        input: {{ what: string, when: timestamp? }}\n        output: {{ answers: [Answer] }}\n    \
         events:\n      changed: {{ id: uuid, by: a | b }}\n    types:\n      Answer: {{ text: string, score: \
         float }}\nlinks:\n  - {{ from: gateway, to: unit, via: {} }}\ntargets: [{}]\n",
        gateway.name,
        ways.join(", "),
        auth.name,
        backplane.name,
        console.name,
        kind.name,
        python.name,
        transport.name,
        target.name,
    )
}
