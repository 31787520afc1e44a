//! Contracts as OpenAPI 3.1 documents.
//!
//! Paths and schemas of operations and events are made here; everything else in a document (problems,
//! jobs, health, streams) stands as data in `openapi.yaml` of the modules and is merged in.

mod parts;

use std::collections::BTreeSet;

use heck::{ToLowerCamelCase, ToPascalCase};
use serde_json::{Map, Value, json};

use super::model::{Contract, Field, Operation};
use super::{example, mapping};

/// What a document is about.
#[derive(Debug, Clone, Copy)]
pub struct Info<'i> {
    pub title: &'i str,
    /// Markdown; made up when empty.
    pub description: &'i str,
}

/// The public API of a gateway: `POST /api/<service>/<operation>`.
///
/// `services` are the linked services by name, `fragments` the documents of the active modules.
pub fn gateway(info: Info<'_>, services: &[(&str, &Contract)], fragments: &[Value]) -> Value {
    let mut document = Document::new(info, format!("The public API of {}.", info.title));
    let mut channels = Map::new();
    let mut needed = Map::new();
    let mut payloads = Vec::new();
    let mut parts = Vec::new();
    for (service, contract) in services {
        let prefix = service.to_pascal_case();
        document.tag(service, &format!("Operations of `{service}`."));
        document.schemas(&prefix, contract);
        for operation in contract
            .operations
            .iter()
            .filter(|operation| !operation.internal)
        {
            let class = operation.name.to_pascal_case();
            let mut item = operation_item(operation, service, &prefix);
            let is_stream = operation.stream.is_some();
            if is_stream {
                let content = &mut item["responses"]["200"]["content"];
                let of_events = &mut content["text/event-stream"]["schema"]["anyOf"];
                of_events
                    .as_array_mut()
                    .expect("a list")
                    .push(reference("Problem"));
                content["application/json"] = json!({ "schema": parts::at_once(&class, &prefix) });
            }
            item["operationId"] = json!(format!("{service}-{class}").to_lower_camel_case());
            item["tags"] = json!([service]);
            item["parameters"] = json!([
                { "$ref": "#/components/parameters/Prefer" },
                { "$ref": "#/components/parameters/IdempotencyKey" },
            ]);
            item["responses"]["202"] = json!({ "$ref": "#/components/responses/Accepted" });
            sort_responses(&mut item);
            item["x-hybridge"] =
                json!({ "service": service, "operation": operation.name, "safe": operation.safe });
            if is_stream {
                parts.push(reference(&format!("{prefix}{class}Part")));
                item["x-hybridge"]["stream"] = json!(true);
            }
            document.path(format!("/api/{service}/{}", operation.name), "post", item);
        }
        for event in &contract.events {
            let schema = format!("{prefix}{}Event", event.name.to_pascal_case());
            payloads.push(reference(&schema));
            let channel = format!("{service}.{}", event.name);
            if !event.scopes.is_empty() {
                needed.insert(channel.clone(), json!(event.scopes));
            }
            channels.insert(channel, json!(schema));
        }
    }
    payloads.push(reference("Job"));
    if !parts.is_empty() {
        payloads.push(parts::of_jobs(&parts));
    }
    document.schema(
        "Event",
        json!({ "description": "What was reported; its channel says which of these it is.", "anyOf": payloads }),
    );
    document.value["x-hybridge"] = json!({ "channels": channels });
    if !needed.is_empty() {
        document.value["x-hybridge"]["scopes"] = json!(needed);
    }
    let mut value = document.finish(fragments);
    require_scopes(&mut value, services);
    value
}

/// Puts what an operation needs into each way in which clients of the document say who they are.
fn require_scopes(document: &mut Value, services: &[(&str, &Contract)]) {
    let Some(ways) = document["security"].as_array().cloned() else {
        return;
    };
    let operations = services.iter().flat_map(|(service, contract)| {
        let operations = contract.operations.iter();
        operations.map(move |operation| (service, operation))
    });
    for (service, operation) in operations.filter(|(_, it)| !it.internal && !it.scopes.is_empty()) {
        let with_scopes = ways.iter().map(|way| {
            let schemes = members(way).map(|(scheme, _)| (scheme.clone(), json!(operation.scopes)));
            Value::Object(schemes.collect())
        });
        let path = format!("/api/{service}/{}", operation.name);
        document["paths"][path]["post"]["security"] = with_scopes.collect();
    }
}

