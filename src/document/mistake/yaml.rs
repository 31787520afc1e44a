//! Mistakes of the text itself.

use thiserror::Error;

use super::Code;
use crate::document::place::Place;
use crate::document::quote::quoted;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum YamlMistake {
    #[error("larger than {} KiB, the limit of a blueprint", .limit / 1024)]
    TooLarge {
        /// In bytes.
        limit: usize,
    },

    #[error("nested more than {limit} levels deep")]
    TooDeep { limit: usize },

    #[error("more than {limit} values, the limit of a blueprint")]
    TooManyValues { limit: usize },

    /// Each use of an anchor counts.
    #[error("the anchors make more than {values} values or {bytes} bytes of this document")]
    AnchorsGrow { values: usize, bytes: usize },

    #[error("a tab is used for indentation, which YAML does not allow")]
    TabIndents,

    #[error("a tab stands where YAML allows only spaces")]
    Tab,

    #[error("the character U+{:04X} cannot stand in YAML", u32::from(*.character))]
    Unprintable { character: char },

    #[error("not valid YAML: {why}")]
    NotYaml {
        /// In the words of the parser.
        why: String,
        is_optional_collection: bool,
    },

    #[error("a second document begins: a blueprint is one document")]
    SecondDocument,

    #[error("an alias stands inside of what it refers to")]
    AliasInside,

    #[error("the tag {} means nothing in a blueprint", quoted(.tag))]
    Tag { tag: String },

    #[error("a key must be a word, not a list or a mapping")]
    KeyNotAWord,

    #[error("`<<` (a merge key) is not part of YAML 1.2")]
    MergeKey,

    #[error("the key {} is given twice, first at {first}", quoted(.key))]
    DuplicateKey { key: String, first: Place },
}

impl YamlMistake {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyValues { .. }
            | Self::AnchorsGrow { .. } => Code::TooLarge,
            Self::DuplicateKey { .. } => Code::Duplicate,
            _ => Code::Syntax,
        }
    }

    pub(super) fn instead(&self) -> Option<&'static str> {
        match self {
            Self::TabIndents => Some("indent with spaces"),
            Self::Tab => Some("use spaces"),
            Self::NotYaml {
                is_optional_collection: true,
                ..
            } => Some("an optional list or map is written in quotes: `\"[string]?\"`"),
            Self::MergeKey => Some("write the keys out"),
            _ => None,
        }
    }
}
