//! `.hybridge/`: what a project remembers of how it was written.
//!
//! | file | holds |
//! | --- | --- |
//! | `state.json` | format and versions, ports of components, contracts, and of each file its owner, template, mode and digest |
//! | `contracts/<service>.proto.json` | numbers of Protocol Buffers, and those that are reserved |
//! | `base/*.pack` | every file as it was written ([`base`](super::base)) |
//! | `packs.json` | which packs the project was made with |
//!
//! `state.json` has a line for each file and each part of a contract, in order, so that git merges what two branches changed.

mod migrate;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use crate::contract::compatibility::surface::to_parts;
use crate::plan::record::Record;
use crate::tree::{Owner, Tree, TreeFile};
use crate::written::FileState;

/// Where the state stands in a project.
pub const STATE: &str = ".hybridge/state.json";

/// The format of the state file; raised when an older hybridge could no longer read it.
pub const FORMAT: u64 = 2;

/// What a project remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Of the file that it was read from; an upgrade looks at it.
    pub format: u64,
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
    pub(super) fn of(tree: &Tree, as_of: &str, record: &Record) -> Self {
        let files = tree
            .iter()
            .map(|(path, file)| (path.clone(), FileState::of(file)))
            .collect();
        let numbers = tree.iter().filter_map(|(path, file)| {
            let service = Record::service_of(path)?.to_owned();
            Some((service, serde_json::from_slice(&file.bytes).ok()?))
        });
        Self {
            format: FORMAT,
            hybridge: env!("CARGO_PKG_VERSION").into(),
            as_of: as_of.into(),
            record: Record {
                ports: record.ports.clone(),
                numbers: numbers.collect(),
                contracts: record.contracts.clone(),
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
        lines(&mut text, "contracts", &to_parts(&self.record.contracts));
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
            let Some(pairs) = value.as_object() else {
                return format!("    {}: {value}", json!(key));
            };
            let pairs: Vec<String> = pairs
                .iter()
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
