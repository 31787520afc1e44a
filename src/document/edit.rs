//! A YAML text is edited: what is asked for changes, and every other byte stays, comments, order and style.
//!
//! Each operation replaces one range of the text. What comes out is parsed again and compared with what should:
//! an edit that says anything else, for whatever reason (an anchor that others refer to, a style that is not
//! understood), is refused, and the text is as before.

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::{Map, Value};

use super::Document;
use super::layout::{Entry, Part, Style, layout};
use super::node::{Data, Node};
use super::print::{block, entry, flow, holds_mapping, item};
use super::source::Source;

/// Columns that a line may have before a collection is broken into several.
const WIDTH: usize = 80;

/// A step from a collection to one of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

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

    /// The end of a line, as the text has it.
    fn newline(&self) -> &'static str {
        match self.text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        }
    }

    /// The column in which a byte stands, in characters, counted from 0.
    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at]
            .trim_start_matches('\u{feff}')
            .chars()
            .count()
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the line of a byte ends, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |end| at + end);
        end - usize::from(self.text[at..end].ends_with('\r'))
    }

    fn dash_before(&self, at: usize) -> Option<usize> {
        let before = self.text[..at].trim_end();
        before.ends_with('-').then(|| before.len() - 1)
    }

    /// Lines of ours, indented below the first, with the text's line breaks and none at the end.
    fn indented(&self, lines: &str, column: usize) -> String {
        let between = format!("{}{}", self.newline(), " ".repeat(column));
        let lines: Vec<&str> = lines.trim_end_matches('\n').split('\n').collect();
        lines.join(&between)
    }

    /// Lines of their own behind the line of a byte, whose comment stays where it is.
    fn behind_line(&self, at: usize, lines: &str, column: usize) -> Result<Splice, Refused> {
        let end = self.line_end(at);
        let rest = self.text[at..end].trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(Refused::Unsupported);
        }
        let lines = self.indented(lines, column);
        let new = format!("{}{}{lines}", self.newline(), " ".repeat(column));
        Ok((end..end, new))
    }

    /// Behind the last value of a flow collection.
    fn behind_flow(&self, last: &Range<usize>, new: &str) -> Splice {
        let at = last.end;
        let rest = &self.text[at..];
        let gap = rest.len() - rest.trim_start().len();
        let apart = self.own_line(last.start).unwrap_or(" ".to_owned());
        match rest[gap..].starts_with(',') {
            true => (at + gap + 1..at + gap + 1, format!("{apart}{new}")),
            false => (at..at, format!(",{apart}{new}")),
        }
    }

    /// What begins another line like the one of a value, in JSON, where the value has a line of its own.
    fn own_line(&self, value: usize) -> Option<String> {
        let before = &self.text[self.line_start(value)..value];
        let is_own = !before.is_empty() && before.trim().is_empty();
        (self.language == Language::Json && is_own).then(|| format!("{}{before}", self.newline()))
    }

    /// A value in a flow collection, below whose line that of the byte at `at` is.
    fn in_flow(&self, at: usize, new: &Value) -> String {
        if self.language == Language::Yaml {
            return flow(new);
        }
        let line = &self.text[self.line_start(at)..];
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let unit = self.text.lines().find_map(|line| {
            let length = line.len() - line.trim_start_matches([' ', '\t']).len();
            (length > 0).then(|| line[..length].to_owned())
        });
        let mut text = String::new();
        write_json(new, indent, &unit.unwrap_or("  ".into()), &mut text);
        text.replace('\n', self.newline())
    }

    fn insert_flow_entry(
        &self,
        entries: &[Entry],
        position: usize,
        key: &str,
        new: &Value,
    ) -> Splice {
        let at = entries[0].key_range.start;
        let key = match self.language {
            Language::Yaml => super::print::yaml_scalar(key),
            Language::Json => Value::from(key).to_string(),
        };
        let pair = format!("{key}: {}", self.in_flow(at, new));
        match entries.get(position) {
            Some(next) => {
                let apart = self
                    .own_line(next.key_range.start)
                    .unwrap_or(" ".to_owned());
                (
                    next.key_range.start..next.key_range.start,
                    format!("{pair},{apart}"),
                )
            }
            None => {
                let last = &entries[entries.len() - 1];
                let end = last.value.range.end.max(last.after_colon);
                self.behind_flow(&(last.key_range.start..end), &pair)
            }
        }
    }

    fn insert_block_entry(
        &self,
        entries: &[Entry],
        position: usize,
        key: &str,
        new: &Value,
        is_root: bool,
    ) -> Result<Splice, Refused> {
        let column = self.column(entries[0].key_range.start);
        let lines = entry(0, key, new);
        if position == 0 {
            return Ok(self.before_first(&entries[0], &lines, column));
        }
        let before = &entries[position - 1];
        let end = before.value.range.end.max(before.after_colon);
        let (range, new_lines) = self.behind_line(end, &lines, column)?;
        let newline = self.newline();
        // Sections of a page stand apart where its other ones do.
        let is_section = is_root && (new.is_object() || new.is_array());
        let is_apart = self.text.contains(&format!("{newline}{newline}"));
        let apart = if is_section && is_apart { newline } else { "" };
        Ok((range, format!("{apart}{new_lines}")))
    }

    /// Before the first entry, and the comment that stands right above it.
    fn before_first(&self, first: &Entry, lines: &str, column: usize) -> Splice {
        let mut at = first.key_range.start;
        let indent = " ".repeat(column);
        let start = self.line_start(at);
        if self.text[start..at] == indent && column > 0 {
            while let Some(above) = self.line_start(at).checked_sub(1) {
                let above = self.line_start(above);
                let line = &self.text[above..];
                if !line.starts_with(&format!("{indent}#")) {
                    break;
                }
                at = above + column;
            }
        }
        let lines = self.indented(lines, column);
        (at..at, format!("{lines}{}{indent}", self.newline()))
    }

    /// What puts a value where another one is.
    fn replacement(&self, found: &Found<'_>, new: &Value) -> Result<Splice, Refused> {
        let part = found.part;
        if part.is_decorated {
            return Err(Refused::Unsupported);
        }
        let is_block = matches!(
            part.style,
            Style::Sequence { is_flow: false, .. } | Style::Mapping { is_flow: false, .. }
        );
        let is_empty = match new {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        };
        if found.is_in_flow {
            return Ok((part.range.clone(), self.scalar_like(part, new)));
        }
        if self.language == Language::Json {
            return Ok((part.range.clone(), self.scalar_like(part, new)));
        }
        let Some(behind) = found.behind else {
            // The document itself.
            return match is_block && !is_empty {
                true => {
                    let column = self.column(part.range.start);
                    Ok((
                        part.range.clone(),
                        self.indented(block(0, new).trim_start(), column),
                    ))
                }
                false => Ok((part.range.clone(), flow(new))),
            };
        };
        if is_block && !is_empty {
            let column = self.column(part.range.start);
            let lines = block(0, new);
            // A list may stand below its key without being indented, a mapping may not.
            if let Some(key) = found.key.map(|key| self.column(key))
                && new.is_object()
                && column <= key
            {
                let lines = self.indented(&lines, key + 2);
                let start = self.line_start(part.range.start);
                return Ok((
                    start..part.range.end,
                    format!("{}{lines}", " ".repeat(key + 2)),
                ));
            }
            return Ok((part.range.clone(), self.indented(&lines, column)));
        }
        let is_small = !holds_mapping(new) || part.is_flow();
        let line = self.scalar_like(part, new);
        let fits = self.column(part.range.start) + line.chars().count() <= WIDTH;
        if is_empty || (is_small && fits) || found.key.is_none() {
            // From the colon on, so that nothing of a block stays before it.
            return match is_block || part.style == Style::Empty {
                true => Ok((behind..part.range.end.max(behind), format!(" {line}"))),
                false => Ok((part.range.clone(), line)),
            };
        }
        let column = self.column(found.key.unwrap_or_default()) + 2;
        let lines = self.indented(&block(0, new), column);
        let lines = format!("{}{}{lines}", self.newline(), " ".repeat(column));
        if part.style == Style::Empty {
            let end = self.line_end(behind);
            let rest = self.text[behind..end].trim_start();
            return match rest.is_empty() || rest.starts_with('#') {
                true => Ok((end..end, lines)),
                false => Err(Refused::Unsupported),
            };
        }
        Ok((behind..part.range.end, lines))
    }

    /// A value on one line; a text in the quotes that the one before it has.
    fn scalar_like(&self, part: &Part, new: &Value) -> String {
        if self.language == Language::Json {
            return self.in_flow(part.range.start, new);
        }
        let Value::String(text) = new else {
            return flow(new);
        };
        let is_simple = !text.contains(|c: char| c.is_control() || matches!(c, '\\' | '\'' | '"'));
        match part.style {
            Style::Single if is_simple => format!("'{text}'"),
            Style::Double if is_simple => format!("\"{text}\""),
            _ => flow(new),
        }
    }

    /// The lines that an entry of a block has to itself; where it begins behind something else, up to the next.
    fn lines_of(
        &self,
        entry: &Range<usize>,
        next: Option<&Range<usize>>,
    ) -> Result<Range<usize>, Refused> {
        let start = self.line_start(entry.start);
        let has_line = self.text[start..entry.start]
            .trim_start_matches('\u{feff}')
            .trim()
            .is_empty();
        if !has_line {
            let next = next.ok_or(Refused::Unsupported)?;
            return match self.text[entry.end..next.start].contains('#') {
                true => Err(Refused::Unsupported),
                false => Ok(entry.start..next.start),
            };
        }
        let start = start + self.text[start..entry.start].len()
            - self.text[start..entry.start]
                .trim_start_matches('\u{feff}')
                .len();
        let end = self.line_end(entry.end);
        let rest = self.text[entry.end..end].trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(Refused::Unsupported);
        }
        match self.text[end..].find('\n') {
            Some(line_break) => Ok(start..end + line_break + 1),
            // The last line, which has no end: the one before it loses its.
            None => Ok(self.text[..start].trim_end_matches(['\n', '\r']).len()..end),
        }
    }
}

