//! Defaults and examples: what was written, as a value of the field's type.

use std::sync::LazyLock;

use data_encoding::BASE64;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::lookup::Types;
use super::model::{Field, Type};
use crate::document::finding::Findings;
use crate::document::mistake::{ContractMistake, WantedValue};
use crate::document::node::{MAX_SAFE_INTEGER, Node};
use crate::suggest::nearest;

/// Reads the value of a field. Whatever does not fit the type or the bounds is a finding, each at
/// its own place, and makes `None`.
pub fn read(
    node: &Node,
    field: &Field,
    types: &Types<'_>,
    findings: &mut Findings,
) -> Option<Value> {
    let mut reader = Reader {
        types,
        findings,
        minimum: field.minimum,
        maximum: field.maximum,
    };
    let value = reader.value(node, &field.kind)?;
    let length = match &value {
        Value::String(text) if field.kind == Type::Bytes => {
            BASE64.decode(text.as_bytes()).ok()?.len()
        }
        Value::String(text) if field.kind == Type::String => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => return Some(value),
    } as u64;
    if let Some(least) = field.min_length.filter(|least| length < *least) {
        let mistake = ContractMistake::TooShort { length, least };
        reader.findings.push(node.place, mistake);
        return None;
    }
    if let Some(most) = field.max_length.filter(|most| length > *most) {
        let mistake = ContractMistake::TooLong { length, most };
        reader.findings.push(node.place, mistake);
        return None;
    }
    Some(value)
}

struct Reader<'a> {
    types: &'a Types<'a>,
    findings: &'a mut Findings,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

