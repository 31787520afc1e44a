//! A value in the place of another one.

use serde_json::Value;

use super::super::layout::{Part, Style};
use super::super::print::{block, flow, holds_mapping};
use super::path::Found;
use super::{Editor, Language, Refused, Splice, WIDTH};

impl Editor {
    /// What puts a value where another one is.
    pub(super) fn replacement(&self, found: &Found<'_>, new: &Value) -> Result<Splice, Refused> {
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
}
