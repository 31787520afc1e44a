//! Asking on a terminal, with dialoguer.
//!
//! A question that is answered leaves one line, with its answer by its short label; everything else that was drawn
//! is gone. dialoguer clears what it has drawn line by line, so that nothing may be wider than the terminal.

use std::io;

use console::{Term, measure_text_width};
use dialoguer::theme::{ColorfulTheme, Theme};
use dialoguer::{Confirm, MultiSelect, Select};

use super::columns::{fitted, height};
use super::{Check, Choice, Prompter, Unanswered, text};
use crate::cancel;
use crate::error::Error;

/// Prompts on stderr, so that stdout stays free for results.
pub struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// Lines that stand there for each answer, with what was shown before it.
    answered: Vec<usize>,
    /// Lines that were shown since the last answer.
    shown: usize,
}

impl Terminal {
    pub fn new() -> Self {
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
            answered: Vec::new(),
            shown: 0,
        }
    }

    /// Someone sits at both ends.
    pub fn is_there() -> bool {
        use std::io::IsTerminal;
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// What a prompt ended with; `None` is Esc.
    fn answer<T>(&self, answer: io::Result<Option<T>>) -> Result<T, Unanswered> {
        cancel::check()?;
        match answer {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Unanswered::Back),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                Err(Error::Cancelled.into())
            }
            Err(error) => Err(Error::Prompt(error).into()),
        }
    }

    /// The line that an answered question leaves.
    fn echo(&mut self, question: &str, answer: &str) -> Result<(), Unanswered> {
        let mut line = String::new();
        self.theme
            .format_input_prompt_selection(&mut line, question, answer)
            .map_err(|error| Error::Prompt(io::Error::other(error)))?;
        self.term
            .write_line(&fitted(&self.term, &line, 0))
            .map_err(Error::Prompt)?;
        self.answered.push(self.shown + 1);
        self.shown = 0;
        Ok(())
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
        check: Check<'_>,
    ) -> Result<String, Unanswered> {
        let read = text::read(&self.term, &self.theme, question, default, check);
        let answer = self.answer(read)?;
        self.echo(question, &answer)?;
        Ok(answer)
    }

    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Unanswered> {
        let select = Select::with_theme(&self.theme)
            .with_prompt(fitted(&self.term, question, PROMPT))
            .items(self.rows(choices))
            .default(default)
            .report(false);
        let index = self.answer(io_result(select.interact_on_opt(&self.term)))?;
        self.echo(question, &choices[index].label)?;
        Ok(index)
    }

    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Unanswered> {
        let keys = format!("{question} (space to choose, enter to go on)");
        let select = MultiSelect::with_theme(&self.theme)
            .with_prompt(fitted(&self.term, &keys, PROMPT))
            .items(self.rows(choices))
            .defaults(defaults)
            .report(false);
        let indexes = self.answer(io_result(select.interact_on_opt(&self.term)))?;
        let labels: Vec<&str> = indexes
            .iter()
            .map(|index| choices[*index].label.as_str())
            .collect();
        let answer = match labels.is_empty() {
            true => "none".to_owned(),
            false => labels.join(", "),
        };
        self.echo(question, &answer)?;
        Ok(indexes)
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered> {
        let confirm = Confirm::with_theme(&self.theme)
            .with_prompt(fitted(&self.term, question, PROMPT))
            .default(default)
            .report(false);
        let yes = self.answer(io_result(confirm.interact_on_opt(&self.term)))?;
        self.echo(question, if yes { "yes" } else { "no" })?;
        Ok(yes)
    }

    fn show(&mut self, text: &str) {
        self.shown += height(&self.term, text);
        let _ = self.term.write_line(text);
    }

    fn forget(&mut self) {
        let lines = self.shown + self.answered.pop().unwrap_or_default();
        self.shown = 0;
        let _ = self.term.clear_last_lines(lines);
    }
}

/// Columns that dialoguer's theme draws around a question (`? … ›`, and `(y/n) › yes`) and before a row.
const PROMPT: usize = 18;
const ROW: usize = 4;

fn io_result<T>(answer: Result<T, dialoguer::Error>) -> io::Result<T> {
    answer.map_err(|dialoguer::Error::IO(error)| error)
}

impl Terminal {
    /// Labels and helps, aligned.
    fn rows(&self, choices: &[Choice]) -> Vec<String> {
        let widths = choices.iter().map(|it| measure_text_width(&it.label));
        let width = widths.max().unwrap_or(0);
        let rows = choices.iter();
        rows.map(|it| {
            let row = format!("{:width$}  {}", it.label, it.help);
            fitted(&self.term, row.trim_end(), ROW)
        })
        .collect()
    }
}
