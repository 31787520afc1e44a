//! Valid values of records, for documents and tests.

use serde_json::{Map, Value, json};

use super::mapping::json_number;
use super::model::{Contract, Field, Type};

/// A valid value of a record: the examples that fields give, made up from the type where they give none.
/// Optional fields without an example are left out.
pub fn example_of(fields: &[Field], contract: &Contract) -> Value {
    record(fields, contract, 0)
}

/// Deeper than this, lists and maps of an example are left empty: types may contain themselves.
pub const EXAMPLE_DEPTH: usize = 4;

fn record(fields: &[Field], contract: &Contract, depth: usize) -> Value {
    let entries = fields.iter().filter_map(|field| {
        let given = field.example.clone().or_else(|| field.default.clone());
        let value = match given {
            Some(value) => value,
            None if field.optional => return None,
            None => made_up(&field.kind, field, contract, depth, true),
        };
        Some((field.name.clone(), value))
    });
    Value::Object(entries.collect())
}

fn made_up(
    kind: &Type,
    field: &Field,
    contract: &Contract,
    depth: usize,
    outermost: bool,
) -> Value {
    let least = if outermost {
        field.min_length.unwrap_or(0)
    } else {
        0
    };
    let most = if outermost {
        field.max_length.unwrap_or(u64::MAX)
    } else {
        u64::MAX
    };
    let count = if depth > EXAMPLE_DEPTH {
        least
    } else {
        least.max(1).min(most)
    };
    match kind {
        Type::String => json!(sized("text", least, most)),
        Type::Int => json!(bounded(field, 1.0) as i64),
        Type::Float => json_number(bounded(field, 1.5)),
        Type::Bool => json!(true),
        Type::Timestamp => json!("2026-01-01T00:00:00Z"),
        Type::Uuid => json!("0b9d1c9e-6f0a-4c55-9a3e-2f1d8c7b6a54"),
        Type::Bytes => json!(base64_of_zeros(least.max(3).min(most))),
        Type::Json => json!({ "any": "value" }),
        Type::Enum(words) => json!(words.first()),
        Type::List(item) => (0..count)
            .map(|_| made_up(item, field, contract, depth + 1, false))
            .collect(),
        Type::Map(value) => (1..=count)
            .map(|number| {
                (
                    format!("key{number}"),
                    made_up(value, field, contract, depth + 1, false),
                )
            })
            .collect::<Map<String, Value>>()
            .into(),
        Type::Named(name) => match contract.types.iter().find(|kind| kind.name == *name) {
            Some(kind) => record(&kind.fields, contract, depth + 1),
            None => json!({}),
        },
    }
}

fn bounded(field: &Field, wanted: f64) -> f64 {
    let value = field.minimum.map_or(wanted, |minimum| wanted.max(minimum));
    field.maximum.map_or(value, |maximum| value.min(maximum))
}

fn sized(text: &str, least: u64, most: u64) -> String {
    let length = (text.len() as u64).max(least).min(most);
    text.chars()
        .cycle()
        .take(usize::try_from(length).unwrap_or(0))
        .collect()
}

fn base64_of_zeros(bytes: u64) -> String {
    let whole = usize::try_from(bytes / 3).unwrap_or(0);
    let rest = ["", "AA==", "AAA="][usize::try_from(bytes % 3).unwrap_or(0)];
    "AAAA".repeat(whole) + rest
}
