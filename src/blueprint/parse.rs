//! YAML text to a [`Node`] tree, through saphyr's events, within fixed bounds.
//!
//! What YAML allows and a blueprint does not need is refused by name: several documents, tags,
//! merge keys, keys that are not words. Anchors work, but may not blow the document up.

use std::collections::HashMap;

use indexmap::IndexMap;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::document::{Data, Key, Node};
use super::finding::{BlueprintErrors, Findings, Place, quoted};
use super::source::{MAX_BYTES, Source};

/// Deeper nesting says nothing in a blueprint.
const MAX_DEPTH: usize = 64;
/// Values in the whole document, each use of an anchor counted.
const MAX_NODES: usize = 250_000;
/// Bytes of text in the whole document, each use of an anchor counted.
const MAX_TEXT: usize = 2 * MAX_BYTES;

/// Parses one document. An empty text is an empty mapping.
///
/// What is wrong but leaves a tree to look at (a duplicate key, a tag) goes into `findings`.
///
/// # Errors
/// All findings so far, when the text is no YAML or beyond a bound, so that there is no tree.
pub fn parse(source: &Source, findings: &mut Findings) -> Result<Node, BlueprintErrors> {
    match read_text(&source.text, findings) {
        Ok(node) => Ok(node),
        Err(stop) => {
            findings.add(stop.place, stop.message, || stop.hint);
            let errors = std::mem::take(findings).into_result(&source.name);
            Err(errors.expect_err("a finding was just added"))
        }
    }
}

/// Why parsing cannot go on.
struct Stop {
    place: Place,
    message: String,
    hint: Option<String>,
}

impl Stop {
    fn new(place: Place, message: impl Into<String>) -> Self {
        Stop {
            place,
            message: message.into(),
            hint: None,
        }
    }
}

fn read_text(text: &str, findings: &mut Findings) -> Result<Node, Stop> {
    if text.len() > MAX_BYTES {
        let limit = MAX_BYTES / 1024;
        return Err(Stop::new(
            Place::START,
            format!("larger than {limit} KiB, the limit of a blueprint"),
        ));
    }
    // Editors do not count the byte order mark as a column.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_unprintable(text)?;
    let mut tree = TreeBuilder::new(findings);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax_error(text, &error))?;
        tree.take(event, place(&span.start))?;
    }
    Ok(tree
        .root
        .unwrap_or_else(|| Node::map(Place::START, Vec::new())))
}

