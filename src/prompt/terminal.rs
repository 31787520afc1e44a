//! Asking on a terminal, with dialoguer.

use std::io;

use console::Term;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, MultiSelect, Select};

use super::{Choice, Prompter, text};
use crate::cancel;
use crate::error::Error;

/// Prompts on stderr, so that stdout stays free for results.
pub struct Terminal {
    term: Term,
    theme: ColorfulTheme,
}

impl Terminal {
    pub fn new() -> Self {
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
        }
    }

    /// Someone sits at both ends.
    pub fn is_there() -> bool {
        use std::io::IsTerminal;
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// `None` is Esc.
    fn answer<T>(&self, answer: Result<Option<T>, dialoguer::Error>) -> Result<T, Error> {
        let answer = answer.map_err(|dialoguer::Error::IO(error)| error);
        self.io_answer(answer)
    }

    fn io_answer<T>(&self, answer: io::Result<Option<T>>) -> Result<T, Error> {
        cancel::check()?;
        match answer {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Error::Cancelled),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Cancelled),
            Err(error) => Err(Error::Prompt(error)),
        }
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

/// A prompt that is left in the middle hides the cursor for ever otherwise.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.term.show_cursor();
    }
}

impl Prompter for Terminal {
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, Error> {
        let answer = text::read(&self.term, &self.theme, question, default, check);
        self.io_answer(answer)
    }

    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Error> {
        let select = Select::with_theme(&self.theme)
            .with_prompt(question)
            .items(rows(choices))
            .default(default);
        self.answer(select.interact_on_opt(&self.term))
    }

    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Error> {
        let select = MultiSelect::with_theme(&self.theme)
            .with_prompt(format!("{question} (space to choose, enter to go on)"))
            .items(rows(choices))
            .defaults(defaults);
        self.answer(select.interact_on_opt(&self.term))
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Error> {
        let confirm = Confirm::with_theme(&self.theme)
            .with_prompt(question)
            .default(default);
        self.answer(confirm.interact_on_opt(&self.term))
    }

    fn show(&mut self, text: &str) {
        let _ = self.term.write_line(text);
    }
}

/// Labels and helps, aligned.
fn rows(choices: &[Choice]) -> Vec<String> {
    let width = choices
        .iter()
        .map(|choice| choice.label.chars().count())
        .max()
        .unwrap_or(0);
    choices
        .iter()
        .map(|choice| format!("{:width$}  {}", choice.label, choice.help))
        .collect()
}
