//! What a client needs to ask for an operation, or to receive an event: scopes (RFC 6749, 3.3).

use super::identifiers;
use super::model::Contract;
use super::sections::{Part, SCOPES, Sections};
use crate::document::finding::Findings;
use crate::document::node::Node;

/// What is written of an operation or an event.
pub fn of(node: &Node) -> Vec<String> {
    let items = node.get(SCOPES).and_then(Node::as_list).unwrap_or_default();
    let words = items.iter().filter_map(Node::as_text);
    words.map(str::to_owned).collect()
}

/// Gives the parts that a kind brings the scopes that are written for them.
pub fn amend(node: &Node, contract: &mut Contract) {
    let sections = Sections::of(node, contract);
    let said = |parts: &[Part<'_>]| -> Vec<(String, Vec<String>)> {
        let said = parts.iter().map(|(key, node)| (key.text.clone(), of(node)));
        said.collect()
    };
    let (operations, events) = (
        said(&sections.brought_operations),
        said(&sections.brought_events),
    );
    for (name, scopes) in operations {
        let operation = contract.operations.iter_mut().find(|it| it.name == name);
        operation
            .into_iter()
            .for_each(|it| it.scopes.clone_from(&scopes));
    }
    for (name, scopes) in events {
        let event = contract.events.iter_mut().find(|it| it.name == name);
        event
            .into_iter()
            .for_each(|it| it.scopes.clone_from(&scopes));
    }
}

/// The lists of scopes in the notation of a contract.
pub fn lists<'a>(sections: &Sections<'a>) -> impl Iterator<Item = &'a Node> {
    let operations = sections
        .operations
        .iter()
        .chain(&sections.brought_operations);
    // In the short form of an event, it is a field like any other.
    let long = |part: &&(_, &'a Node)| part.1.get("fields").is_some();
    let events = sections
        .events
        .iter()
        .filter(long)
        .chain(&sections.brought_events);
    let lists: Vec<&'a Node> = operations
        .chain(events)
        .filter_map(|(_, node)| node.get(SCOPES))
        .collect();
    lists.into_iter()
}

/// Tells of the words that are no scopes.
pub fn check(sections: &Sections<'_>, findings: &mut Findings) {
    for item in lists(sections).filter_map(Node::as_list).flatten() {
        if let Some(Err(error)) = item.as_text().map(identifiers::scope) {
            findings.push(item.place, error);
        }
    }
}
