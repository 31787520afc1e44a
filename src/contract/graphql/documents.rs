//! The documents with which a gateway asks: one for each operation, one for the events. Each selects
//! every field there is.
//!
//! A selection has an end, a type that contains itself has none: it is followed [`DEPTH`] times, and
//! what lies deeper is selected as `__typename` alone, so that the client sees that there is more.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::iter;

use data_encoding::HEXLOWER;
use indexmap::IndexMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::names::{self, EVENTS, Names, event_class, input_class};
use crate::contract::lookup::Types;
use crate::contract::model::{Contract, Field, Operation, Type};

/// How often a type may stand inside itself in an answer or an event.
pub const DEPTH: usize = 16;
/// Fields that all documents of a service may select; hundreds of types that all contain each other
/// would make more text than it is worth.
pub const MAX_SELECTIONS: usize = 100_000;

/// Fields that all documents of a contract select.
pub fn selections(contract: &Contract) -> usize {
    let types = Types::new(&contract.types);
    let cycles = Cycles::new(&types);
    let mut total = 0_usize;
    let answers = contract
        .operations
        .iter()
        .map(|operation| iter::once(&operation.output).chain(&operation.stream));
    let records = answers.map(Iterator::collect::<Vec<_>>);
    let events = contract.events.iter().map(|event| &event.fields).collect();
    for roots in records.chain([events]) {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open: Vec<&[Field]> = roots.iter().map(|fields| fields.as_slice()).collect();
        total += roots.iter().map(|fields| fields.len()).sum::<usize>();
        while let Some(fields) = open.pop() {
            for def in fields.iter().filter_map(|field| named(&field.kind)) {
                let Some(def) = types.get(def).filter(|def| seen.insert(&def.name)) else {
                    continue;
                };
                let times = match cycles.contains_itself(&def.name) {
                    true => DEPTH + 1,
                    false => 1,
                };
                total = total.saturating_add(def.fields.len() * times);
                open.push(&def.fields);
            }
        }
    }
    total
}

/// The documents of a contract.
#[derive(Debug)]
pub struct Documents {
    by_operation: IndexMap<String, Document>,
    events: Document,
    cycles: Cycles,
}

/// A document and the hash by which it is asked for.
#[derive(Debug)]
pub struct Document {
    pub id: String,
    pub text: String,
}

impl Document {
    fn new(text: String) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(&text));
        Self {
            id: format!("sha256:{hash}"),
            text,
        }
    }
}

impl Documents {
    pub fn new(contract: &Contract, names: &Names) -> Self {
        let types = Types::new(&contract.types);
        let cycles = Cycles::new(&types);
        let mut by_operation = IndexMap::new();
        for operation in &contract.operations {
            let mut document = Writer::new(&types, &cycles, names);
            document.operation(operation);
            by_operation.insert(operation.name.clone(), document.finish());
        }
        let mut document = Writer::new(&types, &cycles, names);
        document.text = format!(
            "subscription {EVENTS}($after: ID) {{\n  events(after: $after) {{\n    __typename\n    id\n    time"
        );
        for event in &contract.events {
            let class = event_class(event);
            let name = names.class(&class);
            // The alias: fields of the same name in different events may differ in type.
            let _ = write!(document.text, "\n    ... on {name} {{\n      {name}: data");
            document.record(&event.fields, None, 6);
            document.text.push_str("\n    }");
        }
        document.text.push_str("\n  }\n}\n");
        let events = document.finish();
        Self {
            by_operation,
            events,
            cycles,
        }
    }

    /// The document of an operation.
    pub fn operation(&self, name: &str) -> &Document {
        &self.by_operation[name]
    }

    pub fn events(&self) -> &Document {
        &self.events
    }

    /// Whether answers with this type may be deeper than what is selected.
    pub fn is_cut(&self, name: &str) -> bool {
        self.cycles.contains_itself(name)
    }

