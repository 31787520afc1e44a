//! Contracts as OpenAPI 3.1 documents.
//!
//! Paths and schemas of operations and events are made here; everything else in a document (problems,
//! jobs, health, streams) stands as data in `openapi.yaml` of the modules and is merged in.

mod components;
mod parts;
mod paths;

use heck::{ToLowerCamelCase, ToPascalCase};
use serde_json::{Map, Value, json};

use self::paths::{operation_item, require_scopes, sort_responses};
use super::model::{Contract, Operation};

pub(super) use self::components::{drop_unused, object, reference};

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
        let description = described(info.description, made_up);
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

    /// Merges the fragments in and drops the components that nothing refers to.
    fn finish(mut self, fragments: &[Value]) -> Value {
        for fragment in fragments {
            merge(&mut self.value, fragment);
        }
        self.name_operations(fragments);
        drop_unused(&mut self.value);
        self.value
    }
}

/// What somebody wrote of it, or what can be said of it otherwise.
pub(super) fn described(written: &str, otherwise: String) -> String {
    if written.is_empty() {
        otherwise
    } else {
        written.to_owned()
    }
}

/// What an operation is for.
pub(super) fn purpose(operation: &Operation, service: &str) -> String {
    let made_up = format!("Asks `{service}` for `{}`.", operation.name);
    described(&operation.description, made_up)
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
