//! Everything that can be wrong with a blueprint, as values: what is said of it is made of their fields.
//!
//! | mistake | made in |
//! | --- | --- |
//! | [`YamlMistake`] | the text, before it means anything |
//! | [`ShapeMistake`] | what the schema says: keys, kinds of values, words |
//! | [`ContractMistake`] | operations, events and types |
//! | [`SystemMistake`] | services, links and what is made of their names |
//! | [`NameError`] | a name, of whatever |

mod contract;
mod shape;
mod system;
mod yaml;

use serde::Serialize;
use thiserror::Error;

use super::name::NameError;
use crate::suggest::meant;

pub use contract::{
    BoundKey, ClassHolder, ContractMistake, ContractPart, MeantType, NotationError, Sent,
    WantedValue,
};
pub use shape::{Bound, Found, Meant, ShapeMistake};
pub use system::{Held, NameHolder, SystemMistake};
pub use yaml::YamlMistake;

/// One thing that can be wrong. `Display` says what, without where.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(transparent)]
pub enum Mistake {
    Yaml(#[from] YamlMistake),
    Shape(#[from] ShapeMistake),
    Name(#[from] NameError),
    Contract(#[from] ContractMistake),
    System(#[from] SystemMistake),
    /// Further ones, of which nothing is said.
    #[error("and more")]
    More,
}

impl Mistake {
    pub fn code(&self) -> Code {
        match self {
            Self::Yaml(it) => it.code(),
            Self::Shape(it) => it.code(),
            Self::Name(_) => Code::NotAName,
            Self::Contract(it) => it.code(),
            Self::System(it) => it.code(),
            Self::More => Code::TooLarge,
        }
    }

    /// The nearest known word, or what to write instead.
    pub fn instead(&self) -> Option<String> {
        match self {
            Self::Yaml(it) => it.instead().map(str::to_owned),
            Self::Shape(it) => it.instead(),
            Self::Contract(it) => it.instead(),
            Self::System(it) => it.instead(),
            Self::Name(_) | Self::More => None,
        }
    }
}

/// The family of a mistake, for programs: new mistakes come and messages change, these words stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It is no YAML, or YAML that means nothing in a blueprint.
    Syntax,
    /// More, longer or deeper than is read or made.
    TooLarge,
    /// A key that means nothing where it stands.
    UnknownKey,
    /// A key without which the rest says too little.
    MissingKey,
    /// A list where a word is wanted, and the like.
    WrongType,
    /// A word that names nothing: no option, no type, no service.
    UnknownWord,
    /// Nothing stands where something is wanted.
    Empty,
    /// Said twice, or one with something else once it is written in every language.
    Duplicate,
    /// It cannot be the name of what it stands for, in each language and format.
    NotAName,
    /// It is no type, or none that can stand there.
    NotAType,
    /// It does not fit its field.
    NotAValue,
    /// Less or more than its field allows.
    OutOfBounds,
    /// It does not belong where it stands.
    Misplaced,
    /// It says what holds anyway.
    Redundant,
    /// Two things that were said exclude each other.
    Contradiction,
    /// A type that holds itself without an end.
    Endless,
    /// Something that a system needs is not there.
    Incomplete,
}

/// The nearest known word, as a question.
fn nearest(nearest: Option<&String>) -> Option<String> {
    nearest.map(|word| meant(word))
}

/// Words in backticks, comma-separated.
fn list(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
