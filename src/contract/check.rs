//! What no schema can tell of a contract: names, clashes, types that never end.

use std::collections::HashMap;

use heck::{ToPascalCase, ToShoutySnakeCase};

use super::identifiers;
use super::lookup::Types;
use super::model::{Contract, Field, Operation, RECORDS, Type};
use super::scopes;
use super::sections::{Sections, fields_of_record};
use super::size::{MAX_EXAMPLE, MAX_HEIGHT, Sizes, endless};
use crate::document::finding::{Findings, Place};
use crate::document::mistake::{ClassHolder, ContractMistake, ContractPart};
use crate::document::name::NameError;
use crate::document::node::{Entries, Key, Node};
use crate::document::place::Located;

/// Checks what is written beside what the kind brings; `contract` is what was read of it.
pub fn check(
    sections: &Sections<'_>,
    brought: &Contract,
    contract: &Contract,
    findings: &mut Findings,
) {
    names(sections, findings);
    scopes::check(sections, findings);
    clashes(sections, brought, findings);
    let fields = contract
        .operations
        .iter()
        .flat_map(|o| o.records().into_iter().flatten());
    let fields = fields.chain(contract.events.iter().flat_map(|event| &event.fields));
    let places = field_places(sections);
    for (field, place) in fields
        .chain(contract.types.iter().flat_map(|def| &def.fields))
        .zip(&places)
    {
        enum_words(field, *place, findings);
    }
    let types = Types::new(brought.types.iter().chain(&contract.types));
    let endless = endless(&types);
    for (name, field) in &endless {
        // Of the kind's types it would be told with the kind.
        if let Some((key, _)) = sections.types.iter().find(|(key, _)| key.text == *name) {
            let mistake = ContractMistake::Endless {
                name: (*name).to_owned(),
                field: (*field).to_owned(),
            };
            findings.push(key.place, mistake);
        }
    }
    if endless.is_empty() {
        example_sizes(sections, contract, &types, findings);
    }
}

fn names(sections: &Sections<'_>, findings: &mut Findings) {
    for (key, node) in &sections.operations {
        name(key, identifiers::operation, findings);
        for part in RECORDS {
            field_names(
                node.get(part).map(Node::entries).unwrap_or_default(),
                findings,
            );
        }
    }
    for (key, node) in &sections.events {
        name(key, identifiers::event, findings);
        field_names(fields_of_record(node), findings);
    }
    for (key, node) in &sections.types {
        name(key, identifiers::type_name, findings);
        field_names(fields_of_record(node), findings);
    }
}

fn field_names(entries: &Entries, findings: &mut Findings) {
    entries
        .iter()
        .for_each(|(key, _)| name(key, identifiers::field, findings));
}

fn name(key: &Key, rule: fn(&str) -> Result<(), NameError>, findings: &mut Findings) {
    if let Err(error) = rule(&key.text) {
        findings.push(key.place, error);
    }
}

/// Where each field is written, in the order in which the contract holds them.
fn field_places(sections: &Sections<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |entries: &Entries| {
        let written = |node: &Node| node.get("type").unwrap_or(node).place;
        places.extend(entries.values().map(written));
    };
    for (_, node) in &sections.operations {
        for part in RECORDS {
            add(node.get(part).map(Node::entries).unwrap_or_default());
        }
    }
    for (_, node) in sections.events.iter().chain(&sections.types) {
        add(fields_of_record(node));
    }
    places
}

/// Who has a class name already.
struct Owner<'a> {
    part: ContractPart,
    name: &'a str,
    /// `None` for what the kind brings.
    key: Option<&'a Key>,
}

