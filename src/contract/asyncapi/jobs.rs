//! Jobs on a broker: orders, and the steps of what becomes of them.

use heck::{ToLowerCamelCase, ToPascalCase};
use serde_json::{Value, json};

use super::{Document, asked, channel, headers, message_of, reference};
use crate::contract::model::Operation;

impl Document {
    /// An operation that is answered later. No hyphen can stand in the name of an operation of the contract.
    pub(super) fn order(&mut self, operation: &Operation) {
        let class = operation.name.to_pascal_case();
        self.message(
            "orders",
            &format!("{class}Order"),
            asked(operation, "OrderHeaders"),
        );
        self.operations.insert(
            format!("order-{}", operation.name.to_lower_camel_case()),
            json!({
                "action": "receive",
                "summary": format!("{}, later", operation.name),
                "description": "Runs as a job. Nobody waits; what becomes of it is reported on `jobs`.",
                "channel": channel("orders"),
                "messages": [message_of("orders", &format!("{class}Order"))],
            }),
        );
    }

    /// What becomes of jobs; those of operations that answer in parts report each part.
    pub(super) fn jobs(&mut self, in_parts: &[&Operation]) {
        let change = reference("JobChange");
        let payload = match in_parts {
            [] => change,
            _ => json!({ "allOf": [change, with_step(in_parts)] }),
        };
        self.message(
            "jobs",
            "JobChange",
            json!({
                "name": "job",
                "title": "A step of a job",
                "contentType": "application/json",
                "headers": headers("JobHeaders"),
                "payload": payload,
            }),
        );
        self.operation("tell-jobs", "send", "jobs", "Tells how far a job is.");
        self.dead_letters();
    }
}

/// A step that says how far a run is.
fn with_step(in_parts: &[&Operation]) -> Value {
    let parts = in_parts.iter();
    let parts = parts.map(|it| reference(&format!("{}Part", it.name.to_pascal_case())));
    json!({
        "type": "object",
        "properties": {
            "step": {
                "type": "object",
                "description": "With `running`, of an operation that answers in parts: how far its run is.",
                "properties": {
                    "run": {
                        "type": "string",
                        "pattern": "^[0-9a-z]{1,32}$",
                        "description": "Which run: a job may run again.",
                    },
                    "number": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "0 where the run begins, then that of the part.",
                    },
                    "part": {
                        "description": "Of a run that gives more than 16 MiB, only the last one behind that.",
                        "anyOf": parts.collect::<Vec<_>>(),
                    },
                },
                "required": ["run", "number"],
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::model::Contract;
    use crate::contract::openapi::Info;

    /// A step may be a part where something answers in parts, and nowhere else.
    #[test]
    fn the_steps_of_jobs_say_what_parts_are() {
        for (stream, wanted) in [
            (None, json!({ "$ref": "#/components/schemas/JobChange" })),
            (
                Some(Vec::new()),
                json!([{ "$ref": "#/components/schemas/TellPart" }]),
            ),
        ] {
            let is_stream = stream.is_some();
            let operation = Operation {
                name: "tell".to_owned(),
                description: String::new(),
                input: Vec::new(),
                output: Vec::new(),
                stream,
                safe: false,
                internal: false,
                observe: None,
                scopes: Vec::new(),
                own: false,
            };
            let contract = Contract {
                operations: vec![operation],
                ..Contract::default()
            };
            let info = Info {
                title: "demo",
                description: "",
            };
            let document = super::super::service(info, "demo", "echo", &contract, &[]);
            let payload = &document["components"]["messages"]["JobChange"]["payload"];
            let found = match is_stream {
                true => &payload["allOf"][1]["properties"]["step"]["properties"]["part"]["anyOf"],
                false => payload,
            };
            assert_eq!(found, &wanted);
            assert!(document["operations"]["order-tell"].is_object());
        }
    }
}
