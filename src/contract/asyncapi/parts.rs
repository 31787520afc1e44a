//! Answers in parts on a broker: a request, the records of its run, and what goes back to the process that runs it.

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::{Document, asked, headers, reference};
use crate::contract::model::Operation;
use crate::contract::openapi::merge;

impl Document {
    /// Operations that answer in parts, and what goes to and fro.
    pub(super) fn streams(&mut self, operations: &[&Operation], service: &str) {
        let mut answers = vec![
            line(
                "begun",
                &["run", "number"],
                &json!({ "control": { "type": "string", "description": "Where its process listens." } }),
            ),
            line("alive", &["run", "number"], &json!({})),
        ];
        let reader = json!({ "type": "string", "description": "The gateway process that asks." });
        for operation in operations {
            let class = operation.name.to_pascal_case();
            let mut request = asked(operation, "RequestHeaders");
            merge(
                &mut request["headers"],
                &json!({ "properties": { "stream-reader": reader }, "required": ["stream-reader"] }),
            );
            self.message("requests", &format!("{class}Request"), request);
            self.asked(operation, service, "parts", &["StreamRecord"]);
            for (kind, record) in [("part", "Part"), ("end", "Output")] {
                let value = reference(&format!("{class}{record}"));
                answers.push(line(kind, &["run", "number"], &json!({ "value": value })));
            }
        }
        let again = json!({
            "type": "number",
            "description": "Seconds to wait before trying again.",
        });
        let problem = json!({ "allOf": [
            reference("Problem"),
            { "type": "object", "properties": { "retry_after": again } },
        ] });
        // What never ran has neither.
        answers.push(line("problem", &[], &json!({ "value": problem })));
        let title = "Lines of answers to one gateway";
        self.message(
            "parts",
            "StreamRecord",
            record(title, "PartHeaders", &answers),
        );

        let count = |what: &str| json!({ "type": "integer", "minimum": 0, "description": what });
        let credit = json!({
            "parts": count("Parts that may have been sent in all."),
            "bytes": count("Bytes of their lines that are enough in all."),
        });
        let says = [
            line("credit", &["run"], &credit),
            line("cancel", &["run"], &json!({})),
        ];
        let title = "What one gateway says of answers";
        self.message(
            "control",
            "StreamControl",
            record(title, "ControlHeaders", &says),
        );
        self.operation(
            "steer-answers",
            "receive",
            "control",
            "Goes on with answers in parts, or ends them.",
        );
        self.dead_letters();
    }
}

/// What is said of one answer: its kind, and what that kind has, of all lines and of its own.
fn line(kind: &str, shared: &[&str], more: &Value) -> Value {
    let mut own = more.clone();
    own["kind"] = json!({ "const": kind });
    let required: Vec<&str> = own
        .as_object()
        .into_iter()
        .flat_map(|it| it.keys().map(String::as_str))
        .chain(shared.iter().copied())
        .collect();
    let of_kind = json!({ "type": "object", "properties": own, "required": required });
    json!({ "title": kind, "allOf": [reference("StreamLine"), of_kind] })
}

/// A record of lines, each of which is one of some.
fn record(title: &str, set: &str, lines: &[Value]) -> Value {
    json!({
        "name": "lines",
        "title": title,
        "summary": "Lines of JSON with a line feed between them; the schema is that of a line.",
        "contentType": "application/x-ndjson",
        "headers": headers(set),
        "payload": { "anyOf": lines },
    })
}
