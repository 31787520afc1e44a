//! The notation of contracts as JSON Schema: for the blueprint, and for the `contract.yaml` of kinds.

use serde_json::{Value, json};

use super::sections::{Author, MAX_PARTS, SCOPES};
use super::types::BUILT_IN;

/// Fields of one input, output, event or type.
pub const MAX_FIELDS: usize = 100;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 4000;
/// Scopes of one operation or event, and characters of each.
const MAX_SCOPES: usize = 20;
const MAX_SCOPE: usize = 100;
/// Elements, characters or bytes that a bound may ask for.
pub const MAX_LENGTH: u64 = 1 << 30;

/// The schemas of `operations`, `events` and `types`, as the members of `properties`.
pub fn sections() -> Value {
    json!({
        "operations": {
            "title": "operations",
            "description": "What the service can be asked, beside what its kind brings: `<name>: { input, output }`.",
            "type": ["object", "null"],
            "maxProperties": MAX_PARTS,
            "additionalProperties": { "$ref": "#/$defs/operation" },
            "examples": [{ "top": { "input": { "limit": "int?" }, "output": { "words": ["string"] } } }],
        },
        "events": {
            "title": "events",
            "description": "What the service tells unasked: `<name>: { <field>: <type> }`, or with `description` and `fields`.",
            "type": ["object", "null"],
            "maxProperties": MAX_PARTS,
            "additionalProperties": { "$ref": "#/$defs/event" },
            "examples": [{ "spiked": { "word": "string", "factor": "float" } }],
        },
        "types": {
            "title": "types",
            "description": "Records with a name, for fields: `<Name>: { <field>: <type> }`, or with `description` and `fields`.",
            "type": ["object", "null"],
            "maxProperties": MAX_PARTS,
            "additionalProperties": { "$ref": "#/$defs/record" },
            "examples": [{ "WordCount": { "word": "string", "count": "int" } }],
        },
    })
}

/// The schemas that [`sections`] refers to, as the members of `$defs`.
pub fn definitions(author: Author) -> Value {
    json!({
        "description": {
            "title": "description",
            "description": "For people: one sentence, or a few.",
            "type": "string",
            "pattern": "^$|\\S",
            "maxLength": MAX_DESCRIPTION,
        },
        "operation": operation(author),
        "event": event(author),
        "record": record(),
        "scopes": {
            "title": "scopes",
            "description": "What a client needs, all of them; its way of authentication says which it has.",
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_SCOPES,
            "uniqueItems": true,
            "items": { "title": "a scope", "type": "string", "maxLength": MAX_SCOPE },
            "examples": [["orders:write"]],
        },
        "fields": {
            "title": "fields",
            "description": "`<name>: <type>`, or `<name>: { type, description, default, ... }`.",
            "type": ["object", "null"],
            "maxProperties": MAX_FIELDS,
            "additionalProperties": { "$ref": "#/$defs/field" },
        },
        "field": {
            "if": { "type": "object", "required": ["type"] },
            "then": { "$ref": "#/$defs/long_field" },
            "else": { "$ref": "#/$defs/type" },
        },
        "long_field": long_field(),
        "type": {
            "title": "type",
            "description": format!(
                "{}; `a | b` (one of these words), `[T]` (a list), `{{string: T}}` (a map), a name from `types`; \
                 with `?` at its end the field may be absent.",
                BUILT_IN.map(|(word, _)| format!("`{word}`")).join(", ")
            ),
            "type": ["string", "array", "object"],
            "if": { "type": "array" },
            "then": { "minItems": 1, "maxItems": 1, "items": { "$ref": "#/$defs/type" } },
            "else": {
                "if": { "type": "object" },
                "then": {
                    "title": "a map type",
                    "properties": { "string": { "$ref": "#/$defs/type" } },
                    "required": ["string"],
                    "additionalProperties": false,
                },
            },
            "examples": ["string", "int?", "small | large", ["string"], { "string": "float" }],
        },
    })
}

/// The schema of a whole `contract.yaml`.
pub fn contract_file() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a contract",
        "type": "object",
        "properties": sections(),
        "additionalProperties": false,
        "$defs": definitions(Author::Kind),
    })
}

fn operation(author: Author) -> Value {
    let mut schema = json!({
        "title": "an operation",
        "type": ["object", "null"],
        "properties": {
            "description": { "$ref": "#/$defs/description" },
            "input": { "$ref": "#/$defs/fields" },
            "output": { "$ref": "#/$defs/fields" },
            "stream": {
                "title": "stream",
                "description": "It answers in parts: the fields of each. What is known at their end is the output.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_FIELDS,
                "additionalProperties": { "$ref": "#/$defs/field" },
                "examples": [{ "token": "string" }],
            },
            "safe": {
                "title": "safe",
                "description": "It changes nothing, so that it may be asked again freely.",
                "type": "boolean",
                "default": false,
            },
        },
        "additionalProperties": false,
    });
    if author == Author::Person {
        schema["properties"][SCOPES] = json!({ "$ref": "#/$defs/scopes" });
    }
    if author == Author::Kind {
        schema["properties"]["internal"] =
            json!({ "title": "internal", "type": "boolean", "default": false });
        schema["properties"]["observe"] = json!({
            "title": "observe",
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "attributes": { "type": "array", "items": { "type": "string" }, "uniqueItems": true },
            },
            "required": ["name", "attributes"],
            "additionalProperties": false,
        });
    }
    schema
}

/// Both forms of a record.
fn record() -> Value {
    json!({
        "title": "fields, or `description` and `fields`",
        "type": ["object", "null"],
        "if": { "required": ["fields"] },
        "then": {
            "title": "a type",
            "properties": {
                "description": { "$ref": "#/$defs/description" },
                "fields": { "$ref": "#/$defs/fields" },
            },
            "additionalProperties": false,
        },
        "else": { "$ref": "#/$defs/fields" },
    })
}

fn event(author: Author) -> Value {
    let mut schema = record();
    schema["then"]["title"] = json!("an event");
    if author == Author::Person {
        schema["then"]["properties"][SCOPES] = json!({ "$ref": "#/$defs/scopes" });
    }
    schema
}

/// An event that a kind brings, of which a person says only which scopes it needs.
pub fn brought_event() -> Value {
    json!({
        "title": "an event that the kind brings",
        "type": ["object", "null"],
        "properties": { SCOPES: { "$ref": "#/$defs/scopes" } },
    })
}

fn long_field() -> Value {
    let length = |what: &str| {
        json!({
            "title": format!("{what} length"),
            "description": format!("The {what} length of a text, list or map, or number of bytes."),
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_LENGTH,
        })
    };
    let bound = |what: &str| {
        json!({
            "title": what,
            "description": format!("The {what} of the number, or of each number in a list or map."),
            "type": "number",
        })
    };
    json!({
        "title": "a field",
        "type": "object",
        "properties": {
            "type": { "$ref": "#/$defs/type" },
            "description": { "$ref": "#/$defs/description" },
            "default": { "description": "Taken when an input leaves the field out." },
            "example": { "description": "Shown in documents and forms." },
            "minimum": bound("minimum"),
            "maximum": bound("maximum"),
            "min_length": length("least"),
            "max_length": length("greatest"),
            "media_type": {
                "title": "media type",
                "description": "What a `bytes` field holds.",
                "type": "string",
                "maxLength": 100,
                "examples": ["image/png"],
            },
        },
        "required": ["type"],
        "additionalProperties": false,
    })
}
