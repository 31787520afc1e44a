//! The tree against the schema: every difference becomes a finding at its line and column.

use std::collections::HashSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

use super::finding::{Code, Findings, Place, did_you_mean, quoted};
use super::node::{Data, Node};

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
                    let message = "a description of nothing but white space";
                    findings.push_hint(node.place, Code::Empty, message, "leave it out");
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
                let key = property.as_str().unwrap_or_default();
                findings.push(
                    place,
                    Code::MissingKey,
                    format!("{} needs the key `{key}`", self.title()),
                );
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = expected(kind)
                    .into_iter()
                    .filter(|kind| *kind != JsonType::Null);
                let wanted: Vec<&str> = wanted.map(in_words).collect();
                findings.push(
                    value_place,
                    Code::WrongType,
                    format!(
                        "{} must be {}, not {}",
                        self.subject(),
                        wanted.join(" or "),
                        self.found()
                    ),
                );
            }
            ValidationErrorKind::Enum { options } => self.report_word(options, findings),
            ValidationErrorKind::UniqueItems => self.report_duplicates(findings),
            ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MaxItems { .. }
                if self.is_in("/$defs/type/") =>
            {
                findings.push_hint(
                    value_place,
                    Code::NotAType,
                    "a list type holds exactly one type",
                    "write `[T]`; one of several words is `a | b`",
                );
            }
            ValidationErrorKind::MinProperties { .. } => {
                let message = format!("{} is empty", self.subject());
                findings.push_hint(
                    value_place,
                    Code::Empty,
                    message,
                    "leave the key out for the default",
                );
            }
            kind => {
                let limit =
                    limit(kind).unwrap_or_else(|| self.error.masked_with(self.found()).to_string());
                findings.push(
                    value_place,
                    Code::OutOfBounds,
                    format!("{} {limit}", self.subject()),
                );
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
            let message = format!("unknown key {} in {}", quoted(name), self.title());
            findings.add(place, Code::UnknownKey, message, || {
                did_you_mean(name, known.iter().copied())
                    .or_else(|| self.elsewhere(name))
                    .or_else(|| (known.len() > 1).then(|| format!("known keys: {}", list(&known))))
            });
        }
    }

    /// A key of a service that belongs to other kinds only.
    fn elsewhere(&self, key: &str) -> Option<String> {
        let mut kinds = Vec::new();
        let mut shape = self.schema.pointer("/$defs/service")?;
        while let Some(then) = shape.get("then") {
            if then["properties"].get(key).is_some() {
                kinds.push(shape["if"]["properties"]["kind"]["const"].as_str()?);
            }
            shape = shape.get("else")?;
        }
        (self.is_in("/$defs/service/") && !kinds.is_empty())
            .then(|| format!("`{key}` is for services of kind {}", list(&kinds)))
    }

    fn report_word(&self, options: &Value, findings: &mut Findings) {
        let known: Vec<String> = options
            .as_array()
            .into_iter()
            .flatten()
            .map(plain)
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let word = self.node.as_text().unwrap_or_default();
        let title = self
            .shape()
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or("value");
        findings.add(
            self.node.place,
            Code::UnknownWord,
            format!("unknown {title} {}", quoted(word)),
            || {
                did_you_mean(word, known.iter().copied())
                    .or_else(|| Some(format!("known: {}", list(&known))))
            },
        );
    }

    fn report_duplicates(&self, findings: &mut Findings) {
        let mut seen = HashSet::new();
        for item in self.node.as_list().unwrap_or_default() {
            let Some(text) = item.as_text() else { continue };
            if !seen.insert(text) {
                findings.push(
                    item.place,
                    Code::Duplicate,
                    format!("{} is given twice", quoted(text)),
                );
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
        let message = "this is neither a map type, `{string: T}`, nor a field with the key `type`";
        findings.add(self.node.place, Code::WrongType, message, || {
            written.find_map(|key| {
                did_you_mean(key, keys(shape)).filter(|_| !keys(shape).contains(&key))
            })
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

    fn found(&self) -> String {
        match &self.node.data {
            Data::Scalar { .. } if self.node.is_empty() => "empty".to_owned(),
            Data::Scalar { text, .. } => quoted(text),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a mapping".to_owned(),
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

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn in_words(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "empty",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a text",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping",
    }
}

fn limit(kind: &ValidationErrorKind) -> Option<String> {
    Some(match kind {
        ValidationErrorKind::MaxItems { limit } => format!("has more than {limit} items"),
        ValidationErrorKind::MaxProperties { limit } => format!("has more than {limit} entries"),
        ValidationErrorKind::MaxLength { limit } => format!("is longer than {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("is less than {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("is more than {limit}"),
        _ => return None,
    })
}