/// Everything becomes a class with a name of its own in each language.
fn clashes(sections: &Sections<'_>, brought: &Contract, findings: &mut Findings) {
    let mut classes: HashMap<String, Owner<'_>> = HashMap::new();
    for (part, name, claimed) in parts(brought) {
        classes.extend(claimed.into_iter().map(|class| {
            (
                class,
                Owner {
                    part,
                    name,
                    key: None,
                },
            )
        }));
    }
    let operations = sections.operations.iter().map(|(key, node)| {
        let streams = node.given("stream").is_some();
        (
            ContractPart::Operation,
            *key,
            operation_classes(&key.text, streams),
        )
    });
    let events = sections
        .events
        .iter()
        .map(|(key, _)| (ContractPart::Event, *key, vec![event_class(&key.text)]));
    let types = sections
        .types
        .iter()
        .map(|(key, _)| (ContractPart::Type, *key, vec![key.text.clone()]));
    for (part, key, claimed) in operations.chain(events).chain(types) {
        match claimed
            .iter()
            .find_map(|class| Some((class, classes.get(class)?)))
        {
            Some((_, owner))
                if owner.key.is_none() && owner.part == part && owner.name == key.text =>
            {
                let name = owner.name.to_owned();
                findings.push(key.place, ContractMistake::OfKind { part, name });
            }
            Some((class, owner)) => {
                let other = ClassHolder {
                    part: owner.part,
                    name: Located {
                        name: owner.name.to_owned(),
                        place: owner.key.map(|key| key.place),
                    },
                };
                let mistake = ContractMistake::SameClass {
                    part,
                    name: key.text.clone(),
                    class: class.clone(),
                    other,
                };
                findings.push(key.place, mistake);
            }
            None => {
                let owned = |class| {
                    (
                        class,
                        Owner {
                            part,
                            name: &key.text,
                            key: Some(key),
                        },
                    )
                };
                classes.extend(claimed.into_iter().map(owned));
            }
        }
    }
}

/// What a contract consists of: (what it is, its name, its classes).
fn parts(contract: &Contract) -> impl Iterator<Item = (ContractPart, &str, Vec<String>)> {
    let operations = contract
        .operations
        .iter()
        .map(|o| (ContractPart::Operation, o.name.as_str(), classes_of(o)));
    let events = contract.events.iter().map(|event| {
        (
            ContractPart::Event,
            event.name.as_str(),
            vec![event_class(&event.name)],
        )
    });
    let types = contract.types.iter().map(|def| {
        (
            ContractPart::Type,
            def.name.as_str(),
            vec![def.name.clone()],
        )
    });
    operations.chain(events).chain(types)
}

fn classes_of(operation: &Operation) -> Vec<String> {
    operation_classes(&operation.name, operation.stream.is_some())
}

fn operation_classes(name: &str, streams: bool) -> Vec<String> {
    let class = name.to_pascal_case();
    let part = streams.then(|| format!("{class}Part"));
    let classes = vec![format!("{class}Input"), format!("{class}Output")];
    classes.into_iter().chain(part).collect()
}

fn event_class(name: &str) -> String {
    format!("{}Event", name.to_pascal_case())
}

/// The classes of a contract: the schemas of all services stand in one document.
pub fn classes(contract: &Contract) -> impl Iterator<Item = String> {
    parts(contract).flat_map(|(_, _, classes)| classes)
}

fn enum_words(field: &Field, place: Place, findings: &mut Findings) {
    let Type::Enum(words) = field.kind.innermost() else {
        return;
    };
    let mut seen: HashMap<String, &str> = HashMap::new();
    for word in words {
        if let Err(error) = identifiers::enum_word(word) {
            findings.push(place, error);
            continue;
        }
        // Protobuf and GraphQL write enum values in capitals.
        if let Some(first) = seen.insert(word.to_shouty_snake_case(), word) {
            let (first, second) = (first.to_owned(), word.clone());
            let mistake = match first == second {
                true => ContractMistake::WordTwice { word: second },
                false => ContractMistake::SameWord { first, second },
            };
            findings.push(place, mistake);
        }
    }
}

fn example_sizes<'a>(
    sections: &Sections<'_>,
    contract: &'a Contract,
    types: &'a Types<'a>,
    findings: &mut Findings,
) {
    let mut sizes = Sizes::new(types);
    let keys = [&sections.operations, &sections.events, &sections.types]
        .into_iter()
        .flatten();
    for ((key, _), records) in keys.zip(records(contract)) {
        if records
            .into_iter()
            .any(|fields| sizes.example(fields).is_none())
        {
            let mistake = ContractMistake::ExampleTooLarge {
                name: key.text.clone(),
                values: MAX_EXAMPLE,
                types: MAX_HEIGHT,
            };
            findings.push(key.place, mistake);
        }
    }
}

/// The fields of each operation, event and type, in this order.
fn records(contract: &Contract) -> impl Iterator<Item = Vec<&[Field]>> {
    let operations = contract.operations.iter().map(|o| o.records().to_vec());
    let events = contract
        .events
        .iter()
        .map(|event| vec![event.fields.as_slice()]);
    operations
        .chain(events)
        .chain(contract.types.iter().map(|def| vec![def.fields.as_slice()]))
}

/// Values in all examples of a contract that is right.
pub fn example_values(contract: &Contract) -> u64 {
    let types = Types::new(&contract.types);
    let mut sizes = Sizes::new(&types);
    records(contract)
        .flatten()
        .filter_map(|fields| sizes.example(fields))
        .sum()
}
