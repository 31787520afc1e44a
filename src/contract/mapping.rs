//! What a field type is in each language and document.
//!
//! | blueprint | JSON Schema | TypeScript | Python (`service/values.py`) | proto3 ([`super::proto`]) | GraphQL ([`super::graphql`]) |
//! | --- | --- | --- | --- | --- | --- |
//! | `string` | string | `string` | `str` | `string` | `String!` |
//! | `int` | integer within ±(2^53 - 1) | `number` | `Int` | `int64` | `SafeInt!` |
//! | `float` | number | `number` | `Float`, finite | `double` | `Float!` |
//! | `bool` | boolean | `boolean` | `Bool` | `bool` | `Boolean!` |
//! | `timestamp` | string, `date-time` | `string` | `Timestamp`, a `datetime` with an offset | `google.protobuf.Timestamp` | `DateTime!` |
//! | `uuid` | string, `uuid` | `string` | `UUID` | `string` | `UUID!` |
//! | `bytes` | string, base64 | `string` | `Bytes` | `bytes` | `Bytes!` |
//! | `json` | anything | `unknown` | `JsonValue` | `google.protobuf.Value` | `JSON`, for null is a value |
//! | `a \| b` | enum | `"a" \| "b"` | `Literal["a", "b"]` | an `enum` inside the message | an enum of the same words |
//! | `[T]` | array | `T[]` | `list[T]` | `repeated T` | `[T!]!` |
//! | `{string: T}` | object | `Record<string, T>` | `dict[str, T]` | `map<string, T>` | `[TEntry!]!`, entries of `key` and `value` |
//! | `T?` | not required, never null | `?:` | `Annotated[T \| None, OPTIONAL] = None` | `optional T`, a wrapper for lists and maps | `T`; null in an answer is absent |
//!
//! In GraphQL a record that is taken has a twin of the kind `input`, called `<Name>Input`; fields with a default
//! may be left out there; a record without fields is the scalar `Empty`. A type that contains itself is
//! followed `graphql::DEPTH` times in an answer; an answer that is deeper is refused, not cut.

use serde_json::{Map, Number, Value, json};

use super::model::{Field, Type};

/// Integers beyond this are not exact in JavaScript (RFC 7493, 2.2).
pub const MAX_INT: i64 = (1 << 53) - 1;

/// The TypeScript type of a value, without its optionality.
pub fn typescript(kind: &Type) -> String {
    match kind {
        Type::String | Type::Timestamp | Type::Uuid | Type::Bytes => "string".into(),
        Type::Int | Type::Float => "number".into(),
        Type::Bool => "boolean".into(),
        Type::Json => "unknown".into(),
        Type::Enum(words) => words
            .iter()
            .map(|word| literal(word))
            .collect::<Vec<_>>()
            .join(" | "),
        Type::List(item) if matches!(**item, Type::Enum(_)) => format!("({})[]", typescript(item)),
        Type::List(item) => format!("{}[]", typescript(item)),
        Type::Map(value) => format!("Record<string, {}>", typescript(value)),
        Type::Named(name) => name.clone(),
    }
}

/// The annotation of the field in a pydantic model.
///
/// The module that holds it imports `Annotated`, `Literal`, `UUID`, pydantic's `Field` and `JsonValue`, and
/// `OPTIONAL`, `Bool`, `Bytes`, `Float`, `Int`, `Timestamp` of `service/values.py`.
pub fn python(field: &Field) -> String {
    let bounds = [("ge", field.minimum), ("le", field.maximum)];
    let numbers = arguments(
        bounds
            .iter()
            .map(|(name, bound)| (*name, bound.map(number))),
    );
    let lengths = [
        ("min_length", field.min_length),
        ("max_length", field.max_length),
    ];
    let lengths = arguments(
        lengths
            .iter()
            .map(|(name, bound)| (*name, bound.map(|bound| bound.to_string()))),
    );
    let annotation = annotated(python_type(&field.kind, &numbers), &lengths);
    match field.optional {
        true => format!("Annotated[{annotation} | None, OPTIONAL]"),
        false => annotation,
    }
}

