//! Mistakes of keys, kinds of values and words, which the schema knows.

use std::fmt;

use jsonschema::JsonType;
use serde_json::Value;
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

    #[error("{subject} must be {}, not {found}", in_words(.wanted))]
    WrongType {
        subject: String,
        wanted: Vec<JsonType>,
        found: Found,
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

    #[error("{subject} {bound}")]
    OutOfBounds { subject: String, bound: Bound },
}

/// What stands where something else is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Nothing,
    Scalar(String),
    List,
    Mapping,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("empty"),
            Self::Scalar(text) => f.write_str(&quoted(text)),
            Self::List => f.write_str("a list"),
            Self::Mapping => f.write_str("a mapping"),
        }
    }
}

/// The bound that a value is beyond. Its text follows the value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Bound {
    #[error("has more than {most} items")]
    Items { most: u64 },
    #[error("has more than {most} entries")]
    Entries { most: u64 },
    #[error("is longer than {most} characters")]
    Characters { most: u64 },
    #[error("is less than {}", written(.least))]
    Least { least: Value },
    #[error("is more than {}", written(.most))]
    Most { most: Value },
    /// Another rule of the schema, in the words of its validator.
    #[error("{words}")]
    Other { words: String },
}

/// As a person writes it: a bound of a number may have become a fraction of nothing, `9.0`.
fn written(number: &Value) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn in_words(wanted: &[JsonType]) -> String {
    let words = wanted.iter().map(|wanted| match wanted {
        JsonType::Null => "empty",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a text",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping",
    });
    words.collect::<Vec<_>>().join(" or ")
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
