//! What is wrong with the folder `.hybridge/` of a project.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why what a project remembers cannot be used.
#[derive(Debug, Error)]
pub enum StateError {
    #[error("`{path}` cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },

    #[error("`{}` is not a project of hybridge: it has no `.hybridge/state.json`", folder.display())]
    NoProject { folder: PathBuf },

    #[error("`{path}` has format {format}, and this hybridge reads up to {newest}{}", written_by(.hybridge))]
    Newer {
        path: PathBuf,
        format: u64,
        /// The one that this hybridge writes.
        newest: u64,
        /// The version that wrote it; `""` when it does not say.
        hybridge: String,
    },

    #[error("`{path}` is broken: {why}")]
    Broken { path: PathBuf, why: BrokenFile },

    #[error("`{path}` is in the middle of a merge: it holds conflict markers of git")]
    Unmerged { path: PathBuf },

    #[error("`{path}` is not a whole pack: {why}")]
    BrokenBase { path: PathBuf, why: BrokenBase },

    #[error("`{path}` was written by a newer hybridge")]
    NewerBase { path: PathBuf },
}

/// Why a text file of the folder cannot be understood.
#[derive(Debug, Error)]
pub enum BrokenFile {
    #[error("it is not UTF-8 text")]
    NotText,

    #[error(transparent)]
    Json(#[from] serde_json::Error),

    #[error(transparent)]
    Base64(#[from] data_encoding::DecodeError),

    #[error("it does not say its format")]
    NoFormat,

    #[error("`{}` is not a path in the project", .path.escape_debug())]
    NotAPath { path: String },

    #[error("the digest of `{path}` is not one")]
    NotADigest { path: String },

    #[error(transparent)]
    Part(#[from] PartError),

    #[error(transparent)]
    Number(#[from] NumberTwice),
}

/// Why what was recorded is not a part of a contract.
#[derive(Debug, Error)]
pub enum PartError {
    #[error("`{key}` is not a part of a contract: there is no `{section}`")]
    UnknownSection { key: String, section: String },

    #[error("`{key}` is not a part of a contract: {source}")]
    Unreadable {
        key: String,
        source: serde_json::Error,
    },
}

/// A number of Protocol Buffers that stands for two members of a message or an enum, or for one that is gone too.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("in `{scope}`, `{member}` has the number {number}, which was given to `{other}`")]
pub struct NumberTwice {
    pub scope: String,
    pub member: String,
    pub number: u32,
    pub other: String,
}

/// Why a file of `.hybridge/base/` cannot be unpacked.
#[derive(Debug, Error)]
pub enum BrokenBase {
    #[error("it does not begin as one")]
    NotAPack,

    #[error("it ends early")]
    EndsEarly,

    #[error("it has no format")]
    NoFormat,

    #[error("it does not say how large it is")]
    NoSize,

    #[error(transparent)]
    Compression(#[from] io::Error),
}

fn written_by(version: &str) -> String {
    match version {
        "" => String::new(),
        version => format!("; it was written by hybridge {version}"),
    }
}

impl StateError {
    /// The file that it is about; the folder where there is no project.
    pub fn path(&self) -> &Path {
        match self {
            Self::NoProject { folder } => folder,
            Self::Read { path, .. }
            | Self::Newer { path, .. }
            | Self::Broken { path, .. }
            | Self::Unmerged { path }
            | Self::BrokenBase { path, .. }
            | Self::NewerBase { path } => path,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let restore = "`git checkout -- .hybridge` brings back what was committed last";
        match self {
            Self::Newer { .. } | Self::NewerBase { .. } => {
                Some("install a newer hybridge: `cargo install hybridge`".into())
            }
            Self::Broken { .. } | Self::BrokenBase { .. } => Some(restore.into()),
            Self::Unmerged { path } if path.ends_with(".hybridge/state.json") => Some(
                "resolve `hybridge.yaml`, and what was edited on both branches; `hybridge apply` does the rest".into(),
            ),
            Self::Unmerged { .. } => Some("resolve it first, as any other file".into()),
            Self::NoProject { .. } | Self::Read { .. } => None,
        }
    }
}
