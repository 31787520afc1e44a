//! YAML events to a [`Node`] tree, within fixed bounds.

use std::collections::HashMap;

use indexmap::IndexMap;
use saphyr_parser::{Event, ScalarStyle, Tag};

use super::finding::{Findings, Place};
use super::mistake::YamlMistake;
use super::node::{Data, Key, Node};
use super::source::MAX_BYTES;

/// Deeper nesting says nothing in a blueprint.
const MAX_DEPTH: usize = 64;
/// Values in the whole document, each use of an anchor counted.
const MAX_NODES: usize = 250_000;
/// Bytes of text in the whole document, each use of an anchor counted.
const MAX_TEXT: usize = 2 * MAX_BYTES;

/// Why parsing cannot go on.
pub struct Stop {
    pub place: Place,
    pub mistake: YamlMistake,
}

impl Stop {
    pub fn new(place: Place, mistake: YamlMistake) -> Self {
        Self { place, mistake }
    }
}

/// The refusal of too many levels.
pub fn too_deep(place: Place) -> Stop {
    Stop::new(place, YamlMistake::TooDeep { limit: MAX_DEPTH })
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

/// Takes the events of one document, in order.
pub struct TreeBuilder<'a> {
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
    pub fn new(findings: &'a mut Findings) -> Self {
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

    /// Takes one event, which stands at `place`.
    pub fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Stop::new(place, YamlMistake::SecondDocument));
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
                self.complete(node, anchor, before)
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
                self.complete(Node { place, data }, anchor, before)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Stop::new(place, YamlMistake::AliasInside));
                };
                self.count(size.nodes, size.text, place)?;
                self.put(node, place)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// The document; an empty mapping when there was none.
    pub fn finish(self) -> Node {
        self.root
            .unwrap_or_else(|| Node::map(Place::START, Vec::new()))
    }

    /// Whether the one tag that is harmless here is given. Any other one is a finding.
    fn check_tag(&mut self, tag: Option<&Tag>, harmless: &str, place: Place) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() && tag.suffix == harmless {
            return true;
        }
        let tag = match tag.is_yaml_core_schema() {
            true => format!("!!{}", tag.suffix),
            false => tag.to_string(),
        };
        self.findings.push(place, YamlMistake::Tag { tag });
        false
    }

    fn count(&mut self, nodes: usize, text: usize, place: Place) -> Result<(), Stop> {
        self.total.nodes += nodes;
        self.total.text += text;
        if self.total.nodes.max(self.kept) <= MAX_NODES && self.total.text <= MAX_TEXT {
            return Ok(());
        }
        let mistake = match self.anchors.is_empty() {
            true => YamlMistake::TooManyValues { limit: MAX_NODES },
            false => YamlMistake::AnchorsGrow {
                values: MAX_NODES,
                bytes: MAX_TEXT,
            },
        };
        Err(Stop::new(place, mistake))
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
    fn complete(&mut self, node: Node, anchor: usize, before: Size) -> Result<(), Stop> {
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
        return Err(Stop::new(place, YamlMistake::KeyNotAWord));
    };
    let mut refused = false;
    if plain && text == "<<" {
        refused = true;
        findings.push(place, YamlMistake::MergeKey);
    } else if let Some((first, _)) = before.get_key_value(text.as_str()) {
        refused = true;
        let (key, first) = (text.clone(), first.place);
        findings.push(place, YamlMistake::DuplicateKey { key, first });
    }
    Ok(PendingKey {
        key: Key { place, text },
        refused,
    })
}

fn text_len(node: &Node) -> usize {
    node.as_text().map_or(0, str::len)
}
