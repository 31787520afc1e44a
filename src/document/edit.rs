//! A YAML text is edited: what is asked for changes, and every other byte stays, comments, order and style.
//!
//! Each operation replaces one range of the text. What comes out is parsed again and compared with what should:
//! an edit that says anything else, for whatever reason (an anchor that others refer to, a style that is not
//! understood), is refused, and the text is as before.

mod json;
mod path;
mod replace;
mod text;
mod value;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::{Map, Value};

use super::layout::{Part, Style, layout};
use super::print::{block, entry, item};

pub use path::Step;
pub use value::value;

use path::{at_mut, find};
use value::{is_same, value_of};

/// Columns that a line may have before a collection is broken into several.
const WIDTH: usize = 80;

/// Why a text was not edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nothing, or something else, stands at the path.
    NoSuchPlace,
    /// The text is written in a way that this does not change.
    Unsupported,
}

/// A text that is being edited.
#[derive(Debug, Clone)]
pub struct Editor {
    text: String,
    value: Value,
    language: Language,
}

/// JSON is YAML, but must stay JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Yaml,
    Json,
}

impl Language {
    /// What a text says; `None` for one that is not clean.
    fn value_of(self, text: &str) -> Option<Value> {
        match self {
            Self::Yaml => value_of(text),
            Self::Json => serde_json::from_str(text).ok(),
        }
    }
}

/// One range of the text, and what stands there instead.
type Splice = (Range<usize>, String);

impl Editor {
    /// # Errors
    /// [`Refused::Unsupported`] for a text that is not one clean YAML document.
    pub fn new(text: &str) -> Result<Self, Refused> {
        Self::of(text, Language::Yaml)
    }

    /// An editor that writes nothing but JSON.
    ///
    /// # Errors
    /// [`Refused::Unsupported`] for a text that is no JSON.
    pub fn json(text: &str) -> Result<Self, Refused> {
        Self::of(text, Language::Json)
    }

