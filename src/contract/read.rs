//! A contract from its notation: the same for a person's blueprint and for a kind's `contract.yaml`.

use std::collections::HashSet;

use serde_json::Value;

use super::lookup::Types;
use super::model::{Contract, Event, Field, Observe, Operation, Type, TypeDef};
use super::sections::{Author, Part, Sections, fields_of_record};
use super::types::{self, BUILT_IN, MAX_NESTING, Notation, Shape};
use super::{bounds, check, scopes, value};
use crate::document::finding::Findings;
use crate::document::mistake::{ContractMistake, MeantType, NotationError, Sent};
use crate::document::node::{Entries, Key, Node};
use crate::suggest::nearest;

/// A type that another service declares, which is none of this one.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'a> {
    pub service: &'a str,
    pub name: &'a str,
}

/// Reads `operations`, `events` and `types` of a mapping. Named types may be those of `base`; those that are
/// declared `elsewhere` are told of.
///
/// Whatever is wrong is a finding at its place, and the part is left out. What the schema of the
/// blueprint tells (unknown keys, wrong shapes) is skipped here.
pub fn read(
    node: &Node,
    base: &Contract,
    elsewhere: &[Elsewhere<'_>],
    author: Author,
    findings: &mut Findings,
) -> Contract {
    let sections = Sections::of(node, base);
    // Types may refer to each other in any order, and defaults to any of them: so first the names,
    // then the shapes, then everything with its values.
    let known: HashSet<&str> = base
        .types
        .iter()
        .map(|def| def.name.as_str())
        .chain(sections.types.iter().map(|(key, _)| key.text.as_str()))
        .collect();
    let mut unheard = Findings::default();
    let shapes = Reader {
        known: &known,
        elsewhere,
        shapes: None,
        author,
        findings: &mut unheard,
    }
    .types(&sections.types);
    let shapes = Types::new(base.types.iter().chain(&shapes));
    let mut reader = Reader {
        known: &known,
        elsewhere,
        shapes: Some(&shapes),
        author,
        findings,
    };
    let contract = Contract {
        types: reader.types(&sections.types),
        operations: reader.operations(&sections.operations),
        events: reader.events(&sections.events),
    };
    check::check(&sections, base, &contract, findings);
    contract
}

struct Reader<'a> {
    known: &'a HashSet<&'a str>,
    elsewhere: &'a [Elsewhere<'a>],
    /// Absent while only shapes are read: then values are left out.
    shapes: Option<&'a Types<'a>>,
    author: Author,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn own(&self) -> bool {
        self.author == Author::Person
    }

    fn operations(&mut self, parts: &[Part<'_>]) -> Vec<Operation> {
        parts
            .iter()
            .map(|(key, node)| self.operation(key, node))
            .collect()
    }

    fn operation(&mut self, key: &Key, node: &Node) -> Operation {
        let fields = |key| node.get(key).map(Node::entries).unwrap_or_default();
        let input = self.fields(fields("input"));
        let output = self.fields(fields("output"));
        for (field, (key, _)) in output.iter().zip(fields("output")) {
            self.refuse_default(field, key, Sent::Answer);
        }
        let stream = node.given("stream").map(|part| self.fields(part.entries()));
        for (field, (key, _)) in stream.iter().flatten().zip(fields("stream")) {
            self.refuse_default(field, key, Sent::Part);
        }
        if let (Some(observe), true) = (node.given("observe"), stream.is_some()) {
            self.findings
                .add(observe.place, || ContractMistake::ObservedParts);
        }
        let is_true = |key| {
            node.get(key)
                .is_some_and(|node| node.resolve() == Ok(Value::Bool(true)))
        };
        Operation {
            name: key.text.clone(),
            description: description(node),
            observe: node
                .given("observe")
                .and_then(|node| self.observe(node, &output)),
            input,
            output,
            stream,
            safe: is_true("safe"),
            internal: is_true("internal"),
            scopes: scopes::of(node),
            own: self.own(),
        }
    }

    fn observe(&mut self, node: &Node, output: &[Field]) -> Option<Observe> {
        let name = node.get("name")?.as_text()?.to_owned();
        let mut attributes = Vec::new();
        for item in node
            .get("attributes")
            .and_then(Node::as_list)
            .unwrap_or_default()
        {
            let Some(attribute) = item.as_text() else {
                continue;
            };
            if output.iter().any(|field| field.name == attribute) {
                attributes.push(attribute.to_owned());
            } else {
                let known = output.iter().map(|field| field.name.as_str());
                self.findings
                    .add(item.place, || ContractMistake::NotInOutput {
                        field: attribute.to_owned(),
                        nearest: nearest(attribute, known).map(str::to_owned),
                    });
            }
        }
        Some(Observe { name, attributes })
    }

    fn events(&mut self, parts: &[Part<'_>]) -> Vec<Event> {
        let mut events = Vec::new();
        for (key, node) in parts {
            let written = fields_of_record(node);
            let fields = self.fields(written);
            for (field, (key, _)) in fields.iter().zip(written) {
                self.refuse_default(field, key, Sent::Event);
            }
            let (name, own) = (key.text.clone(), self.own());
            events.push(Event {
                name,
                description: record_description(node),
                fields,
                // In the short form, it is a field like any other.
                scopes: match node.get("fields") {
                    Some(_) => scopes::of(node),
                    None => Vec::new(),
                },
                own,
            });
        }
        events
    }

    fn types(&mut self, parts: &[Part<'_>]) -> Vec<TypeDef> {
        let mut types = Vec::new();
        for (key, node) in parts {
            let fields = self.fields(fields_of_record(node));
            let (name, own) = (key.text.clone(), self.own());
            types.push(TypeDef {
                name,
                description: record_description(node),
                fields,
                own,
            });
        }
        types
    }

    fn refuse_default(&mut self, field: &Field, key: &Key, of: Sent) {
        if field.default.is_some() {
            let field = field.name.clone();
            self.findings
                .push(key.place, ContractMistake::NoDefaults { field, of });
        }
    }

    fn fields(&mut self, entries: &Entries) -> Vec<Field> {
        entries
            .iter()
            .map(|(key, node)| self.field(key, node))
            .collect()
    }

    fn field(&mut self, key: &Key, node: &Node) -> Field {
        let long = node.get("type");
        let written = long.unwrap_or(node);
        let read = self.kind(written);
        let is_right = read.is_some();
        let (kind, optional) = read.unwrap_or((Type::Json, false));
        let mut field = Field {
            name: key.text.clone(),
            kind,
            optional,
            description: String::new(),
            default: None,
            example: None,
            minimum: None,
            maximum: None,
            min_length: None,
            max_length: None,
            media_type: None,
        };
        if long.is_some() {
            field.description = description(node);
            field.minimum = self.number(node, "minimum");
            field.maximum = self.number(node, "maximum");
            field.min_length = self.number(node, "min_length").map(length);
            field.max_length = self.number(node, "max_length").map(length);
            field.media_type = node
                .given("media_type")
                .and_then(Node::as_text)
                .map(str::to_owned);
            if !is_right {
                return field;
            }
            bounds::check(&field, node, self.findings);
            if let Some(types) = self.shapes {
                let mut value =
                    |key: &str| value::read(node.get(key)?, &field, types, self.findings);
                (field.default, field.example) = (value("default"), value("example"));
            }
        }
        field
    }

    fn number(&mut self, node: &Node, key: &str) -> Option<f64> {
        node.given(key)?.resolve().ok()?.as_f64()
    }

    /// The type, and whether the field may be absent; `None` where it is no type.
    fn kind(&mut self, node: &Node) -> Option<(Type, bool)> {
        let notation = self.notation(node)?;
        if notation.nesting() > MAX_NESTING {
            let limit = MAX_NESTING;
            let mistake = ContractMistake::TypeTooDeep(NotationError::TooDeep { limit });
            self.findings.push(node.place, mistake);
        }
        Some((self.resolve(&notation, node), notation.optional))
    }

    /// Both spellings of lists and maps: as YAML and inside a text.
    fn notation(&mut self, node: &Node) -> Option<Notation> {
        if let Some([item]) = node.as_list() {
            return Some(Notation::required(Shape::List(Box::new(
                self.notation(item)?,
            ))));
        }
        if let (1, Some((key, item))) = (node.entries().len(), node.entries().first()) {
            let is_map = key.text == "string";
            return is_map.then(|| {
                Some(Notation::required(Shape::Map(Box::new(
                    self.notation(item)?,
                ))))
            })?;
        }
        let text = node.as_text()?;
        match types::parse(text) {
            Ok(notation) => Some(notation),
            Err(why) => {
                let text = text.to_owned();
                self.findings
                    .push(node.place, ContractMistake::NotAType { text, why });
                None
            }
        }
    }

    fn resolve(&mut self, notation: &Notation, node: &Node) -> Type {
        match &notation.shape {
            Shape::List(inner) => Type::List(Box::new(self.resolve_inner(inner, node))),
            Shape::Map(inner) => Type::Map(Box::new(self.resolve_inner(inner, node))),
            Shape::Words(words) => match words.as_slice() {
                [word] => self.word(word, node),
                words => Type::Enum(words.to_vec()),
            },
        }
    }

    fn resolve_inner(&mut self, notation: &Notation, node: &Node) -> Type {
        if notation.optional {
            self.findings
                .push(node.place, ContractMistake::OptionalInside);
        }
        self.resolve(notation, node)
    }

    fn word(&mut self, word: &str, node: &Node) -> Type {
        if let Some((_, kind)) = BUILT_IN.iter().find(|(known, _)| *known == word) {
            return kind.clone();
        }
        if !self.known.contains(word) {
            let (known, elsewhere) = (self.known, self.elsewhere);
            self.findings
                .add(node.place, || ContractMistake::UnknownType {
                    word: word.to_owned(),
                    meant: meant(word, known, elsewhere),
                });
        }
        Type::Named(word.to_owned())
    }
}

/// What a word that names no type was most likely meant to be.
fn meant(word: &str, known: &HashSet<&str>, elsewhere: &[Elsewhere<'_>]) -> MeantType {
    let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == word);
    let own = || {
        let built_in = BUILT_IN.iter().map(|(word, _)| *word);
        nearest(word, built_in.chain(known.iter().copied()))
    };
    if let Some(own) = foreign.map(|(_, own)| *own).or_else(own) {
        return MeantType::Nearest(own.to_owned());
    }
    let near = nearest(word, elsewhere.iter().map(|it| it.name));
    let declared = elsewhere.iter().find(|it| Some(it.name) == near);
    declared.map_or(MeantType::Unknown, |it| MeantType::OfService {
        name: it.name.to_owned(),
        service: it.service.to_owned(),
    })
}

/// What other languages call the types of a blueprint, where that is not near.
const FOREIGN: [(&str, &str); 8] = [
    ("any", "json"),
    ("date", "timestamp"),
    ("datetime", "timestamp"),
    ("double", "float"),
    ("long", "int"),
    ("number", "float"),
    ("object", "json"),
    ("text", "string"),
];

/// The description of whatever the mapping is about; `""` where there is none.
pub fn description(node: &Node) -> String {
    let text = node.get("description").and_then(Node::as_text);
    text.unwrap_or_default().to_owned()
}

/// Of an event or a type: in the short form, `description` is a field like any other.
fn record_description(node: &Node) -> String {
    if node.get("fields").is_some() {
        description(node)
    } else {
        String::new()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and not negative by the schema"
)]
fn length(number: f64) -> u64 {
    number as u64
}
