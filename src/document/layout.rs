//! Where each value of a YAML text begins and ends, in bytes, and in which style it is written.
//!
//! [`node`](super::node) says what a document means and where to look for it; this says which bytes are whose,
//! for whoever changes some of them and leaves the rest alone.

mod reader;

#[cfg(test)]
mod tests;

use std::ops::Range;

use saphyr_parser::{Event, Parser};

use reader::{Context, Reader};

/// How a value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    /// `|` and `>`.
    Block,
    /// Nothing stands there.
    Empty,
    Alias,
    Sequence {
        is_flow: bool,
        items: Vec<Part>,
    },
    Mapping {
        is_flow: bool,
        entries: Vec<Entry>,
    },
}

/// A value in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Of a block collection: from its first entry to the end of its last.
    pub range: Range<usize>,
    pub style: Style,
    /// It has an anchor or a tag, which `range` includes.
    pub is_decorated: bool,
}

/// An entry of a mapping in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_range: Range<usize>,
    /// Behind the colon.
    pub after_colon: usize,
    pub value: Part,
}

impl Part {
    pub fn entries(&self) -> &[Entry] {
        match &self.style {
            Style::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Part] {
        match &self.style {
            Style::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    pub fn is_flow(&self) -> bool {
        matches!(
            self.style,
            Style::Sequence { is_flow: true, .. } | Style::Mapping { is_flow: true, .. }
        )
    }
}

/// The layout of the one document of a text; `None` where there is no document, or one that this does not
/// understand: complex keys, pairs without braces in a flow sequence.
pub fn layout(text: &str) -> Option<Part> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut offsets: Vec<usize> = text[mark..]
        .char_indices()
        .map(|(at, _)| mark + at)
        .collect();
    offsets.push(text.len());
    let mut events = Vec::new();
    let mut parser = Parser::new_from_str(&text[mark..]);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.ok()?;
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Nothing => {}
            event => events.push((event, span)),
        }
    }
    let mut reader = Reader {
        text,
        offsets,
        events: events.into_iter(),
    };
    let (event, span) = reader.events.next()?;
    reader.part(event, &span, Context::Root)
}
