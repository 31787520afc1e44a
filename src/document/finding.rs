//! What is wrong with a blueprint, and where.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use super::excerpt::Excerpt;
use super::source::Source;

/// More than this is not read by anybody, and a hostile file could make millions.
const SHOWN: usize = 100;

/// Where a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Both count from 1; columns are characters.
    Text { line: usize, column: usize },
    /// A command-line option, such as `--service`.
    Flag(&'static str),
}

impl Place {
    /// The first character of a file.
    pub const START: Place = Place::Text { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text { line, column } => write!(f, "{line}:{column}"),
            Place::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What kind of mistake a finding is: for programs and tests, to which its words are no promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It is no YAML, or YAML that means nothing in a blueprint.
    Syntax,
    /// More, longer or deeper than is read or made.
    TooLarge,
    UnknownKey,
    MissingKey,
    /// A list where a word is wanted, and the like.
    WrongType,
    /// A word that names nothing: no option, no type, no service.
    UnknownWord,
    /// Nothing stands where something is wanted.
    Empty,
    /// Said twice, or one with something else once it is written in every language.
    Duplicate,
    NotAName,
    NotAType,
    /// It does not fit its field.
    NotAValue,
    /// Less or more than its field allows.
    OutOfBounds,
    /// It does not belong where it stands.
    Misplaced,
    /// It says what holds anyway.
    Redundant,
    /// Two things that were said exclude each other.
    Contradiction,
    /// A type that holds itself without an end.
    Endless,
    /// Something that a system needs is not there.
    Incomplete,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub place: Place,
    /// Literals stand in backticks.
    pub message: String,
    /// The nearest known word, or what to write instead.
    pub hint: Option<String>,
    pub code: Code,
}

/// Everything that is wrong with one source, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
            let mut value = json!({ "code": finding.code });
            match finding.place {
                Place::Text { line, column } => {
                    value["source"] = json!(self.source_name);
                    value["line"] = json!(line);
                    value["column"] = json!(column);
                }
                Place::Flag(flag) => value["flag"] = json!(flag),
            }
            value["what"] = json!(finding.message);
            if let Some(hint) = &finding.hint {
                value["instead"] = json!(hint);
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
                format!("{source_name}:{line}:{column}: {}", finding.message)
            }
            Place::Flag(flag) => format!("{flag}: {}", finding.message),
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
    pub fn push(&mut self, place: Place, code: Code, message: impl Into<String>) {
        self.add(place, code, message, || None);
    }

    pub fn push_hint(
        &mut self,
        place: Place,
        code: Code,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let hint = hint.into();
        self.add(place, code, message, || Some(hint));
    }

    /// Looks for the hint only when it will be shown: nearest words are not free.
    pub fn add(
        &mut self,
        place: Place,
        code: Code,
        message: impl Into<String>,
        hint: impl FnOnce() -> Option<String>,
    ) {
        if self.list.len() >= SHOWN {
            self.dropped = true;
            return;
        }
        let finding = Finding {
            place,
            code,
            message: message.into(),
            hint: hint(),
        };
        // An alias shows the same text, and so the same mistake, twice.
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    /// Adds a hint of the form "did you mean".
    pub fn push_nearest<'a>(
        &mut self,
        place: Place,
        code: Code,
        message: impl Into<String>,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.add(place, code, message, || did_you_mean(word, known));
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
        list.sort();
        if dropped {
            let place = list[list.len() - 1].place;
            list.push(Finding {
                place,
                code: Code::TooLarge,
                message: "and more".to_owned(),
                hint: None,
            });
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

/// "did you mean `x`?", when some known word is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    crate::suggest::nearest(word, known).map(|known| format!("did you mean `{known}`?"))
}

/// Text of a blueprint inside a message: one line, of bounded length, in backticks.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    // `escape_debug` is for string literals; quotes need no escape between backticks.
    shown = shown
        .replace("\\'", "'")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\");
    if text.chars().count() > LONGEST {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_in_the_order_of_the_text_once_each() {
        let mut findings = Findings::default();
        findings.push(Place::Text { line: 2, column: 1 }, Code::Syntax, "second");
        findings.push(Place::Text { line: 1, column: 4 }, Code::Syntax, "first");
        findings.push(Place::Text { line: 2, column: 1 }, Code::Syntax, "second");
        let errors = findings
            .into_result(&Source::of_name("a.yaml"))
            .unwrap_err();
        assert_eq!(errors.to_string(), "a.yaml:1:4: first\na.yaml:2:1: second");
    }

    #[test]
    fn a_flood_is_cut() {
        let mut findings = Findings::default();
        for line in 1..=1000 {
            findings.push(Place::Text { line, column: 1 }, Code::Syntax, "wrong");
        }
        let errors = findings
            .into_result(&Source::of_name("a.yaml"))
            .unwrap_err();
        assert_eq!(errors.findings.len(), 101);
        assert_eq!(errors.findings[100].message, "and more");
    }

    #[test]
    fn quoted_text_stays_on_one_line() {
        assert_eq!(quoted("a\nb\u{1b}[31m"), "`a\\nb\\u{1b}[31m`");
        assert_eq!(quoted("it's \"x\""), "`it's \"x\"`");
        assert_eq!(quoted(&"x".repeat(100)).len(), 60 + 3 + 2);
    }
}