/// As prettier does: mappings on several lines, lists of single values on one where they fit.
fn write_json(value: &Value, indent: &str, unit: &str, out: &mut String) {
    let deeper = format!("{indent}{unit}");
    let is_single = |item: &Value| !item.is_object() && !item.is_array();
    let line = value.to_string();
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (number, (key, value)) in map.iter().enumerate() {
                let before = if number == 0 { "{" } else { "," };
                out.push_str(&format!(
                    "{before}\n{deeper}{}: ",
                    Value::from(key.as_str())
                ));
                write_json(value, &deeper, unit, out);
            }
            out.push_str(&format!("\n{indent}}}"));
        }
        Value::Array(items) if line.len() >= WIDTH / 2 || !items.iter().all(is_single) => {
            for (number, item) in items.iter().enumerate() {
                let before = if number == 0 { "[" } else { "," };
                out.push_str(&format!("{before}\n{deeper}"));
                write_json(item, &deeper, unit, out);
            }
            out.push_str(&format!("\n{indent}]"));
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            out.push_str(&format!("[{}]", items.join(", ")));
        }
        other => out.push_str(&other.to_string()),
    }
}

/// A value of the text, and what it stands behind.
struct Found<'p> {
    part: &'p Part,
    /// The byte behind its colon or dash.
    behind: Option<usize>,
    /// Where its key begins, below which a block may be indented.
    key: Option<usize>,
    is_in_flow: bool,
}

