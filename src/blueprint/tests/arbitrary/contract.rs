//! Any contract.

use indexmap::{IndexMap, IndexSet};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::text::{description, text};
use crate::contract::model::{Contract, Event, Field, Operation, Type, TypeDef};

fn snake(prefix: &'static str) -> impl Strategy<Value = String> {
    "[a-z]{1,5}(_[a-z]{1,4}){0,2}".prop_map(move |rest| format!("{prefix}_{rest}"))
}

pub(super) fn distinct<T>(items: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut seen = IndexMap::new();
    for (name, item) in items {
        // Names that differ in case or separators only would be one class.
        seen.entry(name.replace('_', "").to_lowercase())
            .or_insert((name, item));
    }
    seen.into_values().collect()
}

/// A type with a value of it. `names` are the types that may be named.
fn typed(names: Vec<String>) -> impl Strategy<Value = (Type, Value)> {
    let mut leaves = vec![
        text().prop_map(|text| (Type::String, json!(text))).boxed(),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991)
            .prop_map(|int| (Type::Int, json!(int)))
            .boxed(),
        prop_oneof![any::<f64>(), -1000.0..1000.0]
            .prop_filter("finite", |f| f.is_finite())
            .prop_map(|f| (Type::Float, json!(f)))
            .boxed(),
        any::<bool>().prop_map(|b| (Type::Bool, json!(b))).boxed(),
        Just((Type::Timestamp, json!("2026-02-28T23:59:59.5+01:00"))).boxed(),
        Just((Type::Uuid, json!("7d444840-9dc0-41d1-b245-5ffdce74fad2"))).boxed(),
        vec(any::<u8>(), 0..20)
            .prop_map(|data| (Type::Bytes, json!(data_encoding::BASE64.encode(&data))))
            .boxed(),
        (text(), any::<bool>())
            .prop_map(|(text, flag)| {
                (
                    Type::Json,
                    json!({ text: [flag, null_or(flag), 1.5, "1.5"] }),
                )
            })
            .boxed(),
        vec("[a-z]{2,6}[0-9]", 2..4)
            .prop_map(|words| {
                distinct(words.into_iter().map(|word| (word, ())).collect())
                    .into_iter()
                    .map(|(word, ())| word)
                    .collect()
            })
            .prop_filter("an enum has words", |words: &Vec<String>| words.len() > 1)
            .prop_map(|words: Vec<String>| {
                let first = json!(words[0]);
                (Type::Enum(words), first)
            })
            .boxed(),
    ];
    if !names.is_empty() {
        // Inside a list, so that every type ends.
        leaves.push(
            select(names)
                .prop_map(|name| (Type::List(Box::new(Type::Named(name))), json!([])))
                .boxed(),
        );
    }
    proptest::strategy::Union::new(leaves).prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|(kind, value)| (Type::List(Box::new(kind)), json!([value]))),
            (text(), inner).prop_map(|(key, (kind, value))| (
                Type::Map(Box::new(kind)),
                json!({ key: value })
            )),
        ]
    })
}

fn null_or(flag: bool) -> Value {
    if flag { Value::Null } else { json!({}) }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Input,
    Elsewhere,
}

fn field(name: String, names: Vec<String>, place: Place) -> impl Strategy<Value = Field> {
    (
        typed(names),
        any::<bool>(),
        description(),
        any::<(bool, bool)>(),
        option::of(0_u64..3),
        option::of(0_u64..9),
        any::<bool>(),
    )
        .prop_map(
            move |((kind, value), optional, description, (default, example), min, max, bounded)| {
                let number = matches!(kind.innermost(), Type::Int | Type::Float);
                let long = matches!(
                    kind,
                    Type::String | Type::Bytes | Type::List(_) | Type::Map(_)
                );
                let length = match &value {
                    Value::Array(items) => items.len() as u64,
                    Value::Object(entries) => entries.len() as u64,
                    Value::String(text) if kind == Type::Bytes => {
                        data_encoding::BASE64.decode(text.as_bytes()).unwrap().len() as u64
                    }
                    Value::String(text) => text.chars().count() as u64,
                    _ => 0,
                };
                let bounded = bounded && number;
                let default = (default && !bounded && place == Place::Input).then(|| value.clone());
                Field {
                    name: name.clone(),
                    optional: optional && default.is_none(),
                    description,
                    example: (example && !bounded).then(|| value.clone()),
                    default,
                    minimum: bounded.then_some(-3.0),
                    maximum: bounded.then_some(7.0),
                    min_length: min.filter(|min| long && *min <= length),
                    max_length: max.filter(|_| long).map(|more| length + more),
                    media_type: (*kind.innermost() == Type::Bytes).then(|| "image/png".to_owned()),
                    kind,
                }
            },
        )
}

fn fields(names: &[String], place: Place) -> BoxedStrategy<Vec<Field>> {
    let names = names.to_vec();
    vec((snake("f"), Just(())), 0..4)
        .prop_map(distinct)
        .prop_flat_map(move |found| {
            let names = names.clone();
            found
                .into_iter()
                .map(move |(name, ())| field(name, names.clone(), place))
                .collect::<Vec<_>>()
        })
        .boxed()
}

fn scopes() -> impl Strategy<Value = Vec<String>> {
    vec(("[!#-\\[\\]-~]{1,12}", Just(())), 0..3)
        .prop_map(|found| found.into_iter().map(|(scope, ())| scope))
        .prop_map(|found| found.collect::<IndexSet<_>>().into_iter().collect())
}

/// The person's own part of a contract.
pub(crate) fn own_contract(brought: Vec<String>) -> impl Strategy<Value = Contract> {
    let names = vec(("[A-Z][a-z]{1,6}Thing", Just(())), 0..3).prop_map(distinct);
    names.prop_flat_map(move |found| {
        let own: Vec<String> = found.into_iter().map(|(name, ())| name).collect();
        let all: Vec<String> = own.iter().chain(&brought).cloned().collect();
        let types: Vec<_> = own
            .into_iter()
            .map(|name| {
                (description(), fields(&all, Place::Input)).prop_map(
                    move |(description, fields)| TypeDef {
                        name: name.clone(),
                        description,
                        fields,
                        own: true,
                    },
                )
            })
            .collect();
        let input = fields(&all, Place::Input);
        let other = fields(&all, Place::Elsewhere);
        let operation = (
            description(),
            input,
            other.clone(),
            option::of(
                other
                    .clone()
                    .prop_filter("a part has fields", |it| !it.is_empty()),
            ),
            (any::<bool>(), scopes()),
        );
        let operations = vec((snake("o"), operation), 0..3).prop_map(distinct);
        let events = vec((snake("e"), (description(), other, scopes())), 0..3).prop_map(distinct);
        (types, operations, events).prop_map(|(types, operations, events)| Contract {
            operations: operations
                .into_iter()
                .map(
                    |(name, (description, input, output, stream, (safe, scopes)))| Operation {
                        name,
                        description,
                        input,
                        output,
                        stream,
                        safe,
                        internal: false,
                        scopes,
                        observe: None,
                        own: true,
                    },
                )
                .collect(),
            events: events
                .into_iter()
                .map(|(name, (description, fields, scopes))| Event {
                    name,
                    description,
                    fields,
                    scopes,
                    own: true,
                })
                .collect(),
            types,
        })
    })
}
