//! The tree against the schema: every difference becomes a finding at its line and column.

use std::collections::HashSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

use super::finding::{Findings, Place};
use super::mistake::{Bound, Found, Meant, ShapeMistake};
use super::node::{Data, Node};
use super::quote::quoted;
use crate::suggest::nearest;

/// A schema, ready to check trees.
#[derive(Debug)]
pub struct Structure {
    schema: Value,
    validator: Validator,
}

impl Structure {
    /// # Panics
    /// The schema is none: it is made by this crate.
    pub fn new(schema: Value) -> Self {
        let validator = jsonschema::validator_for(&schema).expect("a schema of ours is valid");
        Structure { schema, validator }
    }

    /// Checks the shape of a tree.
    ///
    /// Names are left to the checks that know the rule behind each pattern. Gives back the places
    /// that those checks must find fault with.
    pub fn check(&self, root: &Node, findings: &mut Findings) -> Vec<Place> {
        let mut value = root.to_texts();
        // What is plain in YAML is a text unless something else is expected of it.
        while self.resolve_expected(root, &mut value) {}
        let mut left_to_names = Vec::new();
        for error in self.validator.iter_errors(&value) {
            if findings.overflowed() {
                break;
            }
            let Some((key, node)) = root.at(error.instance_path().as_str()) else {
                continue;
            };
            let place = key.map_or(node.place, |key| key.place);
            let context = Context {
                schema: &self.schema,
                error: &error,
                node,
                name: key.map(|key| key.text.as_str()),
            };
            match error.kind() {
                ValidationErrorKind::Pattern { .. } if context.is_in("/$defs/description/") => {
                    findings.push(node.place, ShapeMistake::BlankDescription);
                }
                ValidationErrorKind::Pattern { .. } => left_to_names.push(node.place),
                ValidationErrorKind::PropertyNames { error } => {
                    let name = error.instance().as_str().unwrap_or_default();
                    left_to_names.push(node.key(name).map_or(place, |key| key.place));
                }
                _ => context.report(place, findings),
            }
        }
        left_to_names
    }

    /// Turns texts into the numbers and truth values that the schema wants at their place. One turn
    /// can uncover more, so this is repeated until nothing changes; each text changes once.
    fn resolve_expected(&self, root: &Node, value: &mut Value) -> bool {
        let mut changes: Vec<(String, Value)> = Vec::new();
        for error in self.validator.iter_errors(value) {
            let ValidationErrorKind::Type { kind } = error.kind() else {
                continue;
            };
            let pointer = error.instance_path().as_str();
            let Some((_, node)) = root.at(pointer) else {
                continue;
            };
            if !error.instance().is_string() {
                continue;
            }
            let Ok(resolved) = node.resolve() else {
                continue;
            };
            if !resolved.is_string() && expects(kind, &resolved) {
                changes.push((pointer.to_owned(), resolved));
            }
        }
        for (pointer, resolved) in &changes {
            if let Some(slot) = value.pointer_mut(pointer) {
                *slot = resolved.clone();
            }
        }
        !changes.is_empty()
    }
}

fn expects(kind: &TypeKind, value: &Value) -> bool {
    expected(kind).iter().any(|expected| match expected {
        JsonType::Null => value.is_null(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Integer => value.is_i64(),
        JsonType::Number => value.is_number(),
        JsonType::String | JsonType::Array | JsonType::Object => false,
    })
}

fn expected(kind: &TypeKind) -> Vec<JsonType> {
    match kind {
        TypeKind::Single(kind) => vec![*kind],
        TypeKind::Multiple(kinds) => kinds.iter().collect(),
    }
}

/// One difference, and what is needed to tell of it.
struct Context<'a> {
    schema: &'a Value,
    error: &'a ValidationError<'a>,
    node: &'a Node,
    /// The key under which the value stands.
    name: Option<&'a str>,
}

