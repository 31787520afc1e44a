//! Why a word cannot be a name, and the rules that names of every kind have in common.

use thiserror::Error;

use super::quote::quoted;
use crate::reserved::{MAX_NAME, WordList};

/// The rule that a name breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is not made of the right letters.
    #[error("{} is not {form}: {rule}", quoted(.name))]
    Form {
        name: String,
        form: &'static str,
        rule: &'static str,
    },

    #[error("{} has {} characters, more than {MAX_NAME}", quoted(.name), .name.len())]
    TooLong { name: String },

    /// It means something already; `why` follows the name in a sentence.
    #[error("`{name}` {why}")]
    Taken { name: String, why: &'static str },

    /// It is the host name of a container of a module.
    #[error("`{name}` is a container that {module} brings")]
    Container { name: String, module: String },
}

impl NameError {
    pub fn taken(name: &str, why: &'static str) -> Self {
        Self::Taken {
            name: name.to_owned(),
            why,
        }
    }

    pub fn form(name: &str, form: &'static str, rule: &'static str) -> Self {
        Self::Form {
            name: name.to_owned(),
            form,
            rule,
        }
    }
}

/// A word list, and what a name that is on it would break.
pub type Rule = (WordList, &'static str);

/// # Errors
/// [`NameError::Taken`] with the first rule that the name breaks.
pub fn reject(name: &str, rules: &[Rule]) -> Result<(), NameError> {
    match rules.iter().find(|(words, _)| words.contain(name)) {
        Some((_, why)) => Err(NameError::taken(name, why)),
        None => Ok(()),
    }
}

/// # Errors
/// [`NameError::TooLong`]
pub fn check_length(name: &str) -> Result<(), NameError> {
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Lower-case letters and digits, in words joined by a single `separator`, a letter first.
pub fn is_joined(name: &str, separator: char) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split(separator).all(word)
}
