//! Asking the person. What is asked stands in `interview` and, of packs, in `pack`; how it is asked, behind [`Prompter`].

pub mod addition;
pub mod interview;
mod pack;
pub mod scripted;
pub mod terminal;
mod text;

use crate::error::Error;

/// One option to choose from.
#[derive(Debug, Clone)]
pub struct Choice {
    pub label: String,
    pub help: String,
}

/// A way to ask. Every method ends in [`Error::Cancelled`] on Esc and Ctrl-C.
pub trait Prompter {
    /// A line of text; an empty answer takes the default. Asked again until `check` accepts it.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or [`Error::Prompt`] when the terminal fails.
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, Error>;

    /// The index of one of the choices.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or [`Error::Prompt`] when the terminal fails.
    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Error>;

    /// The indexes of any of the choices, in order.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or [`Error::Prompt`] when the terminal fails.
    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Error>;

    /// Yes or no.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or [`Error::Prompt`] when the terminal fails.
    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Error>;

    /// Something to read between two questions.
    fn show(&mut self, text: &str);
}
