//! Mistakes of operations, events and types.

use std::fmt;

use thiserror::Error;

use super::Code;
use crate::document::node::Unrepresentable;
use crate::document::place::Located;
use crate::document::quote::quoted;

#[derive(Debug, Clone, PartialEq, Error)]
pub enum ContractMistake {
    #[error("{} is not a type: {why}", quoted(.text))]
    NotAType { text: String, why: NotationError },

    /// It is one, written as YAML that lies too deep.
    #[error(transparent)]
    TypeTooDeep(NotationError),

    #[error("unknown type {}", quoted(.word))]
    UnknownType { word: String, meant: MeantType },

    #[error("only a field as a whole is optional, not what its list or map holds")]
    OptionalInside,

    #[error("the kind brings the {part} `{name}` already")]
    OfKind { part: ContractPart, name: String },

    #[error(
        "the {part} {} becomes the class `{class}`, as {other} does",
        quoted(.name)
    )]
    SameClass {
        part: ContractPart,
        name: String,
        class: String,
        other: ClassHolder,
    },

    #[error("`{name}` never ends: every one holds another by its field `{field}`")]
    Endless { name: String, field: String },

    #[error("`{word}` stands twice among the words")]
    WordTwice { word: String },

    #[error("`{first}` and `{second}` are one word where enums are written in capitals")]
    SameWord { first: String, second: String },

    #[error(
        "an example of {} needs more than {values} values, or {types} types inside each other",
        quoted(.name)
    )]
    ExampleTooLarge {
        name: String,
        values: u64,
        types: u64,
    },

    #[error("the output has no field {}", quoted(.field))]
    NotInOutput {
        field: String,
        nearest: Option<String>,
    },

    #[error("`{field}` is a field of {of}, where a default means nothing")]
    NoDefaults { field: String, of: Sent },

    #[error("an answer in parts is not observed: an observer gets outputs of calls")]
    ObservedParts,

    #[error("`media_type` is for `bytes`")]
    MediaTypeOfOther,

    #[error("{} is not a media type (RFC 6838)", quoted(.text))]
    NotAMediaType { text: String },

    #[error("a field with a default may be left out anyway, so the `?` says nothing")]
    OptionalWithDefault,

    #[error("`{}` is for {}, not for `{kind}`", .key.word(), .key.types())]
    BoundOfOther { key: BoundKey, kind: String },

    #[error("`{}` of an `int` must be a whole number within ±(2^53 - 1)", .key.word())]
    BoundNotWhole { key: BoundKey },

    #[error("`{}` is less than `{}`", .most.word(), .least.word())]
    NothingBetween { least: BoundKey, most: BoundKey },

    #[error("a value is missing here")]
    NoValue,

    /// `text` is none where a list or a mapping stands.
    #[error("{} is not {wanted}", .text.as_deref().map_or_else(|| "this".to_owned(), quoted))]
    Unfit {
        text: Option<String>,
        wanted: WantedValue,
    },

    #[error("{} is {why}", quoted(.text))]
    NoJson { text: String, why: Unrepresentable },

    #[error("{} is not one of `{}`", quoted(.word), .words.join(" | "))]
    NotAWord {
        word: String,
        words: Vec<String>,
        nearest: Option<String>,
    },

    #[error("a `{of}` needs the key `{key}`")]
    MissingField { of: String, key: String },

    #[error("a `{of}` has no key {}", quoted(.key))]
    UnknownField {
        of: String,
        key: String,
        nearest: Option<String>,
    },

    #[error("`{text}` is less than `minimum` {minimum}")]
    Less { text: String, minimum: f64 },

    #[error("`{text}` is more than `maximum` {maximum}")]
    More { text: String, maximum: f64 },

    #[error("has the length {length}, less than `min_length` {least}")]
    TooShort { length: u64, least: u64 },

    #[error("has the length {length}, more than `max_length` {most}")]
    TooLong { length: u64, most: u64 },
}

/// What a contract consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ContractPart {
    #[error("operation")]
    Operation,
    #[error("event")]
    Event,
    #[error("type")]
    Type,
}

/// What a service sends whole, so that no field of it is left out for a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Sent {
    #[error("an answer")]
    Answer,
    #[error("a part of an answer")]
    Part,
    #[error("an event")]
    Event,
}

/// A key of a field that bounds its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundKey {
    Minimum,
    Maximum,
    MinLength,
    MaxLength,
}

