//! Mistakes of keys, kinds of values and words, which the schema knows.

use thiserror::Error;

use super::{Code, list};
use crate::document::quote::quoted;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeMistake {
    #[error("{of} needs the key `{key}`")]
    MissingKey { of: String, key: String },

    #[error("unknown key {} in {of}", quoted(.key))]
    UnknownKey {
        key: String,
        /// What the schema calls the mapping.
        of: String,
        meant: Meant,
    },

    #[error("unknown {what} {}", quoted(.word))]
    UnknownWord {
        word: String,
        /// What the schema calls the value.
        what: String,
        meant: Meant,
    },

    #[error("{subject} must be {}, not {found}", .wanted.join(" or "))]
    WrongType {
        subject: String,
        wanted: Vec<&'static str>,
        found: String,
    },

    /// `nearest` is a key of a field.
    #[error("this is neither a map type, `{{string: T}}`, nor a field with the key `type`")]
    NeitherMapNorField { nearest: Option<String> },

    #[error("a list type holds exactly one type")]
    NotOneType,

    #[error("{} is given twice", quoted(.word))]
    GivenTwice { word: String },

    #[error("{subject} is empty")]
    Empty { subject: String },

    #[error("a description of nothing but white space")]
    BlankDescription,

    #[error("{subject} {limit}")]
    OutOfBounds {
        subject: String,
        /// Follows the subject in a sentence.
        limit: String,
    },
}

/// What a word that is not known may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    Nearest(String),
    /// A key of services of other kinds.
    OfKinds {
        key: String,
        kinds: Vec<String>,
    },
    /// One of these.
    Keys(Vec<String>),
    Words(Vec<String>),
    Unknown,
}

impl Meant {
    fn instead(&self) -> Option<String> {
        match self {
            Self::Nearest(word) => super::nearest(Some(word)),
            Self::OfKinds { key, kinds } => {
                Some(format!("`{key}` is for services of kind {}", list(kinds)))
            }
            Self::Keys(keys) => Some(format!("known keys: {}", list(keys))),
            Self::Words(words) => Some(format!("known: {}", list(words))),
            Self::Unknown => None,
        }
    }
}

impl ShapeMistake {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::MissingKey { .. } => Code::MissingKey,
            Self::UnknownKey { .. } => Code::UnknownKey,
            Self::UnknownWord { .. } => Code::UnknownWord,
            Self::WrongType { .. } | Self::NeitherMapNorField { .. } => Code::WrongType,
            Self::NotOneType => Code::NotAType,
            Self::GivenTwice { .. } => Code::Duplicate,
            Self::Empty { .. } | Self::BlankDescription => Code::Empty,
            Self::OutOfBounds { .. } => Code::OutOfBounds,
        }
    }

    pub(super) fn instead(&self) -> Option<String> {
        match self {
            Self::UnknownKey { meant, .. } | Self::UnknownWord { meant, .. } => meant.instead(),
            Self::NeitherMapNorField { nearest } => super::nearest(nearest.as_ref()),
            Self::NotOneType => Some("write `[T]`; one of several words is `a | b`".into()),
            Self::Empty { .. } => Some("leave the key out for the default".into()),
            Self::BlankDescription => Some("leave it out".into()),
            _ => None,
        }
    }
}