fn python_type(kind: &Type, numbers: &str) -> String {
    match kind {
        Type::String => "str".into(),
        Type::Int => annotated("Int".into(), numbers),
        Type::Float => annotated("Float".into(), numbers),
        Type::Bool => "Bool".into(),
        Type::Timestamp => "Timestamp".into(),
        Type::Uuid => "UUID".into(),
        Type::Bytes => "Bytes".into(),
        Type::Json => "JsonValue".into(),
        Type::Enum(words) => {
            format!(
                "Literal[{}]",
                words
                    .iter()
                    .map(|word| literal(word))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Type::List(item) => format!("list[{}]", python_type(item, numbers)),
        Type::Map(value) => format!("dict[str, {}]", python_type(value, numbers)),
        Type::Named(name) => name.clone(),
    }
}

fn annotated(kind: String, arguments: &str) -> String {
    if arguments.is_empty() {
        kind
    } else {
        format!("Annotated[{kind}, Field({arguments})]")
    }
}

fn arguments<'n>(bounds: impl Iterator<Item = (&'n str, Option<String>)>) -> String {
    let given: Vec<String> = bounds
        .filter_map(|(name, bound)| bound.map(|bound| format!("{name}={bound}")))
        .collect();
    given.join(", ")
}

/// What stands behind the annotation: `""`, or ` = ` and the default.
pub fn python_default(field: &Field) -> String {
    match (&field.default, field.optional) {
        // No document has it: see `annotate`.
        (Some(value), _) if has_prototype_key(value) => {
            let made = python_value(&field.kind, value);
            format!(" = Field(default_factory=lambda: {made})")
        }
        // The class may stand further down in the file; pydantic can put bytes into a schema only where they are UTF-8.
        (Some(value), _) if needs_factory(&field.kind, value) => {
            let made = python_value(&field.kind, value);
            let told = python_literal(value);
            format!(
                " = Field(default_factory=lambda: {made}, json_schema_extra={{\"default\": {told}}})"
            )
        }
        (Some(value), _) => format!(" = {}", python_value(&field.kind, value)),
        (None, true) => " = None".into(),
        (None, false) => String::new(),
    }
}

/// Whether the default is to be made when it is needed: it calls the class of a named type, or is bytes.
fn needs_factory(kind: &Type, value: &Value) -> bool {
    match (kind, value) {
        (Type::Named(_) | Type::Bytes, _) => true,
        (Type::List(item), Value::Array(items)) => {
            items.iter().any(|value| needs_factory(item, value))
        }
        (Type::Map(kind), Value::Object(map)) => {
            map.values().any(|value| needs_factory(kind, value))
        }
        _ => false,
    }
}

fn python_value(kind: &Type, value: &Value) -> String {
    match (kind, value) {
        (Type::Timestamp, Value::String(text)) => {
            format!("datetime.fromisoformat({})", literal(text))
        }
        (Type::Uuid, Value::String(text)) => format!("UUID({})", literal(text)),
        (Type::Bytes, Value::String(text)) => format!("b64decode({})", literal(text)),
        (Type::Named(name), value) => format!("{name}.model_validate({})", python_literal(value)),
        (Type::List(item), Value::Array(items)) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|value| python_value(item, value))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        (Type::Map(kind), Value::Object(map)) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", literal(key), python_value(kind, value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        (_, value) => python_literal(value),
    }
}

