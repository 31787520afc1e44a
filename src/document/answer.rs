//! Why a value answers no question of a pack.

use thiserror::Error;

/// Characters of an answer.
pub const MAX_ANSWER: usize = 1000;

/// Why a value answers no question; its text follows the value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    #[error("is not a text")]
    NotText,
    #[error("is not a number")]
    NotNumber,
    #[error("is not a word")]
    NotWord,
    #[error("is not a list")]
    NotList,
    #[error("is not a list of words")]
    NotListOfWords,
    #[error("is neither `true` nor `false`")]
    NotYesOrNo,
    #[error("is beyond 2^53 - 1")]
    Unsafe,
    #[error("is less than {least}")]
    Less {
        /// As it is written.
        least: String,
    },
    #[error("is more than {most}")]
    More {
        /// As it is written.
        most: String,
    },
    #[error("is not one of `{}`", .known.join("`, `"))]
    NoChoice { known: Vec<String> },
    #[error("is longer than {MAX_ANSWER} characters")]
    TooLong,
    #[error("has a control character in it")]
    Control,
    #[error("does not look like `{pattern}`")]
    Pattern { pattern: String },
}
