//! What everything of a contract is called in its GraphQL schema.

use std::collections::{HashMap, HashSet};

use heck::ToPascalCase;

use crate::contract::check::classes;
use crate::contract::model::{Contract, Event, Operation};

/// Names that a schema has whatever the contract says.
const TAKEN: [&str; 17] = [
    "Boolean",
    "Bytes",
    "DateTime",
    "Empty",
    "Event",
    "Float",
    "ID",
    "Int",
    "JSON",
    "Mutation",
    "Query",
    "SafeInt",
    "Service",
    "StreamGap",
    "String",
    "Subscription",
    "UUID",
];

/// What has a name beside the classes of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Made {
    /// A type of the contract where it is taken instead of given.
    Twin(String),
    /// What an event carries.
    Data(String),
    /// What comes again and again of an operation that answers in parts.
    Item(String),
    /// The words that a field of a record may have: (record, field).
    Words(String, String),
    /// A key of a map with its value: (what the value is, as a word; its type).
    Entry(String, String),
    /// The same where it is taken.
    EntryInput(String, String),
}

impl Made {
    fn wanted(&self) -> String {
        match self {
            Made::Twin(name) => format!("{name}Input"),
            Made::Data(event) => format!("{event}Data"),
            Made::Item(operation) => format!("{}Item", operation.to_pascal_case()),
            Made::Words(record, field) => format!("{record}{}", field.to_pascal_case()),
            Made::Entry(value, _) => format!("{value}Entry"),
            Made::EntryInput(value, _) => format!("{value}EntryInput"),
        }
    }
}

/// Gives every type of a schema a name of its own, the same in each run.
#[derive(Debug)]
pub struct Names {
    taken: HashSet<String>,
    classes: HashMap<String, String>,
    made: HashMap<Made, String>,
}

impl Names {
    pub fn new(contract: &Contract) -> Self {
        let mut names = Self {
            taken: TAKEN.map(str::to_owned).into(),
            classes: HashMap::new(),
            made: HashMap::new(),
        };
        for class in classes(contract) {
            let name = names.claim(class.clone());
            names.classes.insert(class, name);
        }
        names
    }

    /// The name of a type, an operation's input or output, or an event, by its class.
    pub fn class<'n>(&'n self, class: &'n str) -> &'n str {
        self.classes.get(class).map_or(class, String::as_str)
    }

    pub fn made(&mut self, what: Made) -> String {
        if let Some(name) = self.made.get(&what) {
            return name.clone();
        }
        let name = self.claim(what.wanted());
        self.made.insert(what, name.clone());
        name
    }

    fn claim(&mut self, mut name: String) -> String {
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

/// The field of the subscription that tells events.
pub const EVENTS: &str = "events";

/// The field of an operation in its root type. Events have theirs among those of answers in parts.
pub fn field(operation: &Operation) -> String {
    match operation.stream {
        Some(_) if operation.name == EVENTS => format!("{EVENTS}_"),
        _ => operation.name.clone(),
    }
}

pub fn input_class(operation: &Operation) -> String {
    format!("{}Input", operation.name.to_pascal_case())
}

pub fn output_class(operation: &Operation) -> String {
    format!("{}Output", operation.name.to_pascal_case())
}

/// The class of a part, where the operation gives parts.
pub fn part_class(operation: &Operation) -> String {
    format!("{}Part", operation.name.to_pascal_case())
}

pub fn event_class(event: &Event) -> String {
    format!("{}Event", event.name.to_pascal_case())
}
