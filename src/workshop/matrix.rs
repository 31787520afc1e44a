//! Systems in which every two options stand together at least once.

use super::pairwise;
use crate::blueprint::options::GATEWAY;
use crate::catalogue::kind::contract_of;
use crate::catalogue::{Axis, Catalogue, Module};
use crate::template::module::Side;

/// An axis of the matrix: what is said where, of each of its options.
type Said = Vec<Vec<String>>;

/// The factor of a row that says how gateway and service are linked.
const TRANSPORT: usize = 2;

/// Pages of one gateway and one Python service with an operation, an event and a type of its own.
pub fn pages(catalogue: &Catalogue) -> Vec<String> {
    let names = |axis| -> Said {
        let options = catalogue.options(axis);
        options.map(|module| vec![module.name.clone()]).collect()
    };
    let kinds: Vec<&Module> = catalogue
        .options(Axis::KIND)
        .filter(|it| it.name != GATEWAY)
        .collect();
    let stores: Vec<&Module> = catalogue.options(Axis::STORE).collect();
    let choices: Vec<Axis> = Axis::all_choices().collect();
    // Of many: every one alone, all together, and none.
    let chosen = choices.iter().map(|axis| {
        let mut said = names(*axis);
        if axis.is_many() {
            said.extend([said.concat(), Vec::new()]);
        }
        said
    });
    let frameworks = [Axis::GATEWAY, Axis::PYTHON, Axis::TRANSPORT, Axis::DEPLOY].map(names);
    let chosen: Vec<Said> = chosen.collect();
    let sizes: Vec<usize> = frameworks
        .iter()
        .chain(&chosen)
        .map(Vec::len)
        .chain([stores.len(), kinds.len()])
        .collect();
    let page = |row: Vec<usize>| {
        let [gateway, python, transport, target] =
            [0, 1, TRANSPORT, 3].map(|at| &frameworks[at][row[at]][0]);
        let of = |side: Side| -> String {
            let mine: Vec<Axis> = Axis::choices(side).collect();
            let all = choices.iter().zip(&chosen).zip(&row[frameworks.len()..]);
            let lines = all.filter(|((axis, _), _)| mine.contains(axis));
            let lines = lines.map(|((axis, said), at)| {
                let words = said[*at].join(", ");
                match axis.is_many() {
                    true => format!("    {axis}: [{words}]\n"),
                    false => format!("    {axis}: {words}\n"),
                }
            });
            lines.collect()
        };
        let (store, kind) = (stores[row[row.len() - 2]], kinds[row[row.len() - 1]]);
        let keeps = kind.needs.iter().any(|need| store.provides.contains(need));
        let store = match keeps {
            true => format!("    store: {}\n", store.name),
            false => String::new(),
        };
        format!(
            "hybridge: 1\nname: matrix\nservices:\n  {GATEWAY}:\n    kind: {GATEWAY}\n    framework: {gateway}\n{}  \
             unit:\n    kind: {}\n    framework: {python}\n{}{store}    operations:\n      ask:\n        \
             input: {{ what: string, when: timestamp? }}\n        output: {{ answers: [Answer] }}\n    \
             events:\n      changed: {{ id: uuid, by: a | b }}\n    types:\n      Answer: {{ text: string, score: \
             float }}\nlinks:\n  - {{ from: {GATEWAY}, to: unit, via: {transport} }}\ntargets: [{target}]\n",
            of(Side::Gateway),
            kind.name,
            of(Side::Service),
        )
    };
    let transports: Vec<&Module> = catalogue.options(Axis::TRANSPORT).collect();
    let rows = pairwise::rows(&sizes).into_iter();
    rows.flat_map(|row| possible(row, &transports, &kinds))
        .map(page)
        .collect()
}

/// The row itself, or where its transport does not bring the answers in parts of its kind, two that have all
/// other pairs of it: one with another transport, one with another kind.
fn possible(row: Vec<usize>, transports: &[&Module], kinds: &[&Module]) -> Vec<Vec<usize>> {
    let kind = row.len() - 1;
    let streams = |kind: &Module| contract_of(kind).is_ok_and(|contract| contract.streams());
    if transports[row[TRANSPORT]].streams || !streams(kinds[row[kind]]) {
        return vec![row];
    }
    let with = |factor: usize, option: Option<usize>| {
        let mut other = row.clone();
        other[factor] = option?;
        Some(other)
    };
    let others = [
        with(TRANSPORT, transports.iter().position(|it| it.streams)),
        with(kind, kinds.iter().position(|it| !streams(it))),
    ];
    others.into_iter().flatten().collect()
}
