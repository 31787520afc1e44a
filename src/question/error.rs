//! What is wrong with a question of a pack.

use thiserror::Error;

use super::{MAX_CHOICES, MAX_PATTERN};
use crate::document::answer::AnswerError;

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PromptError {
    #[error("`{key}` is not a key of a prompt: lower-case letters, digits and `_`, a letter first")]
    Key { key: String },
    #[error("`{key}`: `when` names `{unknown}`, which is not asked before")]
    UnknownCondition { key: String, unknown: String },
    #[error("`{key}` has no `choices`")]
    NoChoices { key: String },
    #[error("`{key}`: only `choice` and `many` have `choices`")]
    NeedlessChoices { key: String },
    #[error("`{key}` has more than {MAX_CHOICES} choices")]
    TooManyChoices { key: String },
    #[error("`{key}`: only a text has a `pattern`")]
    NeedlessPattern { key: String },
    #[error("`{key}`: the pattern is longer than {MAX_PATTERN} characters")]
    LongPattern { key: String },
    #[error("`{key}`: `{pattern}` is not a regular expression (without look-around)")]
    BadPattern { key: String, pattern: String },
    #[error("`{key}`: only a number has `minimum` and `maximum`")]
    NeedlessBounds { key: String },
    #[error("`{key}`: the default {why}")]
    Default { key: String, why: AnswerError },
    #[error("`{key}` has no default, which holds where the module is not chosen")]
    NoDefault { key: String },
    #[error("`{key}` is asked twice")]
    Twice { key: String },
}
