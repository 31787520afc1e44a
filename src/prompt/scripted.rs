//! Asking a list of answers that was written beforehand, for tests.

use std::collections::VecDeque;

use super::{Check, Choice, Prompter, Unanswered};
use super::{history, interview};
use crate::blueprint::names;
use crate::blueprint::overrides::Overrides;
use crate::catalogue::{Axis, Catalogue};
use crate::error::Error;

/// One prepared answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Take the default.
    Default,
    Text(String),
    /// The label of the choice.
    One(String),
    /// The labels of the choices.
    Many(Vec<String>),
    Yes(bool),
    /// Esc.
    Back,
    /// Ctrl-C.
    Leave,
}

/// Gives the prepared answers in turn and keeps what was asked.
#[derive(Debug, Default)]
pub struct Scripted {
    pub answers: VecDeque<Answer>,
    /// Every question and text shown, in order.
    pub asked: Vec<String>,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: answers.into_iter().collect(),
            asked: Vec::new(),
        }
    }

    fn next(&mut self, question: &str) -> Result<Answer, Unanswered> {
        self.asked.push(question.to_owned());
        match self.answers.pop_front() {
            Some(Answer::Back) => Err(Unanswered::Back),
            Some(Answer::Leave) | None => Err(Error::Cancelled.into()),
            Some(answer) => Ok(answer),
        }
    }
}

fn index(choices: &[Choice], label: &str) -> usize {
    choices
        .iter()
        .position(|choice| choice.label == label)
        .unwrap_or_else(|| panic!("`{label}` is not among the choices {choices:?}"))
}

/// What a component chooses and would be asked for: the first option, or none of many.
pub fn given_choices(catalogue: &Catalogue) -> impl Iterator<Item = (Axis, Vec<String>)> {
    let asked = Axis::all_choices().filter(|axis| axis.question().is_some());
    asked.map(|axis| {
        let count = usize::from(!axis.is_many());
        let options = catalogue.options(axis).take(count);
        (axis, options.map(|option| option.name.clone()).collect())
    })
}

/// Asks what `hybridge new` asks, without a last look.
///
/// # Errors
/// As [`interview::ask`].
pub fn ask_all(
    prompter: &mut Scripted,
    catalogue: &Catalogue,
    given: &Overrides,
) -> Result<Overrides, Error> {
    let check_name = |name: &str| Ok(names::service(name)?);
    history::ask(prompter, |prompter| {
        interview::questions(prompter, catalogue, given.clone(), &check_name)
    })
}

impl Prompter for Scripted {
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: Check<'_>,
    ) -> Result<String, Unanswered> {
        loop {
            let text = match self.next(question)? {
                Answer::Text(text) => text,
                Answer::Default => default.to_owned(),
                other => panic!("`{question}` wants a text, not {other:?}"),
            };
            match check(&text) {
                Ok(()) => return Ok(text),
                Err(refusal) => self.asked.push(refusal.to_string()),
            }
        }
    }

    fn choose(
        &mut self,
        question: &str,
        choices: &[Choice],
        default: usize,
    ) -> Result<usize, Unanswered> {
        match self.next(question)? {
            Answer::One(label) => Ok(index(choices, &label)),
            Answer::Default => Ok(default),
            other => panic!("`{question}` wants one choice, not {other:?}"),
        }
    }

    fn choose_many(
        &mut self,
        question: &str,
        choices: &[Choice],
        defaults: &[bool],
    ) -> Result<Vec<usize>, Unanswered> {
        match self.next(question)? {
            Answer::Many(labels) => Ok(labels.iter().map(|label| index(choices, label)).collect()),
            Answer::Default => Ok(defaults
                .iter()
                .enumerate()
                .filter(|(_, chosen)| **chosen)
                .map(|(index, _)| index)
                .collect()),
            other => panic!("`{question}` wants choices, not {other:?}"),
        }
    }

    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Unanswered> {
        match self.next(question)? {
            Answer::Yes(yes) => Ok(yes),
            Answer::Default => Ok(default),
            other => panic!("`{question}` wants yes or no, not {other:?}"),
        }
    }

    fn show(&mut self, text: &str) {
        self.asked.push(text.to_owned());
    }

    fn forget(&mut self) {}
}
