//! From the events of a parser to the bytes that each value has.

use std::ops::Range;

use saphyr_parser::{Event, ScalarStyle, Span};

use super::{Entry, Part, Style};

/// What a value stands behind.
#[derive(Clone, Copy)]
pub(super) enum Context {
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

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    /// Of each character, and of the end.
    pub(super) offsets: Vec<usize>,
    pub(super) events: std::vec::IntoIter<(Event<'t>, Span)>,
}

impl Reader<'_> {
    fn range(&self, span: &Span) -> Range<usize> {
        let last = self.offsets.len() - 1;
        let at = |index: usize| self.offsets[index.min(last)];
        at(span.start.index())..at(span.end.index())
    }

    pub(super) fn part(&mut self, event: Event<'_>, span: &Span, context: Context) -> Option<Part> {
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
