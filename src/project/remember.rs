//! What is added to the files of a system, so that a later run knows how they were written.

use std::path::Path;

use super::base;
use super::state::{STATE, State};
use crate::contract::proto::numbers::Numbers;
use crate::plan::record::Record;
use crate::tree::{Owner, Tree, TreeFile};

/// Tells git how to take what stands beside.
const ATTRIBUTES: &str = ".hybridge/.gitattributes";
const ATTRIBUTES_TEXT: &str =
    "*.json text eol=lf linguist-generated\n*.pack binary linguist-generated\n";

/// What only a run that is under way, or was interrupted, has there.
const IGNORED: &str = ".hybridge/.gitignore";
const IGNORED_TEXT: &str = "lock\ntransaction/\nunfinished.json\n";

/// Adds to the files of a system what hybridge remembers of them. `record` is the one of the plan: numbers that
/// no template writes any longer are kept, for the day on which the service has such a contract again. `project` is
/// the one that is there already. The state that was added.
pub fn remember(tree: &mut Tree, as_of: &str, record: &Record, project: Option<&Path>) -> State {
    for (service, numbers) in &record.numbers {
        let is_there = record.ports.contains_key(service);
        let path = Record::numbers_path(service);
        if is_there && !tree.contains_key(&path) {
            tree.insert(path, numbers_file(numbers));
        }
    }
    let state = State::of(tree, as_of, record);
    let packs = base::packs(tree, project);
    tree.extend(packs);
    tree.insert(STATE.into(), state.to_file());
    for (path, text) in [(ATTRIBUTES, ATTRIBUTES_TEXT), (IGNORED, IGNORED_TEXT)] {
        tree.insert(path.into(), TreeFile::own(text.into(), Owner::Managed));
    }
    state
}

fn numbers_file(numbers: &Numbers) -> TreeFile {
    let value = serde_json::to_value(numbers).expect("plain data with string keys");
    let text = crate::render::json::pretty(&value, 0, 0);
    TreeFile::own(format!("{text}\n").into_bytes(), Owner::Managed)
}
