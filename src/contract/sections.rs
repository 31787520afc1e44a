//! The parts of the notation of a contract, and who wrote them.

use crate::document::node::{Entries, Node};

/// Operations, events and types of one service, each; a contract is read by people.
pub const MAX_PARTS: usize = 200;

/// Who wrote the notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A kind: what it brings is not the person's own.
    Kind,
    /// The person, beside what the kind brings.
    Person,
}

/// The three parts of the notation; empty where nothing or something else is written.
#[derive(Clone, Copy)]
pub struct Sections<'a> {
    pub operations: &'a Entries,
    pub events: &'a Entries,
    pub types: &'a Entries,
}

impl<'a> Sections<'a> {
    pub fn of(node: &'a Node) -> Self {
        // More than the schema allows is told already, and not worth the time.
        let bounded = |entries: &&Entries| entries.len() <= MAX_PARTS;
        let entries = |key| {
            node.get(key)
                .map(Node::entries)
                .filter(bounded)
                .unwrap_or_default()
        };
        Sections {
            operations: entries("operations"),
            events: entries("events"),
            types: entries("types"),
        }
    }
}

/// Where the fields of an event or a type are written: under `fields` in the long form, else right
/// there.
pub fn fields_of_record(node: &Node) -> &Entries {
    node.get("fields").map_or(node.entries(), Node::entries)
}
