//! What a text says.

use serde_json::{Map, Value};

use super::super::Document;
use super::super::node::{Data, Node};
use super::super::source::Source;

/// Also in the order of entries.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((k, v), (l, w))| k == l && is_same(v, w))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(v, w)| is_same(v, w))
        }
        // `1` and `1.0` are one number in YAML.
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

/// What a text says; `None` for one that is not clean.
pub(super) fn value_of(text: &str) -> Option<Value> {
    let document = Document::parse(Source {
        name: String::new(),
        text: text.to_owned(),
    });
    let document = document.ok()?;
    document
        .findings
        .is_empty()
        .then(|| value(&document.root))
        .flatten()
}

/// What a value of a document stands for.
pub fn value(node: &Node) -> Option<Value> {
    match &node.data {
        Data::Scalar { .. } => node.resolve().ok(),
        Data::List(items) => items
            .iter()
            .map(value)
            .collect::<Option<_>>()
            .map(Value::Array),
        Data::Map(entries) => {
            let pairs = entries
                .iter()
                .map(|(key, node)| Some((key.text.clone(), value(node)?)));
            pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
    }
}
