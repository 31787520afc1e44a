//! Asking the person. What is asked stands in `interview` and, of packs, in `pack`; how it is asked, behind [`Prompter`];
//! what was answered, so that one can go back to it, in `history`.

pub mod addition;
mod columns;
pub mod history;
pub mod interview;
mod pack;
#[cfg(test)]
mod scripted;
pub mod terminal;
mod text;

use thiserror::Error as ThisError;

use crate::document::answer::AnswerError;
use crate::document::name::NameError;
use crate::error::Error;
use crate::error::flag::FlagError;

/// One option to choose from.
#[derive(Debug, Clone)]
pub struct Choice {
    pub label: String,
    pub help: String,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// Esc: the question before is asked again.
    Back,
    /// Ctrl-C, or the terminal fails.
    Failed(Error),
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Where there is no question before, going back is leaving.
impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Back => Error::Cancelled,
            Unanswered::Failed(error) => error,
        }
    }
}

/// Why a text that was typed is no answer.
#[derive(Debug, ThisError)]
pub enum Refusal {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("`{name}` is taken by another service")]
    Taken { name: String },
    #[error("give it a name, in snake_case")]
    NoName,
    #[error(transparent)]
    Field(FlagError),
    #[error("`{text}` {why}")]
    Value { text: String, why: AnswerError },
}

/// Says what is wrong with what was typed.
pub type Check<'c> = &'c dyn Fn(&str) -> Result<(), Refusal>;

/// A way to ask. Every question ends in [`Unanswered::Back`] on Esc, and in [`Unanswered::Failed`] on Ctrl-C or when
/// the terminal fails.
pub trait Prompter {
    /// A line of text; an empty answer takes the default. Asked again until `check` accepts it.
    ///
    /// # Errors
    /// As for every question.
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: Check<'_>,
    ) -> Result<String, Unanswered>;

    /// The index of one of the choices.
    ///
    /// # Errors
    /// As for every question.
    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Unanswered>;

    /// The indexes of any of the choices, in order.
    ///
    /// # Errors
    /// As for every question.
    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Unanswered>;

    /// Yes or no.
    ///
    /// # Errors
    /// As for every question.
    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered>;

    /// Something to read between two questions.
    fn show(&mut self, text: &str);

    /// The last answer, and what was shown behind it, is no more.
    fn forget(&mut self);
}
