//! Answers in parts on a broker: a request, the records of its run, and what goes back to the process that runs it.

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::{Document, asked, headers, reference};
use crate::contract::model::Operation;

impl Document {
    /// An operation that answers in parts, and the records of its answers.
    pub(super) fn stream(&mut self, operation: &Operation, service: &str) {
        let class = operation.name.to_pascal_case();
        let name = &operation.name;
        self.message(
            "requests",
            &format!("{class}Request"),
            asked(operation, "RequestHeaders"),
        );
        for (kind, title, record) in [
            ("part", "a part", format!("{class}Part")),
            (
                "end",
                "its output, behind all parts",
                format!("{class}Output"),
            ),
        ] {
            let title = format!("{name}: {title}");
            let message = of_stream(&title, kind, "PartHeaders", reference(&record));
            self.message("parts", &record, message);
        }
        let part = format!("{class}Part");
        let end = format!("{class}Output");
        let answers = ["StreamBegun", &part, "StreamAlive", &end, "StreamProblem"];
        self.asked(operation, service, "parts", &answers);
    }

    /// What goes to and fro whatever is answered in parts.
    pub(super) fn control(&mut self) {
        let nothing = json!({ "type": "object" });
        for (on, name, kind, title) in [
            ("parts", "StreamBegun", "begun", "A process has taken it"),
            ("parts", "StreamAlive", "alive", "The next part takes long"),
            ("control", "StreamCredit", "credit", "How far it may go"),
            (
                "control",
                "StreamCancel",
                "cancel",
                "Nobody reads it any more",
            ),
        ] {
            let set = match on {
                "parts" => "PartHeaders",
                _ => "ControlHeaders",
            };
            self.message(on, name, of_stream(title, kind, set, nothing.clone()));
        }
        let problem = of_stream(
            "A problem in place of what is left",
            "problem",
            "PartHeaders",
            reference("Problem"),
        );
        self.message("parts", "StreamProblem", problem);
        self.operation(
            "steer-answers",
            "receive",
            "control",
            "Goes on with an answer in parts, or ends it.",
        );
        self.dead_letters();
    }
}

/// A record of an answer in parts, or one to who gives it.
fn of_stream(title: &str, kind: &str, set: &str, payload: Value) -> Value {
    let of_kind = json!({ "type": "object", "properties": { "stream": { "const": kind } } });
    let content_type = match kind {
        "problem" => "application/problem+json",
        _ => "application/json",
    };
    json!({
        "name": kind,
        "title": title,
        "contentType": content_type,
        "headers": { "type": "object", "allOf": [headers(set), of_kind] },
        "payload": payload,
    })
}