/// The REST contract of one Python service: `POST /operations/<operation>`.
pub fn service(info: Info<'_>, service: &str, contract: &Contract, fragments: &[Value]) -> Value {
    let mut document = Document::new(info, format!("What `{service}` can be asked by gateways."));
    document.tag("operations", "What the service can be asked.");
    document.schemas("", contract);
    for operation in &contract.operations {
        let mut item = operation_item(operation, service, "");
        item["operationId"] = json!(operation.name);
        item["tags"] = json!(["operations"]);
        item["parameters"] = json!([
            { "$ref": "#/components/parameters/RequestTimeout" },
            { "$ref": "#/components/parameters/IdempotencyKey" },
            { "$ref": "#/components/parameters/TraceParent" },
        ]);
        sort_responses(&mut item);
        document.path(format!("/operations/{}", operation.name), "post", item);
    }
    let mut payloads: Vec<Value> = Vec::new();
    for event in &contract.events {
        payloads.push(reference(&format!("{}Event", event.name.to_pascal_case())));
    }
    // A service without events has a stream all the same: it stays open and silent.
    let payload = if payloads.is_empty() {
        json!({})
    } else {
        json!({ "anyOf": payloads })
    };
    document.schema("EventData", payload);
    document.finish(fragments)
}

struct Document {
    value: Value,
}

impl Document {
    fn new(info: Info<'_>, made_up: String) -> Self {
        let description = if info.description.is_empty() {
            &made_up
        } else {
            info.description
        };
        Self {
            value: json!({
                "openapi": "3.1.0",
                "info": {
                    "title": info.title,
                    "version": "1.0.0",
                    "description": description,
                    "contact": { "name": format!("The maintainers of {}", info.title) },
                },
                "servers": [{ "url": "/" }],
                "tags": [],
                "paths": {},
                "components": { "schemas": {} },
            }),
        }
    }

    fn tag(&mut self, name: &str, description: &str) {
        let tags = self.value["tags"].as_array_mut().expect("made in new");
        tags.push(json!({ "name": name, "description": description }));
    }

    fn path(&mut self, path: String, method: &str, item: Value) {
        self.value["paths"][path][method] = item;
    }

    fn schema(&mut self, name: &str, schema: Value) {
        self.value["components"]["schemas"][name] = schema;
    }

    /// The records of a contract, each name with `prefix` before it.
    fn schemas(&mut self, prefix: &str, contract: &Contract) {
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

    /// Merges the fragments in and drops the components that nothing refers to.
    fn finish(mut self, fragments: &[Value]) -> Value {
        for fragment in fragments {
            merge(&mut self.value, fragment);
        }
        self.name_operations(fragments);
        drop_unused(&mut self.value);
        self.value
    }

    /// Operations of the contract whose id another one has, the contract's own or one of the fragments', get `_` behind
    /// it: ids are made of two names, and those of others are not known where a contract is written.
    fn name_operations(&mut self, fragments: &[Value]) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut theirs = BTreeSet::new();
        for (path, items) in fragments.iter().flat_map(|it| members(&it["paths"])) {
            theirs.insert(path.clone());
            taken.extend(members(items).filter_map(|(_, item)| operation_id(item)));
        }
        let paths = self.value["paths"].as_object_mut().into_iter().flatten();
        for (_, items) in paths.filter(|(path, _)| !theirs.contains(*path)) {
            for (_, item) in items.as_object_mut().into_iter().flatten() {
                let Some(mut id) = operation_id(item) else {
                    continue;
                };
                while !taken.insert(id.clone()) {
                    id.push('_');
                }
                item["operationId"] = json!(id);
            }
        }
    }
}

/// What a gateway's and a service's operation have in common.
fn operation_item(operation: &Operation, service: &str, prefix: &str) -> Value {
    let class = operation.name.to_pascal_case();
    let made_up = format!("Asks `{service}` for `{}`.", operation.name);
    let description = if operation.description.is_empty() {
        &made_up
    } else {
        &operation.description
    };
    let output = reference(&format!("{prefix}{class}Output"));
    let answer = match operation.stream {
        Some(_) => parts::in_events(&class, prefix),
        None => json!({
            "description": "The answer.",
            "content": { "application/json": { "schema": output } },
        }),
    };
    json!({
        "operationId": "",
        "summary": operation.name,
        "description": description,
        "tags": [],
        "parameters": [],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": reference(&format!("{prefix}{class}Input")) } },
        },
        "responses": {
            "200": answer,
            "4XX": { "$ref": "#/components/responses/Problem" },
            "5XX": { "$ref": "#/components/responses/Problem" },
        },
    })
}

fn sort_responses(item: &mut Value) {
    if let Some(responses) = item["responses"].as_object_mut() {
        responses.sort_keys();
    }
}

/// A record. Unknown members are an error, so that a misspelt one is found.
pub(super) fn object(
    fields: &[Field],
    description: &str,
    prefix: &str,
    contract: &Contract,
) -> Value {
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

pub(super) fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// Objects are merged key by key, lists are appended, anything else is replaced.
pub(super) fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from.iter().cloned()),
        (into, from) => *into = from.clone(),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn operation_id(item: &Value) -> Option<String> {
    Some(item.get("operationId")?.as_str()?.to_owned())
}

/// Removes what is under `components` and cannot be reached from the rest of the document.
pub(super) fn drop_unused(document: &mut Value) {
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
