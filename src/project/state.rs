//! `.hybridge/state.json`: what hybridge wrote, so that it can tell later what a person changed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::plan::{Owner, Tree, TreeFile};

/// Where the state stands in a project.
pub const STATE: &str = ".hybridge/state.json";

/// The format of the state file; raised when an older hybridge could no longer read it.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    pub format: u32,
    /// The version of hybridge that wrote the files.
    pub hybridge: String,
    /// The instant as of which lock files are made, RFC 3339.
    pub as_of: String,
    pub files: BTreeMap<String, FileState>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct FileState {
    pub owner: Owner,
    /// Folder of the module that wrote it.
    pub module: String,
    /// The pack whose template it is; absent for one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Of the bytes as written, in hexadecimal.
    pub sha256: String,
}

impl FileState {
    fn of(file: &TreeFile) -> Self {
        Self {
            owner: file.owner,
            module: file.module.clone(),
            pack: file.pack.clone(),
            sha256: sha256(&file.bytes),
        }
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
    /// The state of a project, where there is one that can be read.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// The state of a project that holds exactly `tree`.
    pub fn of(tree: &Tree, as_of: &str) -> Self {
        let files = tree
            .iter()
            .map(|(path, file)| (path.clone(), FileState::of(file)))
            .collect();
        Self {
            format: FORMAT,
            hybridge: env!("CARGO_PKG_VERSION").into(),
            as_of: as_of.into(),
            files,
        }
    }

    /// Takes note of a file that was written anew.
    pub fn record(&mut self, path: &str, file: &TreeFile) {
        self.files.insert(path.to_owned(), FileState::of(file));
    }

    /// The state as a file of the tree: a line for each file, so that one that changes is one line of a
    /// difference.
    pub fn to_file(&self) -> TreeFile {
        let State {
            format,
            hybridge,
            as_of,
            files,
        } = self;
        let line = |(path, file): (&String, &FileState)| {
            let (path, file) = (json(path), json(file));
            format!("    {path}: {file}")
        };
        let files: Vec<String> = files.iter().map(line).collect();
        let text = format!(
            "{{\n  \"format\": {format},\n  \"hybridge\": {},\n  \"as_of\": {},\n  \"files\": {{\n{}\n  }}\n}}\n",
            json(hybridge),
            json(as_of),
            files.join(",\n"),
        );
        TreeFile {
            bytes: text.into_bytes(),
            executable: false,
            owner: Owner::Managed,
            module: "hybridge".into(),
            pack: None,
        }
    }
}

/// As JSON on one line.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data with string keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_a_line_that_is_read_again() {
        let file = TreeFile {
            bytes: b"text\n".to_vec(),
            executable: false,
            owner: Owner::Managed,
            module: "base".into(),
            pack: None,
        };
        let tree = Tree::from([("a \"b\".md".into(), file.clone()), ("c.md".into(), file)]);
        let written = State::of(&tree, "2026-01-01T00:00:00Z").to_file();
        let lines = String::from_utf8(written.bytes.clone()).unwrap();
        let of_file = |line: &&str| line.contains("sha256");
        assert_eq!(lines.lines().filter(of_file).count(), 2);
        let read: State = serde_json::from_slice(&written.bytes).unwrap();
        assert_eq!(
            read.files.keys().collect::<Vec<_>>(),
            ["a \"b\".md", "c.md"]
        );
        assert_eq!(read.files["c.md"].sha256, sha256(b"text\n"));
    }
}
