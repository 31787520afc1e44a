//! A folder in which the program runs, and all that it prints and leaves.
//!
//! What it prints is compared as a whole, in the test itself:
//!
//! ```ignore
//! Scratch::with(&[("shop.yaml", "name: Shop\n")])
//!     .run(&["check", "shop.yaml"])
//!     .code(1)
//!     .stderr_eq(str![[r#"..."#]]);
//! ```
//!
//! `SNAPSHOTS=overwrite cargo test --test NAME` writes down what is printed now; read the difference. `...` alone on
//! a line stands for any lines, `[..]` for anything in a line: for what is not ours, or changes with the templates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::cmd::OutputAssert;
use snapbox::{Assert, Redactions};
use tempfile::TempDir;

use super::trees::{self, Files};

pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// With these files: path and text.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let scratch = Self::new();
        trees::lay_out(scratch.path(), &trees::files(files));
        scratch
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, path: &str) -> String {
        let read = fs::read_to_string(self.path().join(path));
        read.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The whole tree.
    pub fn files(&self) -> Files {
        trees::read(self.path())
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> OutputAssert {
        self.run_in("", arguments)
    }

    /// Runs the program in a folder of this one.
    pub fn run_in(&self, below: &str, arguments: &[&str]) -> OutputAssert {
        let command = super::command(&self.path().join(below), arguments);
        printed(command, self.path())
    }
}

/// All that a command prints, for comparison: `[FOLDER]` is `folder`, `[ROOT]` the repository, `[VERSION]` that of
/// hybridge.
pub fn printed(command: Command, folder: &Path) -> OutputAssert {
    prepared(command, folder).assert()
}

/// As [`printed`], before it is run.
pub fn prepared(command: Command, folder: &Path) -> snapbox::cmd::Command {
    let mut redactions = Redactions::new();
    let places = [
        ("[FOLDER]", folder.to_owned()),
        ("[FOLDER]", fs::canonicalize(folder).unwrap()),
        ("[ROOT]", super::root().to_owned()),
        ("[VERSION]", env!("CARGO_PKG_VERSION").into()),
    ];
    redactions.extend(places).expect("words in brackets");
    let assert = Assert::new()
        .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
        .redact_with(redactions);
    snapbox::cmd::Command::from_std(command).with_assert(assert)
}
