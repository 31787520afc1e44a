//! What a client must know to turn JSON as ports carry it into variables, and answers into JSON.
//!
//! Two things differ: a map is a list of entries, and an optional field that is absent is null in an
//! answer. Records in which nothing differs are left out.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::documents::Documents;
use super::names::{Names, event_class, input_class, output_class, part_class};
use crate::contract::model::{Contract, Field, Type};

/// `{operations: {<name>: {document, input?, output, part?}}, events: {document, names}, records}`, where
/// `records` has the shapes of the fields that differ, by class and field.
pub fn client(contract: &Contract, names: &Names, documents: &Documents) -> Value {
    let differing = differing(contract, documents);
    let mut records = Map::new();
    let mut add = |class: String, fields: &[Field]| {
        let shapes: Map<String, Value> = fields
            .iter()
            .filter_map(|field| Some((field.name.clone(), shape(field, &differing)?)))
            .collect();
        if !shapes.is_empty() || differing.contains(class.as_str()) {
            records.insert(class, Value::Object(shapes));
        }
    };
    for operation in &contract.operations {
        add(input_class(operation), &operation.input);
        add(output_class(operation), &operation.output);
        if let Some(part) = &operation.stream {
            add(part_class(operation), part);
        }
    }
    for event in &contract.events {
        add(event_class(event), &event.fields);
    }
    for def in &contract.types {
        add(def.name.clone(), &def.fields);
    }
    let operations: Map<String, Value> = contract
        .operations
        .iter()
        .map(|operation| {
            let mut entry = json!({ "document": documents.operation(&operation.name).id });
            if !operation.input.is_empty() {
                entry["input"] = json!(input_class(operation));
            }
            entry["output"] = json!(output_class(operation));
            if operation.stream.is_some() {
                entry["part"] = json!(part_class(operation));
            }
            (operation.name.clone(), entry)
        })
        .collect();
    let events: Map<String, Value> = contract
        .events
        .iter()
        .map(|event| {
            let class = event_class(event);
            let told = json!({ "name": event.name, "data": class });
            (names.class(&class).to_owned(), told)
        })
        .collect();
    json!({
        "operations": operations,
        "events": { "document": documents.events().id, "types": events },
        "records": records,
    })
}

/// Types in which something differs, at any depth.
fn differing<'c>(contract: &'c Contract, documents: &Documents) -> HashSet<&'c str> {
    let mut found: HashSet<&str> = HashSet::new();
    loop {
        let before = found.len();
        for def in &contract.types {
            let differs = documents.is_cut(&def.name)
                || def
                    .fields
                    .iter()
                    .any(|field| shape(field, &found).is_some());
            if differs {
                found.insert(&def.name);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn shape(field: &Field, differing: &HashSet<&str>) -> Option<Value> {
    let inner = type_shape(&field.kind, differing);
    if !field.optional {
        return inner;
    }
    let mut shape = inner.unwrap_or_else(|| json!({}));
    shape["optional"] = json!(true);
    Some(shape)
}

/// What differs in values of a type; `None` where nothing does.
fn type_shape(kind: &Type, differing: &HashSet<&str>) -> Option<Value> {
    match kind {
        Type::List(item) => Some(json!({ "list": type_shape(item, differing)? })),
        Type::Map(value) => {
            Some(json!({ "map": type_shape(value, differing).unwrap_or_else(|| json!({})) }))
        }
        Type::Named(name) if differing.contains(name.as_str()) => Some(json!({ "record": name })),
        _ => None,
    }
}
