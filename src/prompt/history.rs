//! What was answered so far, so that one can go back.
//!
//! Questions depend on the answers before them. Going back forgets the last answer and asks from the start, where every
//! question that is still answered answers itself.

use super::{Check, Choice, Prompter, Unanswered};
use crate::error::Error;

/// An answer as it was given.
#[derive(Debug, Clone)]
enum Given {
    Text(String),
    One(usize),
    Many(Vec<usize>),
    Yes(bool),
}

/// Asks what is not answered yet.
pub struct History<'p> {
    prompter: &'p mut dyn Prompter,
    given: Vec<Given>,
    /// How many of them the questions have taken.
    at: usize,
    /// What was forgotten last: the default when it is asked again.
    forgotten: Option<Given>,
}

/// Runs `interview`, again for each step back, until all of it is answered. It must ask the same where the same is
/// answered.
///
/// # Errors
/// [`Error::Cancelled`] on Ctrl-C, and on Esc at the first question; whatever else `interview` fails with.
pub fn ask<T>(
    prompter: &mut dyn Prompter,
    interview: impl Fn(&mut dyn Prompter) -> Result<T, Unanswered>,
) -> Result<T, Error> {
    let mut history = History {
        prompter,
        given: Vec::new(),
        at: 0,
        forgotten: None,
    };
    loop {
        history.at = 0;
        match interview(&mut history) {
            Ok(answers) => return Ok(answers),
            Err(Unanswered::Failed(error)) => return Err(error),
            Err(Unanswered::Back) => {
                history.forgotten = history.given.pop();
                if history.forgotten.is_none() {
                    return Err(Error::Cancelled);
                }
                history.prompter.forget();
            }
        }
    }
}

impl History<'_> {
    /// The answer that the next question has already.
    fn earlier(&mut self) -> Option<Given> {
        let given = self.given.get(self.at).cloned()?;
        self.at += 1;
        Some(given)
    }

    fn keep(&mut self, given: Given) {
        self.given.push(given);
        self.at += 1;
    }
}

impl Prompter for History<'_> {
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: Check<'_>,
    ) -> Result<String, Unanswered> {
        if let Some(Given::Text(text)) = self.earlier() {
            return Ok(text);
        }
        let text = match self.forgotten.take() {
            Some(Given::Text(before)) => self.prompter.text(question, &before, check),
            _ => self.prompter.text(question, default, check),
        }?;
        self.keep(Given::Text(text.clone()));
        Ok(text)
    }

    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Unanswered> {
        if let Some(Given::One(index)) = self.earlier() {
            return Ok(index);
        }
        let default = match self.forgotten.take() {
            Some(Given::One(before)) => before,
            _ => default,
        };
        let index = self.prompter.choose(question, choices, default)?;
        self.keep(Given::One(index));
        Ok(index)
    }

    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Unanswered> {
        if let Some(Given::Many(indexes)) = self.earlier() {
            return Ok(indexes);
        }
        let before: Option<Vec<bool>> = match self.forgotten.take() {
            Some(Given::Many(before)) => {
                let all = 0..choices.len();
                Some(all.map(|index| before.contains(&index)).collect())
            }
            _ => None,
        };
        let defaults = before.as_deref().unwrap_or(defaults);
        let indexes = self.prompter.choose_many(question, choices, defaults)?;
        self.keep(Given::Many(indexes.clone()));
        Ok(indexes)
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered> {
        if let Some(Given::Yes(yes)) = self.earlier() {
            return Ok(yes);
        }
        let default = match self.forgotten.take() {
            Some(Given::Yes(before)) => before,
            _ => default,
        };
        let yes = self.prompter.confirm(question, default)?;
        self.keep(Given::Yes(yes));
        Ok(yes)
    }

    fn show(&mut self, text: &str) {
        // Before an earlier answer, it stands there already.
        if self.at == self.given.len() {
            self.prompter.show(text);
        }
    }

    fn forget(&mut self) {
        self.given.pop();
        self.prompter.forget();
    }
}