impl BoundKey {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::MinLength => "min_length",
            Self::MaxLength => "max_length",
        }
    }

    /// Those that have such a bound.
    fn types(self) -> &'static str {
        match self {
            Self::Minimum | Self::Maximum => "`int` and `float`",
            Self::MinLength | Self::MaxLength => "texts, bytes, lists and maps",
        }
    }
}

/// What has a class already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassHolder {
    pub part: ContractPart,
    pub name: Located,
}

impl fmt::Display for ClassHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, name } = self;
        match name.place {
            Some(_) => write!(f, "the {part} {name}"),
            // What is written nowhere is what the kind brings.
            None => write!(f, "the kind's {part} {name}"),
        }
    }
}

/// What a word that is no type may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeantType {
    Nearest(String),
    /// A type that another service declares.
    OfService {
        name: String,
        service: String,
    },
    Unknown,
}

impl MeantType {
    fn instead(&self) -> Option<String> {
        match self {
            Self::Nearest(word) => super::nearest(Some(word)),
            Self::OfService { name, service } => Some(format!(
                "`{name}` is a type of `{service}`: each service has its own, so write it under `types` here too"
            )),
            Self::Unknown => None,
        }
    }
}

/// What the type of a field wants of its values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WantedValue {
    #[error("a text")]
    Text,
    #[error("`true` or `false`")]
    Bool,
    #[error("a whole number")]
    Int,
    #[error("a number")]
    Float,
    #[error("a time such as `2026-01-31T12:00:00Z` (RFC 3339)")]
    Timestamp,
    #[error("a UUID")]
    Uuid,
    #[error("base64 (RFC 4648, with padding)")]
    Bytes,
    #[error("a list")]
    List,
    #[error("keys and values")]
    Map,
    #[error("the keys and values of a `{name}`")]
    Record { name: String },
}

/// Why a text is not the notation of a type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotationError {
    #[error(
        "more than {limit} lists and maps inside each other; give the inner ones a name under `types`"
    )]
    TooDeep { limit: usize },

    #[error("expected {expected}, {}", end_or(*.found))]
    Unexpected {
        expected: String,
        /// `None` is the end of the text.
        found: Option<char>,
    },
}

fn end_or(found: Option<char>) -> String {
    match found {
        Some(found) => format!("found `{}`", found.escape_debug()),
        None => "found its end".to_owned(),
    }
}

impl ContractMistake {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::NotAType { .. } => Code::NotAType,
            Self::TypeTooDeep(_) | Self::ExampleTooLarge { .. } => Code::TooLarge,
            Self::UnknownType { .. } | Self::NotInOutput { .. } | Self::NotAWord { .. } => {
                Code::UnknownWord
            }
            Self::OptionalInside
            | Self::NoDefaults { .. }
            | Self::ObservedParts
            | Self::MediaTypeOfOther
            | Self::BoundOfOther { .. } => Code::Misplaced,
            Self::OfKind { .. }
            | Self::SameClass { .. }
            | Self::WordTwice { .. }
            | Self::SameWord { .. } => Code::Duplicate,
            Self::Endless { .. } => Code::Endless,
            Self::NotAMediaType { .. }
            | Self::BoundNotWhole { .. }
            | Self::Unfit { .. }
            | Self::NoJson { .. } => Code::NotAValue,
            Self::OptionalWithDefault => Code::Redundant,
            Self::NothingBetween { .. } => Code::Contradiction,
            Self::NoValue => Code::Empty,
            Self::MissingField { .. } => Code::MissingKey,
            Self::UnknownField { .. } => Code::UnknownKey,
            Self::Less { .. }
            | Self::More { .. }
            | Self::TooShort { .. }
            | Self::TooLong { .. } => Code::OutOfBounds,
        }
    }

    pub(super) fn instead(&self) -> Option<String> {
        let instead = match self {
            Self::UnknownType { meant, .. } => return meant.instead(),
            Self::NotInOutput { nearest, .. }
            | Self::NotAWord { nearest, .. }
            | Self::UnknownField { nearest, .. } => return super::nearest(nearest.as_ref()),
            Self::OptionalInside => "write the `?` at the end of the type",
            Self::SameClass { .. } => "choose another name",
            Self::Endless { .. } => "make a field on the way optional, or a list",
            Self::ExampleTooLarge { .. } => {
                "ask for less by `min_length`, or write a shorter `example`"
            }
            Self::NoDefaults { .. } => "give it an `example`, or make it optional",
            Self::NotAMediaType { .. } => "write `type/subtype`, such as `image/png`",
            Self::OptionalWithDefault => "drop the `?`, or the default",
            Self::NoValue => "nothing in a contract is null",
            _ => return None,
        };
        Some(instead.to_owned())
    }
}
