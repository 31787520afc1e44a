//! What a pack asks.

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::condition::Condition;
use super::error::PromptError;
use super::{Answers, MAX_CHOICES, MAX_PATTERN};
use crate::document::answer::{AnswerError, MAX_ANSWER};
use crate::document::node::MAX_SAFE_INTEGER;

/// One question. There is no kind for secrets: what is answered stands in the blueprint, which is committed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// `text`, `number`, `choice`, `many` (any of `choices`) or `confirm` (yes or no).
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The question itself.
    pub ask: String,
    /// More on it, for documents and editors.
    #[serde(default)]
    pub help: String,
    /// The answer where nothing is said; what has none must be answered.
    pub default: Option<Value>,
    /// Asked only while earlier answers are these.
    #[serde(default)]
    pub when: Condition,
    /// What a text must look like as a whole.
    pub pattern: Option<String>,
    /// Of a number.
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Of `choice` and `many`.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Folder of the module that asks; `None`: the pack itself.
    #[serde(skip)]
    pub(crate) module: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Number,
    /// One of `choices`.
    Choice,
    /// Any of `choices`.
    Many,
    /// Yes or no.
    Confirm,
}

/// A word, or a word with what it means.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    Word(String),
    Explained(Explained),
}

/// A choice with what it means; a word alone is a choice, too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// What is answered.
    pub value: String,
    /// What it means.
    #[serde(default)]
    pub help: String,
}

impl Choice {
    pub fn value(&self) -> &str {
        match self {
            Choice::Word(word) => word,
            Choice::Explained(it) => &it.value,
        }
    }

    pub fn help(&self) -> &str {
        match self {
            Choice::Word(_) => "",
            Choice::Explained(it) => &it.help,
        }
    }
}

