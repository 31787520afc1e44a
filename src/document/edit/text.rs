//! Where in a text something begins and ends, and what puts lines of ours there.

use std::ops::Range;

use serde_json::Value;

use super::super::layout::Entry;
use super::super::print::{entry, flow, yaml_scalar};
use super::json::write_json;
use super::{Editor, Language, Refused, Splice};

impl Editor {
    /// The end of a line, as the text has it.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        }
    }

    /// The column in which a byte stands, in characters, counted from 0.
    pub(super) fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at]
            .trim_start_matches('\u{feff}')
            .chars()
            .count()
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the line of a byte ends, before its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |end| at + end);
        end - usize::from(self.text[at..end].ends_with('\r'))
    }

    pub(super) fn dash_before(&self, at: usize) -> Option<usize> {
        let before = self.text[..at].trim_end();
        before.ends_with('-').then(|| before.len() - 1)
    }

    /// Lines of ours, indented below the first, with the text's line breaks and none at the end.
    pub(super) fn indented(&self, lines: &str, column: usize) -> String {
        let between = format!("{}{}", self.newline(), " ".repeat(column));
        let lines: Vec<&str> = lines.trim_end_matches('\n').split('\n').collect();
        lines.join(&between)
    }

    /// Lines of their own behind the line of a byte, whose comment stays where it is.
    pub(super) fn behind_line(
        &self,
        at: usize,
        lines: &str,
        column: usize,
    ) -> Result<Splice, Refused> {
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
    pub(super) fn behind_flow(&self, last: &Range<usize>, new: &str) -> Splice {
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
    pub(super) fn own_line(&self, value: usize) -> Option<String> {
        let before = &self.text[self.line_start(value)..value];
        let is_own = !before.is_empty() && before.trim().is_empty();
        (self.language == Language::Json && is_own).then(|| format!("{}{before}", self.newline()))
    }

    /// A value in a flow collection, below whose line that of the byte at `at` is.
    pub(super) fn in_flow(&self, at: usize, new: &Value) -> String {
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

    pub(super) fn insert_flow_entry(
        &self,
        entries: &[Entry],
        position: usize,
        key: &str,
        new: &Value,
    ) -> Splice {
        let at = entries[0].key_range.start;
        let key = match self.language {
            Language::Yaml => yaml_scalar(key),
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

    pub(super) fn insert_block_entry(
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
    pub(super) fn before_first(&self, first: &Entry, lines: &str, column: usize) -> Splice {
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

    /// The lines that an entry of a block has to itself; where it begins behind something else, up to the next.
    pub(super) fn lines_of(
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
