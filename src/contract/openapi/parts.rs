//! Answers in parts, as HTTP brings them.

use serde_json::{Value, json};

use super::reference;

/// An answer in parts, as server-sent events: of OpenAPI 3.1, a schema is about the `data` of each.
pub(super) fn in_events(class: &str, prefix: &str) -> Value {
    let named = |suffix: &str| reference(&format!("{prefix}{class}{suffix}"));
    json!({
        "description":
            "Server-sent events (WHATWG HTML 9.2), each with an `id`: any number of `part`, then one `end` with the \
             output, or one `problem`.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "description": "The `data` of `part` and of `end`; that of `problem` is a problem as of 4XX.",
                    "anyOf": [named("Part"), named("Output")],
                },
            },
        },
    })
}

/// An answer in parts, given at once.
pub(super) fn at_once(class: &str, prefix: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "parts": { "type": "array", "items": reference(&format!("{prefix}{class}Part")) },
            "output": reference(&format!("{prefix}{class}Output")),
        },
        "required": ["parts", "output"],
        "additionalProperties": false,
    })
}

/// The `data` of a part on the channel of a job.
pub(super) fn of_jobs(parts: &[Value]) -> Value {
    json!({
        "type": "object",
        "description": "A part of a job that answers in parts.",
        "properties": {
            "id": { "type": "string", "description": "Of the job." },
            "number": {
                "type": "integer",
                "minimum": 1,
                "description": "Counted from 1 behind each `running`: a job may run again.",
            },
            "part": { "anyOf": parts },
        },
        "required": ["id", "number", "part"],
    })
}