fn place(marker: &Marker) -> Place {
    Place::Text {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// The characters outside of `c-printable` (YAML 1.2.2, 5.1). saphyr takes U+0000 for the end.
fn refuse_unprintable(text: &str) -> Result<(), Stop> {
    let unprintable = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let Some((offset, found)) = text.char_indices().find(|(_, c)| unprintable(*c)) else {
        return Ok(());
    };
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let message = format!(
        "the character U+{:04X} cannot stand in YAML",
        u32::from(found)
    );
    Err(Stop::new(Place::Text { line, column }, message))
}

fn too_deep(place: Place) -> Stop {
    Stop::new(place, format!("nested more than {MAX_DEPTH} levels deep"))
}

fn syntax_error(text: &str, error: &ScanError) -> Stop {
    let marker = error.marker();
    let mut lines = text.lines().skip(marker.line().saturating_sub(1));
    let line = lines.next().unwrap_or_default();
    // A wrong line may be noticed at the end of the one before.
    for (number, line) in (marker.line()..).zip([line, lines.next().unwrap_or_default()]) {
        let indentation = line.len() - line.trim_start().len();
        if let Some(column) = line[..indentation].chars().position(|c| c == '\t') {
            let place = Place::Text {
                line: number,
                column: column + 1,
            };
            let message = "a tab is used for indentation, which YAML does not allow";
            return Stop {
                hint: Some("indent with spaces".to_owned()),
                ..Stop::new(place, message)
            };
        }
    }
    if error.info() == "recursion limit exceeded" {
        return too_deep(place(marker));
    }
    if error.info().contains("tab") {
        return Stop {
            hint: Some("use spaces".to_owned()),
            ..Stop::new(place(marker), "a tab stands where YAML allows only spaces")
        };
    }
    let optional_collection = line.contains("]?") || line.contains("}?");
    Stop {
        hint: optional_collection
            .then(|| "an optional list or map is written in quotes: `\"[string]?\"`".to_owned()),
        ..Stop::new(place(marker), format!("not valid YAML: {}", error.info()))
    }
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    text: usize,
}

/// A collection that is still open.
struct Frame {
    anchor: usize,
    place: Place,
    /// What the whole document held when this began.
    before: Size,
    kind: Open,
}

enum Open {
    List(Vec<Node>),
    Map {
        entries: IndexMap<Key, Node>,
        key: Option<PendingKey>,
    },
}

/// A key whose value is still to come.
struct PendingKey {
    key: Key,
    /// Its value is left out: the key is a duplicate or a merge key.
    refused: bool,
}

struct TreeBuilder<'a> {
    findings: &'a mut Findings,
    open: Vec<Frame>,
    /// Finished nodes that have an anchor.
    anchors: HashMap<usize, (Node, Size)>,
    /// Nodes in `anchors`: they can lie inside each other.
    kept: usize,
    total: Size,
    documents: usize,
    root: Option<Node>,
}

impl<'a> TreeBuilder<'a> {
    fn new(findings: &'a mut Findings) -> Self {
        let (open, anchors) = (Vec::new(), HashMap::new());
        TreeBuilder {
            findings,
            open,
            anchors,
            kept: 0,
            total: Size::default(),
            documents: 0,
            root: None,
        }
    }

    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Stop::new(
                        place,
                        "a second document begins: a blueprint is one document",
                    ));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.check_tag(tag.as_deref(), "str", place);
                let plain = style == ScalarStyle::Plain && !is_text;
                let node = Node {
                    place,
                    data: Data::Scalar {
                        text: text.into_owned(),
                        plain,
                    },
                };
                let before = self.total;
                self.count(1, text_len(&node), place)?;
                self.finish(node, anchor, before)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", place);
                self.enter(anchor, place, Open::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", place);
                self.enter(
                    anchor,
                    place,
                    Open::Map {
                        entries: IndexMap::new(),
                        key: None,
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Frame {
                    anchor,
                    place,
                    before,
                    kind,
                }) = self.open.pop()
                else {
                    return Ok(());
                };
                let data = match kind {
                    Open::List(items) => Data::List(items),
                    Open::Map { entries, .. } => Data::Map(entries),
                };
                self.finish(Node { place, data }, anchor, before)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Stop::new(
                        place,
                        "an alias stands inside of what it refers to",
                    ));
                };
                self.count(size.nodes, size.text, place)?;
                self.put(node, place)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// Whether the one tag that is harmless here is given. Any other one is a finding.
    fn check_tag(&mut self, tag: Option<&Tag>, harmless: &str, place: Place) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() && tag.suffix == harmless {
            return true;
        }
        let name = if tag.is_yaml_core_schema() {
            format!("!!{}", tag.suffix)
        } else {
            tag.to_string()
        };
        self.findings.push(
            place,
            format!("the tag {} means nothing in a blueprint", quoted(&name)),
        );
        false
    }

    fn count(&mut self, nodes: usize, text: usize, place: Place) -> Result<(), Stop> {
        self.total.nodes += nodes;
        self.total.text += text;
        if self.total.nodes.max(self.kept) <= MAX_NODES && self.total.text <= MAX_TEXT {
            return Ok(());
        }
        let message = if self.anchors.is_empty() {
            format!("more than {MAX_NODES} values, the limit of a blueprint")
        } else {
            format!(
                "the anchors make more than {MAX_NODES} values or {MAX_TEXT} bytes of this document"
            )
        };
        Err(Stop::new(place, message))
    }

    fn enter(&mut self, anchor: usize, place: Place, kind: Open) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        let before = self.total;
        self.count(1, 0, place)?;
        self.open.push(Frame {
            anchor,
            place,
            before,
            kind,
        });
        Ok(())
    }

    /// Remembers a complete node under its anchor and puts it in its place.
    fn finish(&mut self, node: Node, anchor: usize, before: Size) -> Result<(), Stop> {
        if anchor > 0 {
            let size = Size {
                nodes: self.total.nodes - before.nodes,
                text: self.total.text - before.text,
            };
            self.kept += size.nodes;
            self.count(0, 0, node.place)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let place = node.place;
        self.put(node, place)
    }

    fn put(&mut self, node: Node, place: Place) -> Result<(), Stop> {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut frame.kind {
            Open::List(items) => items.push(node),
            Open::Map { entries, key } => match key.take() {
                None => *key = Some(read_key(node, place, entries, self.findings)?),
                Some(pending) if pending.refused => {}
                Some(pending) => _ = entries.insert(pending.key, node),
            },
        }
        Ok(())
    }
}

fn read_key(
    node: Node,
    place: Place,
    before: &IndexMap<Key, Node>,
    findings: &mut Findings,
) -> Result<PendingKey, Stop> {
    let Data::Scalar { text, plain } = node.data else {
        return Err(Stop::new(
            place,
            "a key must be a word, not a list or a mapping",
        ));
    };
    let mut refused = false;
    if plain && text == "<<" {
        refused = true;
        let message = "`<<` (a merge key) is not part of YAML 1.2";
        findings.push_hint(place, message, "write the keys out");
    } else if let Some((first, _)) = before.get_key_value(text.as_str()) {
        refused = true;
        let message = format!(
            "the key {} is given twice, first at {}",
            quoted(&text),
            first.place
        );
        findings.push(place, message);
    }
    Ok(PendingKey {
        key: Key { place, text },
        refused,
    })
}

