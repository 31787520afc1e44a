//! Where each value of a YAML text begins and ends, in bytes, and in which style it is written.
//!
//! [`node`](super::node) says what a document means and where to look for it; this says which bytes are whose,
//! for whoever changes some of them and leaves the rest alone.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

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

/// What a value stands behind.
#[derive(Clone, Copy)]
enum Context {
    Root,
    /// At the byte behind the colon or the dash.
    Behind {
        at: usize,
        is_in_flow: bool,
    },
}

impl Context {
    fn is_in_flow(self) -> bool {
        matches!(
            self,
            Self::Behind {
                is_in_flow: true,
                ..
            }
        )
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Of each character, and of the end.
    offsets: Vec<usize>,
    events: std::vec::IntoIter<(Event<'t>, Span)>,
}

impl Reader<'_> {
    fn range(&self, span: &Span) -> Range<usize> {
        let last = self.offsets.len() - 1;
        let at = |index: usize| self.offsets[index.min(last)];
        at(span.start.index())..at(span.end.index())
    }

    fn part(&mut self, event: Event<'_>, span: &Span, context: Context) -> Option<Part> {
        let range = self.range(span);
        match event {
            Event::Alias(_) => Some(Part {
                range: self.trimmed(range),
                style: Style::Alias,
                is_decorated: false,
            }),
            Event::Scalar(_, style, anchor, tag) => {
                self.scalar(style, range, anchor > 0 || tag.is_some(), context)
            }
            Event::SequenceStart(anchor, tag) => {
                let is_decorated = anchor > 0 || tag.is_some();
                self.sequence(range, is_decorated, context)
            }
            Event::MappingStart(anchor, tag) => {
                let is_decorated = anchor > 0 || tag.is_some();
                self.mapping(range, is_decorated, context)
            }
            _ => None,
        }
    }

    fn scalar(
        &self,
        style: ScalarStyle,
        range: Range<usize>,
        is_decorated: bool,
        context: Context,
    ) -> Option<Part> {
        let (range, style) = match style {
            ScalarStyle::Plain => {
                let trimmed = self.trimmed(range.clone());
                match (trimmed.is_empty(), context) {
                    (false, _) => (trimmed, Style::Plain),
                    (true, Context::Behind { at, .. }) => (at..at, Style::Empty),
                    (true, Context::Root) => (trimmed, Style::Empty),
                }
            }
            ScalarStyle::SingleQuoted => (self.quoted(range.start, '\'')?, Style::Single),
            ScalarStyle::DoubleQuoted => (self.quoted(range.start, '"')?, Style::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let from = match context {
                    Context::Behind { at, .. } => at,
                    Context::Root => 0,
                };
                let start = from + self.text[from..range.end].find(['|', '>'])?;
                let content = self.text[start..range.end].trim_end();
                (start..start + content.len(), Style::Block)
            }
        };
        Some(Part {
            range,
            style,
            is_decorated,
        })
    }

    /// The range without white space at its end.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let length = self.text[range.clone()].trim_end().len();
        range.start..range.start + length
    }

