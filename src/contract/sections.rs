//! The parts of the notation of a contract, and who wrote them.

use super::model::Contract;
use crate::document::node::{Entries, Key, Node};

/// Operations, events and types of one service, each; a contract is read by people.
pub const MAX_PARTS: usize = 200;

/// The key of an operation, and of an event in its long form, under which scopes stand.
pub const SCOPES: &str = "scopes";

/// Who wrote the notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A kind: what it brings is not the person's own.
    Kind,
    /// The person, beside what the kind brings.
    Person,
}

/// An operation, an event or a type as it is written.
pub type Part<'a> = (&'a Key, &'a Node);

/// The three parts of the notation; empty where nothing or something else is written.
pub struct Sections<'a> {
    pub operations: Vec<Part<'a>>,
    pub events: Vec<Part<'a>>,
    pub types: Vec<Part<'a>>,
    /// Operations that the kind brings, of which only the scopes are said.
    pub brought_operations: Vec<Part<'a>>,
    /// As `brought_operations`.
    pub brought_events: Vec<Part<'a>>,
}

impl<'a> Sections<'a> {
    /// `contract` holds what the kind brings; more may be in it.
    pub fn of(node: &'a Node, contract: &Contract) -> Self {
        // More than the schema allows is told already, and not worth the time.
        let bounded = |entries: &&Entries| entries.len() <= MAX_PARTS;
        let parts = |key| -> Vec<Part<'a>> {
            let entries = node.get(key).map(Node::entries).filter(bounded);
            entries.unwrap_or_default().iter().collect()
        };
        // What clients cannot ask for needs nothing.
        let public = contract
            .operations
            .iter()
            .filter(|it| !it.own && !it.internal);
        let told = contract.events.iter().filter(|it| !it.own);
        let (brought_operations, operations) = parts("operations").into_iter().partition(|part| {
            says_scopes_alone(part.1) && public.clone().any(|it| it.name == part.0.text)
        });
        let (brought_events, events) = parts("events").into_iter().partition(|part| {
            says_scopes_alone(part.1) && told.clone().any(|it| it.name == part.0.text)
        });
        Sections {
            operations,
            events,
            types: parts("types"),
            brought_operations,
            brought_events,
        }
    }
}

/// Whether an entry says which scopes are needed, and nothing else.
fn says_scopes_alone(node: &Node) -> bool {
    let entries = node.entries();
    entries.len() == 1 && entries.keys().all(|key| key.text == SCOPES)
}

/// Where the fields of an event or a type are written: under `fields` in the long form, else right
/// there.
pub fn fields_of_record(node: &Node) -> &Entries {
    node.get("fields").map_or(node.entries(), Node::entries)
}