fn text_len(node: &Node) -> usize {
    node.as_text().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<Node, BlueprintErrors> {
        let mut findings = Findings::default();
        let source = Source {
            name: "t".to_owned(),
            text: text.to_owned(),
        };
        let node = parse(&source, &mut findings)?;
        findings.into_result("t")?;
        Ok(node)
    }

    fn refusal(text: &str) -> String {
        tree(text).unwrap_err().to_string()
    }

    #[test]
    fn every_value_knows_its_line_and_column() {
        let node = tree("name: shop\nservices:\n  gateway: { kind: gateway }\n").unwrap();
        let at = |pointer| node.at(pointer).unwrap().1.place;
        assert_eq!(at("/name"), Place::Text { line: 1, column: 7 });
        assert_eq!(
            at("/services/gateway/kind"),
            Place::Text {
                line: 3,
                column: 20
            }
        );
        let key = node.at("/services/gateway").unwrap().0.unwrap();
        assert_eq!(key.place, Place::Text { line: 3, column: 3 });
    }

    #[test]
    fn a_byte_order_mark_and_crlf_change_nothing() {
        let text = "name: shop\ndescription: |\n  one\n  two\n";
        let plain = tree(text).unwrap();
        assert_eq!(
            tree(&format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap(),
            plain
        );
        assert_eq!(
            plain.get("description").unwrap().as_text(),
            Some("one\ntwo\n")
        );
    }

    #[test]
    fn scalars_are_kept_as_written() {
        for word in ["no", "on", "1e3", "0x10", "null", "~", "2026-01-01"] {
            assert_eq!(
                tree(&format!("name: {word}"))
                    .unwrap()
                    .get("name")
                    .unwrap()
                    .as_text(),
                Some(word)
            );
        }
    }

    #[test]
    fn an_empty_text_is_an_empty_mapping() {
        for text in ["", "\n", "# nothing\n", "\u{feff}"] {
            assert!(tree(text).unwrap().entries().is_empty());
        }
    }

    #[test]
    fn what_a_blueprint_does_not_need_is_refused_by_name() {
        assert_eq!(
            refusal("a: 1\nb: 2\na: 3\n"),
            "t:3:1: the key `a` is given twice, first at 1:1"
        );
        assert_eq!(
            refusal("a: 1\n---\nb: 2\n"),
            "t:2:1: a second document begins: a blueprint is one document"
        );
        assert_eq!(
            refusal("a: !secret x\n"),
            "t:1:4: the tag `!secret` means nothing in a blueprint"
        );
        assert_eq!(
            refusal("a: !!binary x\n"),
            "t:1:4: the tag `!!binary` means nothing in a blueprint"
        );
        assert_eq!(
            refusal("a: &x { b: c }\nd:\n  <<: *x\n"),
            "t:3:3: `<<` (a merge key) is not part of YAML 1.2"
        );
        assert_eq!(
            refusal("[a, b]: c\n"),
            "t:1:1: a key must be a word, not a list or a mapping"
        );
        assert_eq!(
            refusal("a: \"x\0y\"\n"),
            "t:1:6: the character U+0000 cannot stand in YAML"
        );
    }

    #[test]
    fn tabs_are_told_from_other_mistakes() {
        let message = "a tab is used for indentation, which YAML does not allow";
        assert_eq!(
            refusal("services:\n\tgateway: {}\n"),
            format!("t:2:1: {message}")
        );
        assert_eq!(
            refusal("a:\n  b: 1\n \tc: 2\n"),
            format!("t:3:2: {message}")
        );
    }

    #[test]
    fn an_unquoted_optional_list_is_explained() {
        let errors = tree("input: { words: [string]? }\n").unwrap_err();
        let hint = errors.findings[0].hint.as_deref();
        assert_eq!(
            hint,
            Some("an optional list or map is written in quotes: `\"[string]?\"`")
        );
    }

    #[test]
    fn anchors_work_within_bounds() {
        let node = tree("a: &x { k: v }\nb: *x\n").unwrap();
        assert_eq!(node.get("b"), node.get("a"));

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let uses = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
        }
        assert!(refusal(&bomb).contains("the anchors make more than 250000 values"));

        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(500_000),
            ["*a"; 100].join(", ")
        );
        assert!(refusal(&long).contains("the anchors make more than"));

        let nested = (0..60)
            .map(|level| format!("&a{level} ["))
            .collect::<String>();
        let wide = format!("a: {nested}{}{}\n", "x,".repeat(100_000), "]".repeat(60));
        assert!(refusal(&wide).contains("the anchors make more than"));

        assert!(refusal("a: &a [*a]\n").contains("an alias stands inside of what it refers to"));
        assert!(refusal("a: *nobody\n").contains("unknown anchor"));
    }

    #[test]
    fn depth_number_and_size_are_bounded() {
        assert!(refusal(&"[".repeat(1000)).contains("nested more than 64 levels deep"));
        assert!(refusal(&"- ".repeat(100_000)).contains("nested more than 64 levels deep"));
        assert!(refusal(&"- \n".repeat(300_000)).contains("more than 250000 values"));
        assert!(refusal(&" ".repeat(MAX_BYTES + 1)).contains("larger than 1024 KiB"));
    }
}
