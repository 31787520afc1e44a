//! Contracts as AsyncAPI 3.0 documents: what a service takes from and puts on a broker.
//!
//! Channels, operations, messages and payloads are made here. What holds for every broker (headers, the
//! steps of a job, problems) and what one broker adds (servers, bindings) stands as data in
//! `asyncapi.yaml` of the modules: see [`Fragment`].

mod jobs;
mod parts;

use heck::{ToLowerCamelCase, ToPascalCase};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::example;
use super::model::{Contract, Operation};
use super::openapi::{Info, described, drop_unused, merge, object, purpose, reference};

/// `asyncapi.yaml` of a module.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fragment {
    /// What stands before the names of CloudEvents' attributes in headers: the protocol's binding says it.
    pub cloudevents: String,
    pub each: Each,
    /// Merged into the document at last.
    pub document: Value,
}

/// What is merged into many parts of a document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Each {
    /// Every operation that is asked and answered.
    pub call: Value,
    /// Every message.
    pub message: Value,
}

impl Default for Fragment {
    fn default() -> Self {
        Self {
            cloudevents: String::new(),
            each: Each::default(),
            document: json!({}),
        }
    }
}

impl Default for Each {
    fn default() -> Self {
        Self {
            call: json!({}),
            message: json!({}),
        }
    }
}

/// What goes where. The address of a channel is `<system>.<service>.<channel>` unless a fragment says
/// otherwise.
const CHANNELS: [(&str, &str); 8] = [
    ("requests", "Calls: somebody waits for the answer."),
    ("replies", "Answers to calls."),
    (
        "parts",
        "Answers in parts: records of a run, which its reader's credit lets go on.",
    ),
    (
        "control",
        "What gateways say to the process that gives an answer in parts.",
    ),
    (
        "orders",
        "Jobs: what is answered later, apart from calls so that they hold up none.",
    ),
    ("jobs", "What becomes of jobs, step by step."),
    (
        "events",
        "What the service tells unasked (CloudEvents 1.0, binary mode).",
    ),
    (
        "dead",
        "What could not be handled, with where it came from and why.",
    ),
];

/// The contract of `service` on a broker.
pub fn service(
    info: Info<'_>,
    system: &str,
    service: &str,
    contract: &Contract,
    fragments: &[Fragment],
) -> Value {
    let mut document = Document {
        channels: Map::new(),
        operations: Map::new(),
        messages: Map::new(),
    };
    let (in_parts, at_once): (Vec<_>, Vec<_>) = contract
        .operations
        .iter()
        .partition(|operation| operation.stream.is_some());
    for operation in &contract.operations {
        document.order(operation);
    }
    if !contract.operations.is_empty() {
        document.jobs(&in_parts);
    }
    for operation in &at_once {
        document.call(operation, service);
    }
    if !at_once.is_empty() {
        document.answers();
    }
    if !in_parts.is_empty() {
        document.streams(&in_parts, service);
    }
    for event in &contract.events {
        let class = event.name.to_pascal_case();
        let made_up = format!("`{service}` tells `{}`.", event.name);
        let description = described(&event.description, made_up);
        let message = json!({
            "name": event.name,
            "title": event.name,
            "summary": description,
            "contentType": "application/json",
            "headers": headers("EventHeaders"),
            "payload": reference(&format!("{class}Event")),
            "examples": [{ "payload": example::example_of(&event.fields, contract) }],
        });
        document.message("events", &format!("{class}Event"), message);
    }
    if !contract.events.is_empty() {
        document.operation("tell-events", "send", "events", "Tells what happened.");
    }
    document.finish(info, system, service, contract, fragments)
}

struct Document {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
}

impl Document {
    /// An operation, and the answer to it.
    fn call(&mut self, operation: &Operation, service: &str) {
        let class = operation.name.to_pascal_case();
        self.message(
            "requests",
            &format!("{class}Request"),
            asked(operation, "RequestHeaders"),
        );
        let answer = json!({
            "name": operation.name,
            "title": format!("{}: answer", operation.name),
            "contentType": "application/json",
            "headers": headers("AnswerHeaders"),
            "payload": reference(&format!("{class}Output")),
        });
        self.message("replies", &format!("{class}Answer"), answer);
        let answer = format!("{class}Answer");
        self.asked(operation, service, "replies", &[&answer, "Problem"]);
    }

    /// What is asked on `requests` and answered by messages of a channel.
    fn asked(&mut self, operation: &Operation, service: &str, on: &str, answers: &[&str]) {
        let class = operation.name.to_pascal_case();
        let description = purpose(operation, service);
        let request = format!("{class}Request");
        let answers: Vec<Value> = answers.iter().map(|name| message_of(on, name)).collect();
        self.operations.insert(
            operation.name.to_lower_camel_case(),
            json!({
                "action": "receive",
                "summary": operation.name,
                "description": description,
                "channel": channel("requests"),
                "messages": [message_of("requests", &request)],
                "reply": { "channel": channel(on), "messages": answers },
            }),
        );
    }

    /// What every service with operations that answer once sends.
    fn answers(&mut self) {
        self.message(
            "replies",
            "Problem",
            json!({
                "name": "problem",
                "title": "A problem instead of an answer",
                "contentType": "application/problem+json",
                "headers": headers("AnswerHeaders"),
                "payload": reference("Problem"),
            }),
        );
        self.dead_letters();
    }