impl Prompt {
    /// What is wrong with the question itself; `earlier` are the keys that its condition may name.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, key: &str, earlier: &[&str]) -> Result<(), PromptError> {
        let named = key.to_owned();
        let fits = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && key.len() <= 40;
        if !fits {
            return Err(PromptError::Key { key: named });
        }
        let mut conditions = self.when.0.keys();
        if let Some(unknown) = conditions.find(|it| !earlier.contains(&it.as_str())) {
            return Err(PromptError::UnknownCondition {
                key: named,
                unknown: unknown.clone(),
            });
        }
        let has_choices = matches!(self.kind, Kind::Choice | Kind::Many);
        match (has_choices, self.choices.len()) {
            (true, 0) => return Err(PromptError::NoChoices { key: named }),
            (false, 1..) => return Err(PromptError::NeedlessChoices { key: named }),
            (_, number) if number > MAX_CHOICES => {
                return Err(PromptError::TooManyChoices { key: named });
            }
            _ => {}
        }
        if let Some(pattern) = &self.pattern {
            self.check_pattern(key, pattern)?;
        }
        if self.kind != Kind::Number && (self.minimum.is_some() || self.maximum.is_some()) {
            return Err(PromptError::NeedlessBounds { key: named });
        }
        if let Some(default) = &self.default
            && let Err(why) = self.accept(default)
        {
            return Err(PromptError::Default { key: named, why });
        }
        if self.module.is_some() && !self.has_default() {
            return Err(PromptError::NoDefault { key: named });
        }
        Ok(())
    }

    fn check_pattern(&self, key: &str, pattern: &str) -> Result<(), PromptError> {
        let key = key.to_owned();
        if self.kind != Kind::Text {
            return Err(PromptError::NeedlessPattern { key });
        }
        if pattern.len() > MAX_PATTERN {
            return Err(PromptError::LongPattern { key });
        }
        // This engine takes linear time whatever the pattern is.
        match Regex::new(pattern) {
            Ok(_) => Ok(()),
            Err(_) => Err(PromptError::BadPattern {
                key,
                pattern: pattern.to_owned(),
            }),
        }
    }

    /// The answer where nothing is said.
    pub fn default(&self) -> Value {
        if let Some(default) = &self.default {
            return default.clone();
        }
        match self.kind {
            Kind::Text => json!(""),
            Kind::Number => json!(self.minimum.map_or(0.0, |it| it.max(0.0)) as i64),
            Kind::Choice => json!(self.choices.first().map(Choice::value).unwrap_or_default()),
            Kind::Many => json!([]),
            Kind::Confirm => json!(false),
        }
    }

    /// Whether nothing needs to be said.
    pub fn has_default(&self) -> bool {
        self.default.is_some() || self.accept(&self.default()).is_ok()
    }

    /// Whether a value answers the question.
    ///
    /// # Errors
    /// Why not, to follow the value in a sentence.
    pub fn accept(&self, value: &Value) -> Result<(), AnswerError> {
        match (self.kind, value) {
            (Kind::Confirm, Value::Bool(_)) => Ok(()),
            (Kind::Confirm, _) => Err(AnswerError::NotYesOrNo),
            (Kind::Number, Value::Number(number)) => self.accept_number(number.as_f64()),
            (Kind::Number, _) => Err(AnswerError::NotNumber),
            (Kind::Choice, Value::String(word)) => self.accept_word(word),
            (Kind::Choice, _) => Err(AnswerError::NotWord),
            (Kind::Many, Value::Array(words)) => words.iter().try_for_each(|word| {
                word.as_str()
                    .ok_or(AnswerError::NotListOfWords)
                    .and_then(|word| self.accept_word(word))
            }),
            (Kind::Many, _) => Err(AnswerError::NotList),
            (Kind::Text, Value::String(text)) => self.accept_text(text),
            (Kind::Text, _) => Err(AnswerError::NotText),
        }
    }

    fn accept_number(&self, number: Option<f64>) -> Result<(), AnswerError> {
        let number = number.unwrap_or(f64::NAN);
        if number.abs() > MAX_SAFE_INTEGER as f64 || number.is_nan() {
            return Err(AnswerError::Unsafe);
        }
        match (self.minimum, self.maximum) {
            (Some(least), _) if number < least => Err(AnswerError::Less {
                least: least.to_string(),
            }),
            (_, Some(most)) if number > most => Err(AnswerError::More {
                most: most.to_string(),
            }),
            _ => Ok(()),
        }
    }

    fn accept_word(&self, word: &str) -> Result<(), AnswerError> {
        if self.choices.iter().any(|choice| choice.value() == word) {
            return Ok(());
        }
        let known = self.choices.iter().map(|it| it.value().to_owned());
        let known = known.collect();
        Err(AnswerError::NoChoice { known })
    }

    fn accept_text(&self, text: &str) -> Result<(), AnswerError> {
        if text.chars().count() > MAX_ANSWER {
            return Err(AnswerError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(AnswerError::Control);
        }
        match &self.pattern {
            Some(pattern) if !full_match(pattern).is_match(text) => Err(AnswerError::Pattern {
                pattern: pattern.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// A text of the command line or a terminal as an answer.
    pub fn parse(&self, text: &str) -> Value {
        match self.kind {
            Kind::Text | Kind::Choice => json!(text),
            Kind::Confirm => match text {
                "true" | "yes" => json!(true),
                "false" | "no" => json!(false),
                other => json!(other),
            },
            Kind::Number => number(text).unwrap_or_else(|| json!(text)),
            Kind::Many => text
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(Value::from)
                .collect(),
        }
    }

    /// Its part of the blueprint's JSON Schema.
    pub fn schema(&self, key: &str) -> Value {
        let mut schema = Map::new();
        let mut add = |key: &str, value: Value| schema.insert(key.to_owned(), value);
        add("title", json!(key));
        let help = if self.help.is_empty() {
            &self.ask
        } else {
            &self.help
        };
        add("description", json!(help));
        match self.kind {
            Kind::Text => {
                add("type", json!("string"));
                add("maxLength", json!(MAX_ANSWER));
                if let Some(pattern) = &self.pattern {
                    add("pattern", json!(format!("^(?:{pattern})$")));
                }
            }
            Kind::Number => {
                add("type", json!("number"));
                add(
                    "minimum",
                    json!(self.minimum.unwrap_or(-(MAX_SAFE_INTEGER as f64))),
                );
                add(
                    "maximum",
                    json!(self.maximum.unwrap_or(MAX_SAFE_INTEGER as f64)),
                );
            }
            Kind::Choice => {
                add("type", json!("string"));
                add("enum", self.words());
            }
            Kind::Many => {
                add("type", json!("array"));
                add("uniqueItems", json!(true));
                let item = json!({ "title": key, "type": "string", "enum": self.words() });
                add("items", item);
            }
            Kind::Confirm => _ = add("type", json!("boolean")),
        }
        if self.has_default() {
            add("default", self.default());
        }
        Value::Object(schema)
    }

    fn words(&self) -> Value {
        self.choices
            .iter()
            .map(|choice| json!(choice.value()))
            .collect()
    }
}

/// A text as the number that it writes; a whole one as an integer.
fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(json!(whole));
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then(|| json!(number))
}

fn full_match(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("checked when the pack was read")
}

/// Every answer of a pack, in the order of its prompts: what is given, and the default where nothing is.
/// A prompt whose condition does not hold has its default too, so that templates always find it.
pub fn complete<'p>(
    prompts: impl IntoIterator<Item = (&'p String, &'p Prompt)>,
    given: &Answers,
) -> Answers {
    prompts
        .into_iter()
        .map(|(key, prompt)| {
            let answer = given.get(key).cloned().unwrap_or_else(|| prompt.default());
            (key.clone(), answer)
        })
        .collect()
}