impl Reader<'_> {
    fn value(&mut self, node: &Node, kind: &Type) -> Option<Value> {
        if node.is_empty() {
            self.findings.push(node.place, ContractMistake::NoValue);
            return None;
        }
        match kind {
            Type::String => self.fitting(node, WantedValue::Text, text),
            Type::Bool => self.resolved(node, WantedValue::Bool, Value::is_boolean),
            Type::Int => {
                let value = self.resolved(node, WantedValue::Int, Value::is_i64)?;
                self.within_bounds(node, value)
            }
            Type::Float => {
                let value = self.resolved(node, WantedValue::Float, Value::is_number)?;
                self.within_bounds(node, value)
            }
            Type::Timestamp => self.fitting(node, WantedValue::Timestamp, |node| {
                text(node).filter(is_timestamp)
            }),
            Type::Uuid => self.fitting(node, WantedValue::Uuid, |node| {
                text(node).filter(|value| UUID.is_valid(value))
            }),
            Type::Bytes => self.fitting(node, WantedValue::Bytes, |node| {
                text(node).filter(|value| {
                    BASE64
                        .decode(value.as_str().unwrap_or_default().as_bytes())
                        .is_ok()
                })
            }),
            Type::Enum(words) => {
                let word = node.as_text().unwrap_or_default();
                if words.iter().any(|known| known == word) {
                    return Some(Value::from(word));
                }
                let known = words.iter().map(String::as_str);
                self.findings.add(node.place, || ContractMistake::NotAWord {
                    word: word.to_owned(),
                    words: words.clone(),
                    nearest: nearest(word, known).map(str::to_owned),
                });
                None
            }
            Type::Json => self.json(node),
            Type::List(inner) => {
                let Some(items) = node.as_list() else {
                    return self.unfit(node, WantedValue::List);
                };
                let values: Vec<_> = items.iter().map(|item| self.value(item, inner)).collect();
                values
                    .into_iter()
                    .collect::<Option<Vec<_>>>()
                    .map(Value::Array)
            }
            Type::Map(inner) => {
                let Some(entries) = node.as_map() else {
                    return self.unfit(node, WantedValue::Map);
                };
                let values: Vec<_> = entries
                    .iter()
                    .map(|(key, item)| Some((key.text.clone(), self.value(item, inner)?)))
                    .collect();
                values
                    .into_iter()
                    .collect::<Option<Map<_, _>>>()
                    .map(Value::Object)
            }
            Type::Named(name) => self.record(node, name),
        }
    }

    fn record(&mut self, node: &Node, name: &str) -> Option<Value> {
        // An unknown type is a finding where the type is written.
        let def = self.types.get(name)?;
        let Some(entries) = node.as_map() else {
            let name = name.to_owned();
            return self.unfit(node, WantedValue::Record { name });
        };
        let mut complete = true;
        for field in &def.fields {
            let required = !field.optional && field.default.is_none();
            if required && node.get(&field.name).is_none() {
                let mistake = ContractMistake::MissingField {
                    of: name.to_owned(),
                    key: field.name.clone(),
                };
                self.findings.push(node.place, mistake);
                complete = false;
            }
        }
        let mut values = Map::new();
        for (key, item) in entries {
            let Some(field) = def.fields.iter().find(|field| field.name == key.text) else {
                let known = def.fields.iter().map(|field| field.name.as_str());
                self.findings
                    .add(key.place, || ContractMistake::UnknownField {
                        of: name.to_owned(),
                        key: key.text.clone(),
                        nearest: nearest(&key.text, known).map(str::to_owned),
                    });
                complete = false;
                continue;
            };
            match read(item, field, self.types, self.findings) {
                Some(value) => _ = values.insert(key.text.clone(), value),
                None => complete = false,
            }
        }
        complete.then_some(Value::Object(values))
    }

    /// Any JSON value, by YAML's core schema.
    fn json(&mut self, node: &Node) -> Option<Value> {
        if let Some(items) = node.as_list() {
            let values: Vec<_> = items.iter().map(|item| self.json(item)).collect();
            return values
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(Value::Array);
        }
        if let Some(entries) = node.as_map() {
            let values: Vec<_> = entries
                .iter()
                .map(|(key, item)| Some((key.text.clone(), self.json(item)?)))
                .collect();
            return values
                .into_iter()
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object);
        }
        self.resolve(node)
    }

    fn resolve(&mut self, node: &Node) -> Option<Value> {
        match node.resolve() {
            Ok(value) => Some(value),
            Err(why) => {
                let text = node.as_text().unwrap_or_default().to_owned();
                self.findings
                    .push(node.place, ContractMistake::NoJson { text, why });
                None
            }
        }
    }

    fn resolved(
        &mut self,
        node: &Node,
        wanted: WantedValue,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        if node.as_text().is_none() {
            return self.unfit(node, wanted);
        }
        match self.resolve(node)? {
            value if fits(&value) => Some(value),
            _ => self.unfit(node, wanted),
        }
    }

    fn fitting(
        &mut self,
        node: &Node,
        wanted: WantedValue,
        read: impl Fn(&Node) -> Option<Value>,
    ) -> Option<Value> {
        read(node).or_else(|| self.unfit(node, wanted))
    }

    fn unfit(&mut self, node: &Node, wanted: WantedValue) -> Option<Value> {
        let mistake = ContractMistake::Unfit {
            text: node.as_text().map(str::to_owned),
            wanted,
        };
        self.findings.push(node.place, mistake);
        None
    }

    fn within_bounds(&mut self, node: &Node, value: Value) -> Option<Value> {
        let number = value.as_f64()?;
        let text = || node.as_text().unwrap_or_default().to_owned();
        if let Some(minimum) = self.minimum.filter(|minimum| number < *minimum) {
            let text = text();
            self.findings
                .push(node.place, ContractMistake::Less { text, minimum });
            return None;
        }
        if let Some(maximum) = self.maximum.filter(|maximum| number > *maximum) {
            let text = text();
            self.findings
                .push(node.place, ContractMistake::More { text, maximum });
            return None;
        }
        debug_assert!(
            value
                .as_i64()
                .is_none_or(|i| i.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs())
        );
        Some(value)
    }
}

fn text(node: &Node) -> Option<Value> {
    node.as_text().map(Value::from)
}

static DATE_TIME: LazyLock<Validator> = LazyLock::new(|| format("date-time"));
static UUID: LazyLock<Validator> = LazyLock::new(|| format("uuid"));

fn format(name: &str) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&json!({ "type": "string", "format": name }))
        .expect("the format is known")
}

/// RFC 3339, with what it leaves to taste written as JavaScript and Python both read it: `T`, `Z`
/// in capitals, and no leap second.
fn is_timestamp(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let spelled =
        text.get(10..11) == Some("T") && !text.contains('z') && text.get(17..19) != Some("60");
    spelled && DATE_TIME.is_valid(value)
}
