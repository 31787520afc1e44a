//! What git does not do or does not have.

use std::io;

use thiserror::Error;

use crate::state_error::PartError;

/// Why git does not say what it is asked.
#[derive(Debug, Error)]
pub enum GitError {
    #[error(transparent)]
    NotStarted(#[from] io::Error),

    /// In git's own words.
    #[error("{words}")]
    Refused { words: String },

    #[error("`{path}` is not UTF-8 text there")]
    NotUtf8 { path: String },
}

/// Why nothing is known of the contracts of an earlier revision.
#[derive(Debug, Error)]
pub enum NoContracts {
    #[error("there is no git here")]
    NoGit,

    #[error(transparent)]
    Git(#[from] GitError),

    #[error("`.hybridge/state.json` is broken there: {0}")]
    Unreadable(#[from] serde_json::Error),

    #[error("`.hybridge/state.json` is broken there: {0}")]
    Part(#[from] PartError),

    #[error(
        "it was written by a hybridge that recorded none; apply the project with this one and commit it"
    )]
    NotRecorded,
}
