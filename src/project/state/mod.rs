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
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::base;
use crate::contract::proto::numbers::Numbers;
use crate::plan::record::Record;
use crate::plan::{Owner, Tree, TreeFile};

/// Where the state stands in a project.
pub const STATE: &str = ".hybridge/state.json";

/// Tells git how to take what stands beside.
const ATTRIBUTES: &str = ".hybridge/.gitattributes";
const ATTRIBUTES_TEXT: &str =
    "*.json text eol=lf linguist-generated\n*.pack binary linguist-generated\n";

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

/// A file as hybridge wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    pub owner: Owner,
    /// Below `templates/`; `""` for what hybridge writes without one. From a state of format 1, which has the
    /// folder of the module alone, it ends in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// The pack whose template it is; absent for one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    #[serde(rename = "mode", with = "mode")]
    pub executable: bool,
    /// Of the bytes as written, in hexadecimal.
    pub sha256: String,
}

/// Why the state of a project cannot be used.
#[derive(Debug, Error)]
pub enum StateError {
    #[error("`{path}` cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },

    #[error("`{}` is not a project of hybridge: it has no `{STATE}`", folder.display())]
    NoProject { folder: PathBuf },

    #[error("`{path}` has format {format}, and this hybridge reads up to {FORMAT}{}", written_by(.hybridge))]
    Newer {
        path: PathBuf,
        format: u64,
        /// The version that wrote it; `""` when it does not say.
        hybridge: String,
    },

    #[error("`{path}` is broken: {reason}")]
    Broken { path: PathBuf, reason: String },

    #[error("`{path}` is in the middle of a merge: it holds conflict markers of git")]
    Unmerged { path: PathBuf },

    #[error("`{path}` is not a whole pack: {reason}")]
    BrokenBase { path: PathBuf, reason: String },

    #[error("`{path}` was written by a newer hybridge")]
    NewerBase { path: PathBuf },
}

fn written_by(version: &str) -> String {
    match version {
        "" => String::new(),
        version => format!("; it was written by hybridge {version}"),
    }
}

impl StateError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let restore = "`git checkout -- .hybridge` brings back what was committed last";
        match self {
            Self::Newer { .. } | Self::NewerBase { .. } => {
                Some("install a newer hybridge: `cargo install hybridge`".into())
            }
            Self::Broken { .. } | Self::BrokenBase { .. } => Some(restore.into()),
            Self::Unmerged { .. } => Some("resolve it first, as any other file".into()),
            Self::NoProject { .. } | Self::Read { .. } => None,
        }
    }
}

impl FileState {
    fn of(file: &TreeFile) -> Self {
        Self {
            owner: file.owner,
            template: file.template.clone(),
            pack: file.pack.clone(),
            executable: file.executable,
            sha256: sha256(&file.bytes),
        }
    }

    /// Whether these are the bytes that were written, whatever a checkout made of the ends of lines.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        if sha256(bytes) == self.sha256 {
            return true;
        }
        let is_text = std::str::from_utf8(bytes).ok();
        is_text
            .filter(|text| text.contains("\r\n"))
            .is_some_and(|text| sha256(text.replace("\r\n", "\n").as_bytes()) == self.sha256)
    }
}

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
/// no template writes any longer are kept, for the day on which the service has such a contract again.
pub fn remember(tree: &mut Tree, as_of: &str, record: &Record) {
    for (service, numbers) in &record.numbers {
        let is_there = record.ports.contains_key(service);
        let path = Record::numbers_path(service);
        if is_there && !tree.contains_key(&path) {
            tree.insert(path, numbers_file(numbers));
        }
    }
    let state = State::of(tree, as_of, record).to_file();
    let packs = base::packs(tree);
    tree.extend(packs);
    tree.insert(STATE.into(), state);
    let attributes = TreeFile::own(ATTRIBUTES_TEXT.into(), Owner::Managed);
    tree.insert(ATTRIBUTES.into(), attributes);
}

fn numbers_file(numbers: &Numbers) -> TreeFile {
    let value = serde_json::to_value(numbers).expect("plain data with string keys");
    let text = crate::render::json::pretty(&value, 0, 0);
    TreeFile::own(format!("{text}\n").into_bytes(), Owner::Managed)
}

/// Permissions as `644` and `755`, as git knows them.
mod mode {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(executable: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(if *executable { "755" } else { "644" })
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<bool, D::Error> {
        match String::deserialize(from)?.as_str() {
            "755" => Ok(true),
            "644" => Ok(false),
            other => Err(D::Error::custom(format!("`{other}` is not a mode"))),
        }
    }
}
