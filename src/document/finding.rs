//! What is wrong with a blueprint, and where.

use serde_json::{Value, json};
use thiserror::Error;

use super::excerpt::Excerpt;
use super::mistake::Mistake;
use super::source::Source;

pub use super::place::Place;

/// More than this is not read by anybody, and a hostile file could make millions.
const SHOWN: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub place: Place,
    pub mistake: Mistake,
}

/// Everything that is wrong with one source, in the order of the text.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}", render(.source_name, .findings))]
pub struct BlueprintErrors {
    /// The file's path, `standard input` or `command line`.
    pub source_name: String,
    /// What is shown of it; nothing where there are only flags.
    pub text: String,
    /// Never empty.
    pub findings: Vec<Finding>,
    /// The source is a module's own file, so that its author must mend it, not the user.
    pub in_module: bool,
}

impl BlueprintErrors {
    /// The line that a finding is about.
    pub fn excerpt(&self, finding: &Finding) -> Option<Excerpt> {
        match finding.place {
            Place::Text { line, column } => Excerpt::new(&self.text, line, column),
            Place::Flag(_) => None,
        }
    }

    /// Each finding as a value for programs: `code`, where it stands (`source`, `line` and `column`, or `flag`),
    /// `what` is wrong, and what to write `instead` where that is known.
    pub fn to_json(&self) -> Vec<Value> {
        let one = |finding: &Finding| {
            let mut value = json!({ "code": finding.mistake.code() });
            match finding.place {
                Place::Text { line, column } => {
                    value["source"] = json!(self.source_name);
                    value["line"] = json!(line);
                    value["column"] = json!(column);
                }
                Place::Flag(flag) => value["flag"] = json!(flag),
            }
            value["what"] = json!(finding.mistake.to_string());
            if let Some(instead) = finding.mistake.instead() {
                value["instead"] = json!(instead);
            }
            value
        };
        self.findings.iter().map(one).collect()
    }
}

fn render(source_name: &str, findings: &[Finding]) -> String {
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| match finding.place {
            Place::Text { line, column } => {
                format!("{source_name}:{line}:{column}: {}", finding.mistake)
            }
            Place::Flag(flag) => format!("{flag}: {}", finding.mistake),
        })
        .collect();
    lines.join("\n")
}

/// Collects findings while a source is read.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    list: Vec<Finding>,
    dropped: bool,
}

impl Findings {
    pub fn push(&mut self, place: Place, mistake: impl Into<Mistake>) {
        self.add(place, || mistake);
    }

    /// Makes the mistake only when it will be shown: nearest words are not free.
    pub fn add<M: Into<Mistake>>(&mut self, place: Place, mistake: impl FnOnce() -> M) {
        if self.list.len() >= SHOWN {
            self.dropped = true;
            return;
        }
        let mistake = mistake().into();
        let finding = Finding { place, mistake };
        // An alias shows the same text, and so the same mistake, twice.
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether there is more than will be shown, so that looking further is in vain.
    pub fn overflowed(&self) -> bool {
        self.dropped
    }

    /// Whether something is wrong at this very place.
    pub fn any_at(&self, place: Place) -> bool {
        self.list.iter().any(|finding| finding.place == place)
    }

    /// `Ok` when nothing was found.
    ///
    /// # Errors
    /// All findings in `source`, sorted by place; of a great many, the first hundred and that there are more.
    pub fn into_result(self, source: &Source) -> Result<(), BlueprintErrors> {
        let Findings { mut list, dropped } = self;
        if list.is_empty() {
            return Ok(());
        }
        list.sort_by_cached_key(|finding| (finding.place, finding.mistake.to_string()));
        if dropped {
            let place = list[list.len() - 1].place;
            let mistake = Mistake::More;
            list.push(Finding { place, mistake });
        }
        let Source { name, text } = source.clone();
        Err(BlueprintErrors {
            source_name: name,
            text,
            findings: list,
            in_module: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::mistake::ShapeMistake;

    fn word(word: &str) -> ShapeMistake {
        let word = word.to_owned();
        ShapeMistake::GivenTwice { word }
    }

    #[test]
    fn findings_come_in_the_order_of_the_text_once_each() {
        let mut findings = Findings::default();
        findings.push(Place::Text { line: 2, column: 1 }, word("second"));
        findings.push(Place::Text { line: 1, column: 4 }, word("first"));
        findings.push(Place::Text { line: 2, column: 1 }, word("second"));
        let errors = findings
            .into_result(&Source::of_name("a.yaml"))
            .unwrap_err();
        assert_eq!(
            errors.to_string(),
            "a.yaml:1:4: `first` is given twice\na.yaml:2:1: `second` is given twice"
        );
    }

    #[test]
    fn a_flood_is_cut() {
        let mut findings = Findings::default();
        for line in 1..=1000 {
            findings.push(Place::Text { line, column: 1 }, word("wrong"));
        }
        let errors = findings
            .into_result(&Source::of_name("a.yaml"))
            .unwrap_err();
        assert_eq!(errors.findings.len(), 101);
        assert_eq!(errors.findings[100].mistake, Mistake::More);
    }
}