    fn dead_letters(&mut self) {
        self.message(
            "dead",
            "DeadLetter",
            json!({
                "name": "dead",
                "title": "A dead letter",
                "summary": "The message as it came, whatever it is.",
                "headers": headers("DeadHeaders"),
                "payload": {},
            }),
        );
        self.operation(
            "put-aside",
            "send",
            "dead",
            "Puts aside what could not be handled.",
        );
    }

    /// A message of a channel.
    fn message(&mut self, on: &str, name: &str, message: Value) {
        let channel = self
            .channels
            .entry(on)
            .or_insert_with(|| json!({ "messages": {} }));
        channel["messages"][name] = json!({ "$ref": format!("#/components/messages/{name}") });
        self.messages.insert(name.to_owned(), message);
    }

    /// What is done with all messages of a channel.
    fn operation(&mut self, name: &str, action: &str, on: &str, description: &str) {
        let value = json!({ "action": action, "description": description, "channel": channel(on) });
        self.operations.insert(name.to_owned(), value);
    }

    fn finish(
        mut self,
        info: Info<'_>,
        system: &str,
        service: &str,
        contract: &Contract,
        fragments: &[Fragment],
    ) -> Value {
        for fragment in fragments {
            for message in self.messages.values_mut() {
                merge(message, &fragment.each.message);
            }
            let calls = self
                .operations
                .values_mut()
                .filter(|one| one.get("reply").is_some());
            for call in calls {
                merge(call, &fragment.each.call);
            }
        }
        let channels: Map<String, Value> = CHANNELS
            .iter()
            .filter_map(|(name, description)| {
                let mut channel = self.channels.remove(*name)?;
                channel["address"] = json!(format!("{system}.{service}.{name}"));
                channel["description"] = json!(description);
                Some(((*name).to_owned(), channel))
            })
            .collect();
        let made_up = format!("What `{service}` takes from its broker and puts on it.");
        let description = described(info.description, made_up);
        let mut document = json!({
            "asyncapi": "3.0.0",
            "info": {
                "title": info.title,
                "version": "1.0.0",
                "description": description,
                "contact": { "name": format!("The maintainers of {system}") },
                "tags": [{ "name": system, "description": format!("The services of {system}.") }],
            },
            "defaultContentType": "application/json",
            "servers": {},
            "channels": channels,
            "operations": self.operations,
            "components": { "messages": self.messages, "schemas": schemas(contract) },
        });
        let prefix: String = fragments.iter().map(|it| it.cloudevents.as_str()).collect();
        document["components"]["schemas"]["EventHeaders"] =
            event_headers(&prefix, service, contract);
        for fragment in fragments {
            merge(&mut document, &fragment.document);
        }
        if let Some(channels) = document["channels"].as_object_mut() {
            // A fragment adds to channels that this service may not have.
            channels.retain(|_, channel| channel.get("messages").is_some());
        }
        drop_unused(&mut document);
        document
    }
}

/// What is asked, with one of the two sets of headers.
fn asked(operation: &Operation, set: &str) -> Value {
    let class = operation.name.to_pascal_case();
    let named = json!({
        "type": "object",
        "properties": { "operation": { "const": operation.name } },
    });
    json!({
        "name": operation.name,
        "title": operation.name,
        "contentType": "application/json",
        "headers": { "type": "object", "allOf": [headers(set), named] },
        "payload": reference(&format!("{class}Input")),
    })
}

/// The records of the contract.
fn schemas(contract: &Contract) -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |name: String, fields: &[_], description: &str| {
        all.insert(name, object(fields, description, "", contract));
    };
    for operation in &contract.operations {
        let class = operation.name.to_pascal_case();
        add(format!("{class}Input"), &operation.input, "");
        add(format!("{class}Output"), &operation.output, "");
        if let Some(part) = &operation.stream {
            add(format!("{class}Part"), part, "");
        }
    }
    for event in &contract.events {
        let class = event.name.to_pascal_case();
        add(format!("{class}Event"), &event.fields, &event.description);
    }
    for kind in &contract.types {
        add(kind.name.clone(), &kind.fields, &kind.description);
    }
    all
}

/// The attributes of CloudEvents 1.0 that every event has.
fn event_headers(prefix: &str, service: &str, contract: &Contract) -> Value {
    let names: Vec<&str> = contract
        .events
        .iter()
        .map(|event| event.name.as_str())
        .collect();
    let attributes = [
        ("specversion", json!({ "const": "1.0" })),
        (
            "id",
            json!({ "type": "string", "description": "Sent twice, told once." }),
        ),
        (
            "source",
            json!({ "type": "string", "description": format!("Of `{service}`.") }),
        ),
        ("type", json!({ "type": "string", "enum": names })),
        ("time", json!({ "type": "string", "format": "date-time" })),
    ];
    let required: Vec<String> = attributes
        .iter()
        .map(|(name, _)| format!("{prefix}{name}"))
        .collect();
    let mut properties: Map<String, Value> = attributes
        .into_iter()
        .map(|(name, schema)| (format!("{prefix}{name}"), schema))
        .collect();
    for name in ["traceparent", "tracestate"] {
        properties.insert(name.into(), json!({ "type": "string" }));
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn headers(schema: &str) -> Value {
    reference(schema)
}

fn channel(name: &str) -> Value {
    json!({ "$ref": format!("#/channels/{name}") })
}

fn message_of(channel: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/channels/{channel}/messages/{name}") })
}