fn python_literal(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) => literal(text),
        Value::Number(number) => number_text(number),
        Value::Array(items) => format!(
            "[{}]",
            items
                .iter()
                .map(python_literal)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", literal(key), python_literal(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A double-quoted literal that JSON, TypeScript and Python read alike.
///
/// JSON's grammar is a subset of JavaScript's since ES2019; Python agrees but for `\/` and surrogate pairs,
/// neither of which `serde_json` writes. DEL is escaped because Python's linters take it for a mistake.
pub fn literal(text: &str) -> String {
    Value::String(text.to_owned())
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

/// The JSON Schema (2020-12, as in OpenAPI 3.1) of a field's value.
///
/// `references` stands before the name in references to types: `#/components/schemas/Trends`.
pub fn schema(field: &Field, references: &str) -> Value {
    let mut schema = type_schema(&field.kind, field, references);
    let outermost = match &field.kind {
        Type::List(_) => ["minItems", "maxItems"],
        Type::Map(_) => ["minProperties", "maxProperties"],
        _ => ["minLength", "maxLength"],
    };
    let length = |length: u64| match field.kind {
        // Four characters for each three bytes that are begun (RFC 4648, 4).
        Type::Bytes => length.div_ceil(3) * 4,
        _ => length,
    };
    for (key, bound) in outermost
        .into_iter()
        .zip([field.min_length, field.max_length])
    {
        if let Some(bound) = bound {
            schema.insert(key.into(), json!(length(bound)));
        }
    }
    if let Some(media_type) = &field.media_type {
        schema.insert("contentMediaType".into(), json!(media_type));
    }
    if !field.description.is_empty() {
        schema.insert("description".into(), json!(field.description));
    }
    let mut schema = Value::Object(schema);
    if let Some(default) = &field.default {
        annotate(&mut schema, "default", default.clone());
    }
    if let Some(example) = &field.example {
        annotate(&mut schema, "examples", json!([example]));
    }
    schema
}

/// Adds what says nothing about validity, unless tools that are written in JavaScript could not read the document any
/// more: a key `__proto__` breaks proxies (Spectral) and is lost in copies.
pub fn annotate(schema: &mut Value, key: &str, value: Value) {
    if !has_prototype_key(&value) {
        schema[key] = value;
    }
}

fn has_prototype_key(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key("__proto__") || map.values().any(has_prototype_key),
        Value::Array(items) => items.iter().any(has_prototype_key),
        _ => false,
    }
}

fn type_schema(kind: &Type, field: &Field, references: &str) -> Map<String, Value> {
    let schema = match kind {
        Type::String => json!({ "type": "string" }),
        Type::Int => {
            let bound = |bound: Option<f64>, limit: i64| bound.map_or(json!(limit), json_number);
            json!({
                "type": "integer",
                "minimum": bound(field.minimum, -MAX_INT),
                "maximum": bound(field.maximum, MAX_INT),
            })
        }
        Type::Float => {
            let mut schema = json!({ "type": "number" });
            for (key, bound) in [("minimum", field.minimum), ("maximum", field.maximum)] {
                if let Some(bound) = bound {
                    schema[key] = json_number(bound);
                }
            }
            schema
        }
        Type::Bool => json!({ "type": "boolean" }),
        Type::Timestamp => json!({ "type": "string", "format": "date-time" }),
        Type::Uuid => json!({ "type": "string", "format": "uuid" }),
        Type::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Type::Json => json!({}),
        Type::Enum(words) => json!({ "type": "string", "enum": words }),
        Type::List(item) => {
            json!({ "type": "array", "items": type_schema(item, field, references) })
        }
        Type::Map(value) => {
            json!({ "type": "object", "additionalProperties": type_schema(value, field, references) })
        }
        Type::Named(name) => json!({ "$ref": format!("{references}{name}") }),
    };
    match schema {
        Value::Object(map) => map,
        _ => unreachable!("every schema above is an object"),
    }
}

/// A number as JSON, TypeScript and Python have it, and as their formatters leave it: `1e30`, not `1e+30`.
pub fn number_text(number: &Number) -> String {
    number.to_string().replace("e+", "e")
}

/// A number without `.0`, as people write it.
pub fn json_number(number: f64) -> Value {
    // Exact: 2^53 is the last whole number before which every one is a float.
    if number.fract() == 0.0 && number.abs() <= MAX_INT as f64 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

fn number(number: f64) -> String {
    match json_number(number) {
        Value::Number(number) => number_text(&number),
        other => other.to_string(),
    }
}
