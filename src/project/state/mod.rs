//! `.hybridge/`: what a project remembers of how it was written.
//!
//! | file | holds |
//! | --- | --- |
//! | `state.json` | format and versions, ports of components, and of each file its owner, template, mode and digest |
//! | `contracts/<service>.proto.json` | numbers of Protocol Buffers, and those that are reserved |
//! | `base/*.pack` | every file as it was written ([`base`](super::base)) |
//! | `packs.json` | which packs the project was made with |
//!
//! `state.json` has a line for each file, in the order of paths, so that git merges what two branches changed.

mod migrate;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::base;
use crate::contract::proto::numbers::Numbers;
use crate::plan::record::Record;
use crate::tree::{Owner, Tree, TreeFile};
use crate::written::FileState;

/// Where the state stands in a project.
pub const STATE: &str = ".hybridge/state.json";

/// Tells git how to take what stands beside.
const ATTRIBUTES: &str = ".hybridge/.gitattributes";
const ATTRIBUTES_TEXT: &str =
    "*.json text eol=lf linguist-generated\n*.pack binary linguist-generated\n";

/// What only a run that is under way, or was interrupted, has there.
const IGNORED: &str = ".hybridge/.gitignore";
const IGNORED_TEXT: &str = "lock\ntransaction/\nunfinished.json\n";

/// The format of the state file; raised when an older hybridge could no longer read it.
pub const FORMAT: u64 = 2;

/// What a project remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The version of hybridge that wrote the files.
    pub hybridge: String,
    /// The instant as of which lock files are made, RFC 3339.
    pub as_of: String,
    /// What the project was given once and keeps.
    pub record: Record,
    /// By path, which has `/`.
    pub files: BTreeMap<String, FileState>,
}

impl State {
    /// The state of a project that holds exactly `tree`, where components listen as `record` says.
    fn of(tree: &Tree, as_of: &str, record: &Record) -> Self {
        let files = tree
            .iter()
            .map(|(path, file)| (path.clone(), FileState::of(file)))
            .collect();
        let numbers = tree.iter().filter_map(|(path, file)| {
            let service = Record::service_of(path)?.to_owned();
            Some((service, serde_json::from_slice(&file.bytes).ok()?))
        });
        Self {
            hybridge: env!("CARGO_PKG_VERSION").into(),
            as_of: as_of.into(),
            record: Record {
                ports: record.ports.clone(),
                numbers: numbers.collect(),
            },
            files,
        }
    }

    /// Takes note of a file that was written anew.
    pub fn record(&mut self, path: &str, file: &TreeFile) {
        self.files.insert(path.to_owned(), FileState::of(file));
    }

    /// The state as a file of the tree.
    pub fn to_file(&self) -> TreeFile {
        let mut text = format!("{{\n  \"format\": {FORMAT},\n");
        for (key, value) in [("hybridge", &self.hybridge), ("as_of", &self.as_of)] {
            let _ = writeln!(text, "  \"{key}\": {},", json!(value));
        }
        lines(&mut text, "ports", &self.record.ports);
        text.push_str(",\n");
        lines(&mut text, "files", &self.files);
        text.push_str("\n}\n");
        TreeFile::own(text.into_bytes(), Owner::Managed)
    }
}

/// A mapping with each entry on a line of its own.
fn lines(text: &mut String, key: &str, entries: &BTreeMap<String, impl Serialize>) {
    let entries: Vec<String> = entries
        .iter()
        .map(|(key, value)| {
            let value = serde_json::to_value(value).expect("plain data with string keys");
            let pairs = value.as_object().into_iter().flatten();
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{}: {value}", json!(key)))
                .collect();
            format!("    {}: {{ {} }}", json!(key), pairs.join(", "))
        })
        .collect();
    let _ = match entries.is_empty() {
        true => write!(text, "  \"{key}\": {{}}"),
        false => write!(text, "  \"{key}\": {{\n{}\n  }}", entries.join(",\n")),
    };
}

/// Adds to the files of a system what hybridge remembers of them. `record` is the one of the plan: numbers that
/// no template writes any longer are kept, for the day on which the service has such a contract again. The state
/// that was added.
pub fn remember(tree: &mut Tree, as_of: &str, record: &Record) -> State {
    for (service, numbers) in &record.numbers {
        let is_there = record.ports.contains_key(service);
        let path = Record::numbers_path(service);
        if is_there && !tree.contains_key(&path) {
            tree.insert(path, numbers_file(numbers));
        }
    }
    let state = State::of(tree, as_of, record);
    let packs = base::packs(tree);
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
