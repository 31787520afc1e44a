//! What stands at a path or is to be written there, and what was looked at.

use std::fmt;
use std::path::PathBuf;

/// What a path of the disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    SymbolicLink,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::SymbolicLink => "a symbolic link",
        })
    }
}

/// What is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    File,
    /// A new one.
    Project,
    /// Of several files, before any of them is written.
    Change,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Project => "the project",
            Self::Change => "a change",
        })
    }
}

/// What was looked at, and found to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checkup {
    /// The machine and the project.
    Doctor,
    /// A pack in a folder.
    Pack(PathBuf),
    /// What a pack in a folder writes, beside what is recorded of it.
    PackTests(PathBuf),
}

impl fmt::Display for Checkup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doctor => f.write_str("doctor"),
            Self::Pack(folder) => write!(f, "pack check of `{}`", folder.display()),
            Self::PackTests(folder) => write!(f, "pack test of `{}`", folder.display()),
        }
    }
}

/// What remains in a project of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    Marks {
        path: String,
        /// Counted from 1.
        line: usize,
    },
    /// A file that stands beside another, with what hybridge would write there.
    Beside { path: String },
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Marks { path, line } => write!(f, "`{path}:{line}` has marks of a conflict"),
            Self::Beside { path } => write!(f, "`{path}` is still there"),
        }
    }
}