impl Context<'_> {
    fn report(&self, place: Place, findings: &mut Findings) {
        let value_place = self.node.place;
        match self.error.kind() {
            ValidationErrorKind::AdditionalProperties { .. }
            | ValidationErrorKind::Required { .. }
                if self.is_in("/$defs/type/") && self.node.get("string").is_none() =>
            {
                self.report_neither_map_nor_field(findings);
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                self.report_unknown_keys(unexpected, findings);
            }
            ValidationErrorKind::Required { property } => {
                let mistake = ShapeMistake::MissingKey {
                    of: self.title().to_owned(),
                    key: property.as_str().unwrap_or_default().to_owned(),
                };
                findings.push(place, mistake);
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = expected(kind)
                    .into_iter()
                    .filter(|kind| *kind != JsonType::Null);
                let mistake = ShapeMistake::WrongType {
                    subject: self.subject(),
                    wanted: wanted.collect(),
                    found: self.found(),
                };
                findings.push(value_place, mistake);
            }
            ValidationErrorKind::Enum { options } => self.report_word(options, findings),
            ValidationErrorKind::UniqueItems => self.report_duplicates(findings),
            ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MaxItems { .. }
                if self.is_in("/$defs/type/") =>
            {
                findings.push(value_place, ShapeMistake::NotOneType);
            }
            ValidationErrorKind::MinProperties { .. } => {
                let subject = self.subject();
                findings.push(value_place, ShapeMistake::Empty { subject });
            }
            kind => {
                let bound = bound(kind).unwrap_or_else(|| Bound::Other {
                    words: self.error.masked_with(self.found().to_string()).to_string(),
                });
                let subject = self.subject();
                findings.push(value_place, ShapeMistake::OutOfBounds { subject, bound });
            }
        }
    }

    fn report_unknown_keys(&self, unexpected: &[String], findings: &mut Findings) {
        let shape = self.shape();
        let known: Vec<&str> = keys(shape);
        for name in unexpected {
            if findings.overflowed() {
                break;
            }
            let place = self.node.key(name).map_or(self.node.place, |key| key.place);
            findings.add(place, || ShapeMistake::UnknownKey {
                key: name.clone(),
                of: self.title().to_owned(),
                meant: self.meant(name, &known),
            });
        }
    }

    /// What a key that is not among the known ones may have been meant to be.
    fn meant(&self, key: &str, known: &[&str]) -> Meant {
        if let Some(known) = nearest(key, known.iter().copied()) {
            return Meant::Nearest(known.to_owned());
        }
        match (self.kinds_with(key), known) {
            (Some(kinds), _) => Meant::OfKinds {
                key: key.to_owned(),
                kinds,
            },
            (None, [] | [_]) => Meant::Unknown,
            (None, known) => Meant::Keys(known.iter().map(|&known| known.to_owned()).collect()),
        }
    }

    /// The kinds of services that have the key, where those at this place have not.
    fn kinds_with(&self, key: &str) -> Option<Vec<String>> {
        let mut kinds = Vec::new();
        let mut shape = self.schema.pointer("/$defs/service")?;
        while let Some(then) = shape.get("then") {
            if then["properties"].get(key).is_some() {
                let kind = &shape["if"]["properties"]["kind"]["const"];
                kinds.push(kind.as_str()?.to_owned());
            }
            shape = shape.get("else")?;
        }
        (self.is_in("/$defs/service/") && !kinds.is_empty()).then_some(kinds)
    }

    fn report_word(&self, options: &Value, findings: &mut Findings) {
        let known: Vec<String> = options
            .as_array()
            .into_iter()
            .flatten()
            .map(text_of)
            .collect();
        let word = self.node.as_text().unwrap_or_default();
        let title = self
            .shape()
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or("value");
        findings.add(self.node.place, || ShapeMistake::UnknownWord {
            word: word.to_owned(),
            what: title.to_owned(),
            meant: match nearest(word, known.iter().map(String::as_str)) {
                Some(known) => Meant::Nearest(known.to_owned()),
                None => Meant::Words(known),
            },
        });
    }

    fn report_duplicates(&self, findings: &mut Findings) {
        let mut seen = HashSet::new();
        for item in self.node.as_list().unwrap_or_default() {
            let Some(text) = item.as_text() else { continue };
            if !seen.insert(text) {
                let word = text.to_owned();
                findings.push(item.place, ShapeMistake::GivenTwice { word });
            }
        }
    }

    /// Told once, though the schema has two complaints: a key is missing, and others are unknown.
    fn report_neither_map_nor_field(&self, findings: &mut Findings) {
        let shape = self
            .schema
            .pointer("/$defs/long_field")
            .unwrap_or(&Value::Null);
        let mut written = self.node.entries().iter().map(|(key, _)| key.text.as_str());
        findings.add(self.node.place, || ShapeMistake::NeitherMapNorField {
            nearest: written.find_map(|key| {
                let near = nearest(key, keys(shape)).filter(|_| !keys(shape).contains(&key));
                near.map(str::to_owned)
            }),
        });
    }

    /// Whether the broken rule stands in that part of the schema.
    fn is_in(&self, definition: &str) -> bool {
        self.error.schema_path().as_str().starts_with(definition)
    }

    /// The part of the schema in which the broken keyword stands.
    fn shape(&self) -> &Value {
        let path = self.error.schema_path().as_str();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.schema.pointer(parent).unwrap_or(&Value::Null)
    }

    /// What the schema calls the value.
    fn title(&self) -> &str {
        self.shape()
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or("this mapping")
    }

    /// The value, by its key where it has one.
    fn subject(&self) -> String {
        self.name.map_or_else(|| self.title().to_owned(), quoted)
    }

    fn found(&self) -> Found {
        match &self.node.data {
            Data::Scalar { .. } if self.node.is_empty() => Found::Nothing,
            Data::Scalar { text, .. } => Found::Scalar(text.clone()),
            Data::List(_) => Found::List,
            Data::Map(_) => Found::Mapping,
        }
    }
}

fn keys(shape: &Value) -> Vec<&str> {
    let properties = shape.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flat_map(|map| map.keys())
        .map(String::as_str)
        .collect()
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn bound(kind: &ValidationErrorKind) -> Option<Bound> {
    Some(match kind {
        ValidationErrorKind::MaxItems { limit } => Bound::Items { most: *limit },
        ValidationErrorKind::MaxProperties { limit } => Bound::Entries { most: *limit },
        ValidationErrorKind::MaxLength { limit } => Bound::Characters { most: *limit },
        ValidationErrorKind::Minimum { limit } => Bound::Least {
            least: limit.clone(),
        },
        ValidationErrorKind::Maximum { limit } => Bound::Most {
            most: limit.clone(),
        },
        _ => return None,
    })
}
