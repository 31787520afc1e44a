//! Why the value of a flag or an argument cannot be one.

use thiserror::Error;

use crate::document::answer::AnswerError;
use crate::document::name::NameError;
use crate::suggest::meant;

/// Its text follows the value in a sentence, behind a colon.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FlagError {
    #[error("write NAME:KIND or NAME:KIND:FRAMEWORK, as in `vision:inference`")]
    NotAService,

    #[error("write TRANSPORT, SERVICE=TRANSPORT or GATEWAY:SERVICE=TRANSPORT, as in `vision=rest`")]
    NotATransport,

    #[error("write FIELD:TYPE, as in `limit:int`")]
    NotAField,

    #[error("write KEY=VALUE, as in `team=payments`")]
    NotAnAnswer,

    #[error("`{name}` is given twice")]
    GivenTwice { name: String },

    #[error(transparent)]
    Name(#[from] NameError),

    #[error(transparent)]
    NoValue(#[from] NoValue),

    #[error("{}", not_asked(.name, .known, .nearest.as_deref()))]
    NotAsked {
        name: String,
        /// What active packs ask.
        known: Vec<String>,
        nearest: Option<String>,
    },

    #[error("both `{first}` and `{second}` ask `{key}`: write `{first}.{key}=...`")]
    AskedTwice {
        key: String,
        /// The packs.
        first: String,
        second: String,
    },

    #[error("`{text}` {why}")]
    Unfit { text: String, why: AnswerError },
}

fn not_asked(name: &str, known: &[String], nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("no active pack asks `{name}`; {}", meant(nearest)),
        None if known.is_empty() => "no active pack asks anything".to_owned(),
        None => {
            let known = known.join("`, `");
            format!("no active pack asks `{name}`, only `{known}`")
        }
    }
}

/// Why an argument is no value of a blueprint: what would be stored is not what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoValue {
    #[error("it is no YAML; a mapping is written as `{{ key: value }}`, a list as `[a, b]`")]
    NotYaml,
    #[error("it is empty; write `[]` for a list with nothing in it, `{{}}` for such a mapping")]
    Empty,
    #[error("`#` begins a comment, which is not stored: put quotes around the string that has it")]
    Comment,
    #[error(
        "it has a tag, an anchor or an alias: write the value itself, a string that begins so in quotes"
    )]
    Decorated,
    #[error("it has a block of text: put the string in quotes")]
    Block,
}