    fn of(text: &str, language: Language) -> Result<Self, Refused> {
        Ok(Self {
            value: language.value_of(text).ok_or(Refused::Unsupported)?,
            text: text.to_owned(),
            language,
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says. An empty document is an empty mapping.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value at a path.
    pub fn get(&self, path: &[Step]) -> Option<&Value> {
        path.iter().try_fold(&self.value, |value, step| match step {
            Step::Key(key) => value.as_object()?.get(key),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// Puts a value in the place of the one at a path.
    ///
    /// # Errors
    /// [`Refused`]; the text is as before.
    pub fn set(&mut self, path: &[Step], new: &Value) -> Result<(), Refused> {
        let mut expected = self.value.clone();
        *at_mut(&mut expected, path)? = new.clone();
        let root = self.layout()?;
        let found = find(&root, path)?;
        let splice = self.replacement(&found, new)?;
        self.apply(splice, expected)
    }

    /// Adds an entry to the mapping at a path, before the one at `position`; at the end where there are not so
    /// many.
    ///
    /// # Errors
    /// [`Refused`]; the text is as before.
    pub fn insert(
        &mut self,
        path: &[Step],
        position: usize,
        key: &str,
        new: &Value,
    ) -> Result<(), Refused> {
        let mut expected = self.value.clone();
        let there = at_mut(&mut expected, path)?;
        if there.is_null() {
            *there = Value::Object(Map::new());
        }
        let map = there.as_object_mut().ok_or(Refused::NoSuchPlace)?;
        let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
        if entries.iter().any(|(other, _)| other == key) {
            return Err(Refused::NoSuchPlace);
        }
        let position = position.min(entries.len());
        entries.insert(position, (key.to_owned(), new.clone()));
        *map = entries.into_iter().collect();
        let Ok(root) = self.layout() else {
            return self.append_to_empty(path, key, new, expected);
        };
        let found = find(&root, path)?;
        let splice = match &found.part.style {
            Style::Mapping { is_flow, entries } if !entries.is_empty() => match is_flow {
                true => self.insert_flow_entry(entries, position, key, new),
                false => self.insert_block_entry(entries, position, key, new, path.is_empty())?,
            },
            _ => {
                let only = Map::from_iter([(key.to_owned(), new.clone())]);
                self.replacement(&found, &Value::Object(only))?
            }
        };
        self.apply(splice, expected)
    }

    /// Adds an item to the end of the list at a path.
    ///
    /// # Errors
    /// [`Refused`]; the text is as before.
    pub fn push(&mut self, path: &[Step], new: &Value) -> Result<(), Refused> {
        let mut expected = self.value.clone();
        let there = at_mut(&mut expected, path)?;
        if there.is_null() {
            *there = Value::Array(Vec::new());
        }
        let list = there.as_array_mut().ok_or(Refused::NoSuchPlace)?;
        list.push(new.clone());
        let root = self.layout()?;
        let found = find(&root, path)?;
        let splice = match &found.part.style {
            Style::Sequence { is_flow, items } if !items.is_empty() => {
                let last = &items[items.len() - 1];
                match is_flow {
                    true => self.behind_flow(&last.range, &self.in_flow(last.range.start, new)),
                    false => {
                        let column = self.column(found.part.range.start);
                        let is_open = matches!(last.style, Style::Mapping { is_flow: false, .. });
                        let lines = match (is_open, new.as_object()) {
                            (true, Some(map)) if !map.is_empty() => {
                                format!("- {}", block(1, new).trim_start())
                            }
                            _ => item(0, new),
                        };
                        self.behind_line(last.range.end, &lines, column)?
                    }
                }
            }
            _ => self.replacement(&found, &Value::Array(vec![new.clone()]))?,
        };
        self.apply(splice, expected)
    }

    /// Takes away what stands at a path, with its key or dash and the comment on its line.
    ///
    /// # Errors
    /// [`Refused`]; the text is as before.
    pub fn remove(&mut self, path: &[Step]) -> Result<(), Refused> {
        let (last, above) = path.split_last().ok_or(Refused::NoSuchPlace)?;
        let mut expected = self.value.clone();
        match (at_mut(&mut expected, above)?, last) {
            (Value::Object(map), Step::Key(key)) => {
                map.shift_remove(key).ok_or(Refused::NoSuchPlace)?;
            }
            (Value::Array(items), Step::Index(index)) if *index < items.len() => {
                items.remove(*index);
            }
            _ => return Err(Refused::NoSuchPlace),
        }
        let root = self.layout()?;
        let found = find(&root, above)?;
        let ranges: Vec<Range<usize>> = match &found.part.style {
            Style::Mapping { entries, .. } => entries
                .iter()
                .map(|it| it.key_range.start..it.value.range.end.max(it.after_colon))
                .collect(),
            Style::Sequence { is_flow, items } => items
                .iter()
                .map(|it| match is_flow {
                    true => Some(it.range.clone()),
                    false => Some(self.dash_before(it.range.start)?..it.range.end),
                })
                .collect::<Option<_>>()
                .ok_or(Refused::Unsupported)?,
            _ => return Err(Refused::Unsupported),
        };
        let number = match last {
            Step::Index(index) => *index,
            Step::Key(key) => {
                let entries = found.part.entries();
                let number = entries.iter().position(|entry| entry.key == *key);
                number.ok_or(Refused::NoSuchPlace)?
            }
        };
        let is_flow = found.part.is_flow();
        let splice = match (ranges.len(), is_flow) {
            (1, _) if !above.is_empty() || is_flow => {
                let empty = match last {
                    Step::Key(_) => Value::Object(Map::new()),
                    Step::Index(_) => Value::Array(Vec::new()),
                };
                self.replacement(&found, &empty)?
            }
            (_, true) => match ranges.get(number + 1) {
                Some(next) => (ranges[number].start..next.start, String::new()),
                None => (ranges[number - 1].end..ranges[number].end, String::new()),
            },
            (_, false) => (
                self.lines_of(&ranges[number], ranges.get(number + 1))?,
                String::new(),
            ),
        };
        self.apply(splice, expected)
    }

    /// Gives the entry at a path another key. Its value and its place stay.
    ///
    /// # Errors
    /// [`Refused`]; the text is as before.
    pub fn rename(&mut self, path: &[Step], new: &str) -> Result<(), Refused> {
        let Some((Step::Key(old), above)) = path.split_last() else {
            return Err(Refused::NoSuchPlace);
        };
        let mut expected = self.value.clone();
        let map = at_mut(&mut expected, above)?.as_object_mut();
        let map = map.ok_or(Refused::NoSuchPlace)?;
        if !map.contains_key(old) || map.contains_key(new) {
            return Err(Refused::NoSuchPlace);
        }
        let entries = std::mem::take(map).into_iter();
        let renamed = entries.map(|(key, value)| match key == *old {
            true => (new.to_owned(), value),
            false => (key, value),
        });
        *map = renamed.collect();
        let root = self.layout()?;
        let found = find(&root, above)?;
        let mut entries = found.part.entries().iter();
        let entry = entries.find(|entry| entry.key == *old);
        let range = entry.ok_or(Refused::NoSuchPlace)?.key_range.clone();
        let key = match self.language {
            Language::Yaml => super::print::yaml_scalar(new),
            Language::Json => Value::from(new).to_string(),
        };
        self.apply((range, key), expected)
    }

    /// The first entry of a text without a document: comments alone, or nothing.
    fn append_to_empty(
        &mut self,
        path: &[Step],
        key: &str,
        new: &Value,
        expected: Value,
    ) -> Result<(), Refused> {
        if !path.is_empty() || self.value != Value::Object(Map::new()) {
            return Err(Refused::Unsupported);
        }
        let end = self.text.len();
        let is_open = !self.text.is_empty() && !self.text.ends_with('\n');
        let gap = if is_open { self.newline() } else { "" };
        let lines = self.indented(&entry(0, key, new), 0);
        let text = format!("{gap}{lines}{}", self.newline());
        self.apply((end..end, text), expected)
    }

    fn layout(&self) -> Result<Part, Refused> {
        layout(&self.text).ok_or(Refused::Unsupported)
    }

    fn apply(&mut self, (range, new): Splice, expected: Value) -> Result<(), Refused> {
        let text = [&self.text[..range.start], &new, &self.text[range.end..]].concat();
        let value = self.language.value_of(&text).ok_or(Refused::Unsupported)?;
        if !is_same(&value, &expected) {
            return Err(Refused::Unsupported);
        }
        self.text = text;
        self.value = value;
        Ok(())
    }
}
