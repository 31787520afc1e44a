//! Components of OpenAPI documents: schemas of what a contract names, and only those that are referred to.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::Document;
use crate::contract::model::{Contract, Field};
use crate::contract::{example, mapping};

impl Document {
    /// The records of a contract, each name with `prefix` before it.
    pub(super) fn schemas(&mut self, prefix: &str, contract: &Contract) {
        for operation in &contract.operations {
            let class = operation.name.to_pascal_case();
            self.schema(
                &format!("{prefix}{class}Input"),
                object(&operation.input, "", prefix, contract),
            );
            self.schema(
                &format!("{prefix}{class}Output"),
                object(&operation.output, "", prefix, contract),
            );
            if let Some(part) = &operation.stream {
                let part = object(part, "", prefix, contract);
                self.schema(&format!("{prefix}{class}Part"), part);
            }
        }
        for event in &contract.events {
            let name = format!("{prefix}{}Event", event.name.to_pascal_case());
            self.schema(
                &name,
                object(&event.fields, &event.description, prefix, contract),
            );
        }
        for kind in &contract.types {
            self.schema(
                &format!("{prefix}{}", kind.name),
                object(&kind.fields, &kind.description, prefix, contract),
            );
        }
    }
}

/// A record. Unknown members are an error, so that a misspelt one is found.
pub fn object(fields: &[Field], description: &str, prefix: &str, contract: &Contract) -> Value {
    let references = format!("#/components/schemas/{prefix}");
    let mut schema = json!({ "type": "object" });
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = mapping::schema(field, &references);
            // What must be given has an example, so that forms and clients have something to begin with.
            if !field.optional && field.default.is_none() && field.example.is_none() {
                let example = example::example_of(std::slice::from_ref(field), contract);
                mapping::annotate(&mut schema, "examples", json!([example[&field.name]]));
            }
            (field.name.clone(), schema)
        })
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| !field.optional && field.default.is_none())
        .map(|field| field.name.as_str())
        .collect();
    schema["properties"] = Value::Object(properties);
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["additionalProperties"] = json!(false);
    schema
}

pub fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// Removes what is under `components` and cannot be reached from the rest of the document.
pub fn drop_unused(document: &mut Value) {
    let Some(components) = document
        .as_object_mut()
        .and_then(|document| document.shift_remove("components"))
    else {
        return;
    };
    let mut used = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    references(document, &mut open);
    while let Some(pointer) = open.pop() {
        if used.insert(pointer.clone())
            && let Some(target) = components.pointer(pointer.trim_start_matches("/components"))
        {
            references(target, &mut open);
        }
    }
    let mut kept = Map::new();
    for (section, entries) in components.as_object().into_iter().flatten() {
        let entries: Map<String, Value> = entries
            .as_object()
            .into_iter()
            .flatten()
            // Security schemes are referred to by name, not by `$ref`.
            .filter(|(name, _)| {
                section == "securitySchemes"
                    || used.contains(&format!("/components/{section}/{name}"))
            })
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect();
        if !entries.is_empty() {
            kept.insert(section.clone(), Value::Object(entries));
        }
    }
    document["components"] = Value::Object(kept);
}

/// The targets of every `$ref` in `value`, as JSON pointers.
fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get("$ref") {
                into.push(target.trim_start_matches('#').to_owned());
            }
            map.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}