    /// Texts by identifier.
    pub fn manifest(&self) -> Value {
        let all = self.by_operation.values().chain([&self.events]);
        all.map(|document| (document.id.clone(), json!(document.text)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// A type on the way down, with how often types may still contain themselves.
type Place<'c> = (&'c str, usize);

struct Writer<'c, 'n> {
    types: &'n Types<'c>,
    cycles: &'n Cycles,
    names: &'n Names,
    text: String,
    /// Fragments by name; those that are named and not yet written have no text.
    fragments: IndexMap<String, (Place<'c>, String)>,
}

impl<'c, 'n> Writer<'c, 'n> {
    fn new(types: &'n Types<'c>, cycles: &'n Cycles, names: &'n Names) -> Self {
        Self {
            types,
            cycles,
            names,
            text: String::new(),
            fragments: IndexMap::new(),
        }
    }

    /// The whole of an operation but for fragments. Its answer is under its name.
    fn operation(&mut self, operation: &'c Operation) {
        let name = &operation.name;
        let kind = match (&operation.stream, operation.safe) {
            (Some(_), _) => "subscription",
            (None, true) => "query",
            (None, false) => "mutation",
        };
        let field = match names::field(operation) {
            field if field == *name => field,
            field => format!("{name}: {field}"),
        };
        self.text = if operation.input.is_empty() {
            format!("{kind} {name} {{\n  {field}")
        } else {
            let class = input_class(operation);
            let input = self.names.class(&class);
            format!("{kind} {name}($input: {input}!) {{\n  {field}(input: $input)")
        };
        match &operation.stream {
            None => self.record(&operation.output, None, 2),
            Some(part) => {
                self.text.push_str(" {");
                for (key, fields) in [("part", part), ("output", &operation.output)] {
                    self.line(4, key);
                    self.record(fields, None, 4);
                }
                self.line(2, "}");
            }
        }
        self.text.push_str("\n}\n");
    }

    /// The fields of a record in braces, behind what is written; nothing for a record without fields.
    fn record(&mut self, fields: &'c [Field], place: Option<Place<'c>>, indent: usize) {
        if fields.is_empty() {
            return;
        }
        self.text.push_str(" {");
        for field in fields {
            self.line(indent + 2, &field.name);
            self.value(&field.kind, place, indent + 2);
        }
        self.line(indent, "}");
    }

    fn value(&mut self, kind: &'c Type, place: Option<Place<'c>>, indent: usize) {
        match kind {
            Type::List(item) => self.value(item, place, indent),
            Type::Map(value) => {
                self.text.push_str(" {");
                self.line(indent + 2, "key");
                self.line(indent + 2, "value");
                self.value(value, place, indent + 2);
                self.line(indent, "}");
            }
            Type::Named(name) => self.named(name, place, indent),
            _ => {}
        }
    }

    fn named(&mut self, name: &'c str, place: Option<Place<'c>>, indent: usize) {
        if self.types.get(name).is_none_or(|def| def.fields.is_empty()) {
            return;
        }
        let level = match place {
            Some((from, level)) if self.cycles.share(from, name) => {
                match self.cycles.closes(from, name) {
                    true => level.checked_sub(1),
                    false => Some(level),
                }
            }
            _ => Some(DEPTH),
        };
        let selected = match level {
            None => "__typename".to_owned(),
            Some(level) => format!("...{}", self.fragment(name, level)),
        };
        self.text.push_str(" {");
        self.line(indent + 2, &selected);
        self.line(indent, "}");
    }

    fn fragment(&mut self, name: &'c str, level: usize) -> String {
        let given = self.names.class(name);
        let fragment = match level {
            DEPTH => given.to_owned(),
            level => format!("{given}_{level}"),
        };
        self.fragments
            .entry(fragment.clone())
            .or_insert_with(|| ((name, level), String::new()));
        fragment
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text);
    }

    fn finish(mut self) -> Document {
        let root = std::mem::take(&mut self.text);
        let mut index = 0;
        // Writing one may name further ones.
        while let Some((name, (place, _))) = self.fragments.get_index(index) {
            let (name, place) = (name.clone(), *place);
            let fields = self.types.get(place.0).map_or(&[][..], |def| &def.fields);
            self.text = format!("\nfragment {name} on {}", self.names.class(place.0));
            self.record(fields, Some(place), 0);
            self.text.push('\n');
            self.fragments[index].1 = std::mem::take(&mut self.text);
            index += 1;
        }
        let fragments: String = self.fragments.into_values().map(|(_, text)| text).collect();
        Document::new(root + &fragments)
    }
}

/// Which types contain themselves.
#[derive(Debug)]
struct Cycles {
    /// Where each type stands among the types.
    order: HashMap<String, usize>,
    /// What each type contains, at any depth.
    contains: HashMap<String, HashSet<String>>,
}

impl Cycles {
    fn new(types: &Types<'_>) -> Self {
        let mut contains = HashMap::new();
        let mut order = HashMap::new();
        for (index, def) in types.iter().enumerate() {
            order.insert(def.name.clone(), index);
            let mut found: HashSet<String> = HashSet::new();
            let mut open = vec![def];
            while let Some(def) = open.pop() {
                for name in def.fields.iter().filter_map(|field| named(&field.kind)) {
                    if found.insert(name.to_owned()) {
                        open.extend(types.get(name));
                    }
                }
            }
            contains.insert(def.name.clone(), found);
        }
        Self { order, contains }
    }

    fn contains_itself(&self, name: &str) -> bool {
        self.share(name, name)
    }

    /// Each contains the other.
    fn share(&self, one: &str, other: &str) -> bool {
        let has = |one: &str, other: &str| {
            self.contains
                .get(one)
                .is_some_and(|found| found.contains(other))
        };
        has(one, other) && has(other, one)
    }

    /// Whether going from one to the other may end a round: every round has such a step.
    fn closes(&self, from: &str, to: &str) -> bool {
        self.order.get(to) <= self.order.get(from)
    }
}

fn named(kind: &Type) -> Option<&str> {
    match kind.innermost() {
        Type::Named(name) => Some(name),
        _ => None,
    }
}