    /// From `start`, where the quote or what decorates it is, to the closing quote.
    fn quoted(&self, start: usize, quote: char) -> Option<Range<usize>> {
        let open = start + self.text[start..].find(quote)?;
        let mut chars = self.text[open + 1..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '\\' && quote == '"' {
                chars.next();
            } else if c == quote {
                if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
                    chars.next();
                    continue;
                }
                return Some(start..open + 1 + at + 1);
            }
        }
        None
    }

    /// Whether a collection begins with this bracket, behind what decorates it, and where. The event of a block
    /// collection without decoration stands at its first value, and is empty.
    fn bracket(&self, event: &Range<usize>, bracket: char) -> Option<usize> {
        if event.is_empty() {
            return None;
        }
        let mut rest = &self.text[event.start..];
        while rest.starts_with(['&', '!']) {
            rest = rest.trim_start_matches(|c: char| !c.is_whitespace());
            rest = rest.trim_start();
        }
        rest.starts_with(bracket)
            .then(|| self.text.len() - rest.len())
    }

    /// Behind the closing bracket: nothing but white space, comments, commas and colons is before it.
    fn close(&self, from: usize, bracket: char) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = &self.text[at..];
            let c = rest.chars().next()?;
            match c {
                '#' => at += rest.find('\n')?,
                c if c == bracket => return Some(at + 1),
                c if c.is_whitespace() || matches!(c, ',' | ':') => at += c.len_utf8(),
                _ => return None,
            }
        }
    }

    fn sequence(
        &mut self,
        event: Range<usize>,
        is_decorated: bool,
        context: Context,
    ) -> Option<Part> {
        let start = event.start;
        let open = self.bracket(&event, '[');
        if open.is_none() && context.is_in_flow() {
            return None;
        }
        let mut items: Vec<Part> = Vec::new();
        let mut at = open.map(|open| open + 1).or(match context {
            Context::Behind { at, .. } => Some(at),
            Context::Root => Some(0),
        })?;
        let mut first = None;
        loop {
            let (event, span) = self.events.next()?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            let is_in_flow = open.is_some();
            if !is_in_flow {
                // Behind the dash of the item.
                at = self.after(at, '-')?;
                first.get_or_insert(at - 1);
            }
            let item = self.part(event, &span, Context::Behind { at, is_in_flow })?;
            at = item.range.end.max(at);
            items.push(item);
        }
        let range = match open {
            Some(_) => start..self.close(at, ']')?,
            None if is_decorated => start..at,
            None => first?..at,
        };
        Some(Part {
            range,
            style: Style::Sequence {
                is_flow: open.is_some(),
                items,
            },
            is_decorated,
        })
    }

    fn mapping(
        &mut self,
        event: Range<usize>,
        is_decorated: bool,
        context: Context,
    ) -> Option<Part> {
        let start = event.start;
        let open = self.bracket(&event, '{');
        if open.is_none() && context.is_in_flow() {
            return None;
        }
        let is_in_flow = open.is_some();
        let mut entries: Vec<Entry> = Vec::new();
        let mut at = open.map_or(start, |open| open + 1);
        loop {
            let (event, span) = self.events.next()?;
            let key = match &event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.to_string(),
                _ => return None,
            };
            let name = self.part(event, &span, Context::Behind { at, is_in_flow })?;
            let (event, span) = self.events.next()?;
            let after_colon = match self.after(name.range.end, ':') {
                Some(after) => after,
                // `{ a, b }`
                None if is_in_flow => name.range.end,
                None => return None,
            };
            let context = Context::Behind {
                at: after_colon,
                is_in_flow,
            };
            let value = self.part(event, &span, context)?;
            at = value.range.end.max(after_colon);
            entries.push(Entry {
                key,
                key_range: name.range,
                after_colon,
                value,
            });
        }
        let range = match open {
            Some(_) => start..self.close(at, '}')?,
            None if is_decorated => start..at,
            None => entries.first()?.key_range.start..at,
        };
        Some(Part {
            range,
            style: Style::Mapping {
                is_flow: is_in_flow,
                entries,
            },
            is_decorated,
        })
    }

    /// Behind an indicator that stands after `from`, with nothing but white space and comments before it.
    fn after(&self, from: usize, indicator: char) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = &self.text[at..];
            let c = rest.chars().next()?;
            match c {
                '#' => at += rest.find('\n')?,
                c if c == indicator => return Some(at + 1),
                c if c.is_whitespace() => at += c.len_utf8(),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}# a page
name: shop   # trailing
empty:
desc: |
  block text
  more

# ü before
list:
- a
- \"b\"   # b
deep:
  - { from: a, to: \"b # no comment\" , }   # x
  - from: a
    to: 'it''s'
flow: [ a, [b] , c ] # }
map: { k: &x v, z: , 'q': {} }
alias: *x
last: plain multi
  line
";

    #[test]
    fn every_value_has_its_bytes() {
        let root = layout(TEXT).unwrap();
        let written = |keys: &[&str]| {
            let part = keys
                .iter()
                .fold(&root, |part, key| match key.parse::<usize>() {
                    Ok(index) => &part.items()[index],
                    Err(_) => {
                        &part
                            .entries()
                            .iter()
                            .find(|it| it.key == *key)
                            .unwrap()
                            .value
                    }
                });
            &TEXT[part.range.clone()]
        };
        assert_eq!(written(&["name"]), "shop");
        assert_eq!(written(&["empty"]), "");
        assert_eq!(written(&["desc"]), "|\n  block text\n  more");
        assert_eq!(written(&["list"]), "- a\n- \"b\"");
        assert_eq!(written(&["list", "1"]), "\"b\"");
        assert_eq!(
            written(&["deep", "0"]),
            "{ from: a, to: \"b # no comment\" , }"
        );
        assert_eq!(written(&["deep", "0", "to"]), "\"b # no comment\"");
        assert_eq!(written(&["deep", "1"]), "from: a\n    to: 'it''s'");
        assert_eq!(written(&["flow"]), "[ a, [b] , c ]");
        assert_eq!(written(&["flow", "1"]), "[b]");
        assert_eq!(written(&["map", "k"]), "&x v");
        assert_eq!(written(&["map", "z"]), "");
        assert_eq!(written(&["map", "q"]), "{}");
        assert_eq!(written(&["alias"]), "*x");
        assert_eq!(written(&["last"]), "plain multi\n  line");
    }

    #[test]
    fn what_is_not_understood_has_no_layout() {
        for text in [
            "",
            "# nothing",
            "a: [b: c]",
            "? [a]\n: b\n",
            "a: [",
            "a: b: c",
        ] {
            assert_eq!(layout(text), None, "{text}");
        }
    }
}