fn find<'p>(root: &'p Part, path: &[Step]) -> Result<Found<'p>, Refused> {
    let mut found = Found {
        part: root,
        behind: None,
        key: None,
        is_in_flow: false,
    };
    for step in path {
        let is_in_flow = found.is_in_flow || found.part.is_flow();
        found = match step {
            Step::Key(key) => {
                let entries = found.part.entries();
                let entry = entries.iter().find(|entry| entry.key == *key);
                let entry = entry.ok_or(Refused::NoSuchPlace)?;
                Found {
                    part: &entry.value,
                    behind: Some(entry.after_colon),
                    key: Some(entry.key_range.start),
                    is_in_flow,
                }
            }
            Step::Index(index) => {
                let item = found.part.items().get(*index);
                let item = item.ok_or(Refused::NoSuchPlace)?;
                Found {
                    part: item,
                    behind: Some(item.range.start),
                    key: None,
                    is_in_flow,
                }
            }
        };
    }
    Ok(found)
}

fn at_mut<'v>(value: &'v mut Value, path: &[Step]) -> Result<&'v mut Value, Refused> {
    let found = path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.as_object_mut()?.get_mut(key),
        Step::Index(index) => value.as_array_mut()?.get_mut(*index),
    });
    found.ok_or(Refused::NoSuchPlace)
}

/// Also in the order of entries.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((k, v), (l, w))| k == l && is_same(v, w))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(v, w)| is_same(v, w))
        }
        // `1` and `1.0` are one number in YAML.
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

/// What a text says; `None` for one that is not clean.
fn value_of(text: &str) -> Option<Value> {
    let document = Document::parse(Source {
        name: String::new(),
        text: text.to_owned(),
    });
    let document = document.ok()?;
    document
        .findings
        .is_empty()
        .then(|| value(&document.root))
        .flatten()
}

/// What a value of a document stands for.
pub fn value(node: &Node) -> Option<Value> {
    match &node.data {
        Data::Scalar { .. } => node.resolve().ok(),
        Data::List(items) => items
            .iter()
            .map(value)
            .collect::<Option<_>>()
            .map(Value::Array),
        Data::Map(entries) => {
            let pairs = entries
                .iter()
                .map(|(key, node)| Some((key.text.clone(), value(node)?)));
            pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
    }
}
