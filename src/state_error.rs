//! What is wrong with the folder `.hybridge/` of a project.

use std::io;
use std::path::PathBuf;

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
