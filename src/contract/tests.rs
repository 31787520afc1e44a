//! What contracts become, for any contract that is right.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::example::example_of;
use super::mapping::{python, python_default, schema, typescript};
use super::model::{Contract, Field, Type};
use super::openapi::{Info, gateway, service};
use crate::blueprint::tests::arbitrary::own_contract;
use crate::catalogue::Catalogue;

fn plain(kind: Type) -> Field {
    Field {
        name: "x".to_owned(),
        kind,
        optional: false,
        description: String::new(),
        default: None,
        example: None,
        minimum: None,
        maximum: None,
        min_length: None,
        max_length: None,
        media_type: None,
    }
}

fn list(kind: Type) -> Type {
    Type::List(Box::new(kind))
}

fn map(kind: Type) -> Type {
    Type::Map(Box::new(kind))
}

fn size() -> Type {
    Type::Enum(vec!["small".to_owned(), "large".to_owned()])
}

/// The table of the documentation, row by row.
#[test]
fn each_type_has_its_place_in_each_language() {
    let max = 9_007_199_254_740_991_i64;
    let named = || Type::Named("Word".to_owned());
    for (kind, ts, py, json) in [
        (Type::String, "string", "str", json!({ "type": "string" })),
        (
            Type::Int,
            "number",
            "Int",
            json!({ "type": "integer", "minimum": -max, "maximum": max }),
        ),
        (Type::Float, "number", "Float", json!({ "type": "number" })),
        (Type::Bool, "boolean", "Bool", json!({ "type": "boolean" })),
        (
            Type::Timestamp,
            "string",
            "Timestamp",
            json!({ "type": "string", "format": "date-time" }),
        ),
        (
            Type::Uuid,
            "string",
            "UUID",
            json!({ "type": "string", "format": "uuid" }),
        ),
        (
            Type::Bytes,
            "string",
            "Bytes",
            json!({ "type": "string", "contentEncoding": "base64" }),
        ),
        (Type::Json, "unknown", "JsonValue", json!({})),
        (
            size(),
            r#""small" | "large""#,
            r#"Literal["small", "large"]"#,
            json!({ "type": "string", "enum": ["small", "large"] }),
        ),
        (named(), "Word", "Word", json!({ "$ref": "#/$defs/Word" })),
        (
            list(named()),
            "Word[]",
            "list[Word]",
            json!({ "type": "array", "items": { "$ref": "#/$defs/Word" } }),
        ),
        (
            list(size()),
            r#"("small" | "large")[]"#,
            r#"list[Literal["small", "large"]]"#,
            json!({ "type": "array", "items": { "type": "string", "enum": ["small", "large"] } }),
        ),
        (
            map(list(Type::Bool)),
            "Record<string, boolean[]>",
            "dict[str, list[Bool]]",
            json!({ "type": "object", "additionalProperties": { "type": "array", "items": { "type": "boolean" } } }),
        ),
    ] {
        let field = plain(kind);
        assert_eq!(typescript(&field.kind), ts);
        assert_eq!(python(&field), py);
        assert_eq!(schema(&field, "#/$defs/"), json, "{}", field.kind);
    }
}

#[test]
fn bounds_stand_where_each_language_has_them() {
    let pixels = Field {
        minimum: Some(0.0),
        maximum: Some(16.5),
        min_length: Some(64),
        max_length: Some(64),
        ..plain(list(Type::Float))
    };
    assert_eq!(
        python(&pixels),
        "Annotated[list[Annotated[Float, Field(ge=0, le=16.5)]], Field(min_length=64, max_length=64)]"
    );
    assert_eq!(
        schema(&pixels, ""),
        json!({
            "type": "array",
            "items": { "type": "number", "minimum": 0, "maximum": 16.5 },
            "minItems": 64,
            "maxItems": 64,
        })
    );
    let image = Field {
        max_length: Some(4),
        media_type: Some("image/png".to_owned()),
        ..plain(Type::Bytes)
    };
    assert_eq!(
        schema(&image, "")["maxLength"],
        8,
        "four bytes are eight characters of base64"
    );
    assert_eq!(schema(&image, "")["contentMediaType"], "image/png");
    let optional = Field {
        optional: true,
        max_length: Some(3),
        ..plain(Type::String)
    };
    assert_eq!(
        python(&optional),
        "Annotated[Annotated[str, Field(max_length=3)] | None, OPTIONAL]"
    );
    assert_eq!(python_default(&optional), " = None");
}

#[test]
fn defaults_are_python() {
    let with = |kind: Type, value: Value| {
        python_default(&Field {
            default: Some(value),
            ..plain(kind)
        })
    };
    assert_eq!(with(Type::Bool, json!(true)), " = True");
    assert_eq!(with(Type::String, json!("a \"b\"\n")), r#" = "a \"b\"\n""#);
    assert_eq!(
        with(Type::Uuid, json!("7d444840-9dc0-41d1-b245-5ffdce74fad2")),
        r#" = UUID("7d444840-9dc0-41d1-b245-5ffdce74fad2")"#
    );
    assert_eq!(
        with(Type::Bytes, json!("AAE=")),
        r#" = Field(default_factory=lambda: b64decode("AAE="), json_schema_extra={"default": "AAE="})"#
    );
    assert_eq!(
        with(Type::Json, json!({ "a": [null, false] })),
        r#" = {"a": [None, False]}"#
    );
    assert_eq!(
        with(Type::Json, json!({ "__proto__": 1 })),
        r#" = Field(default_factory=lambda: {"__proto__": 1})"#
    );
    assert_eq!(with(list(Type::Int), json!([1, 2])), " = [1, 2]");
    // The class may stand further down in the file.
    assert_eq!(
        with(Type::Named("Word".to_owned()), json!({ "text": "a" })),
        r#" = Field(default_factory=lambda: Word.model_validate({"text": "a"}), json_schema_extra={"default": {"text": "a"}})"#
    );
}

/// A schema that stands alone: references lead to the types of the contract.
fn standalone(fields: &[Field], contract: &Contract) -> Value {
    let object = |fields: &[Field]| {
        let properties = fields
            .iter()
            .map(|field| (field.name.clone(), schema(field, "#/$defs/")));
        let required = fields
            .iter()
            .filter(|field| !field.optional && field.default.is_none());
        json!({
            "type": "object",
            "properties": properties.collect::<serde_json::Map<_, _>>(),
            "required": required.map(|field| field.name.as_str()).collect::<Vec<_>>(),
            "additionalProperties": false,
        })
    };
    let mut schema = object(fields);
    let types = contract
        .types
        .iter()
        .map(|def| (def.name.clone(), object(&def.fields)));
    schema["$defs"] = Value::Object(types.collect());
    schema
}

fn records(contract: &Contract) -> impl Iterator<Item = &[Field]> {
    let operations = contract
        .operations
        .iter()
        .flat_map(|o| [o.input.as_slice(), o.output.as_slice()]);
    let events = contract.events.iter().map(|event| event.fields.as_slice());
    operations
        .chain(events)
        .chain(contract.types.iter().map(|def| def.fields.as_slice()))
}

fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

proptest! {
    #[test]
    fn every_example_is_valid_under_its_own_schema(contract in own_contract(Vec::new())) {
        for fields in records(&contract) {
            let schema = standalone(fields, &contract);
            let example = example_of(fields, &contract);
            let found = complaints(&schema, &example);
            prop_assert!(found.is_empty(), "{:?}\n{:#}\n{:#}", found, schema, example);
        }
    }

    #[test]
    fn every_written_default_and_example_is_valid(contract in own_contract(Vec::new())) {
        for field in records(&contract).flatten() {
            let mut schema = standalone(&[], &contract);
            schema["properties"] = json!({ "x": self::schema(field, "#/$defs/") });
            for value in field.default.iter().chain(&field.example) {
                let found = complaints(&schema, &json!({ "x": value }));
                prop_assert!(found.is_empty(), "{:?}\n{:#}", found, schema);
            }
        }
    }

    /// The document says the same twice, is made of valid schemas, and every reference leads somewhere.
    #[test]
    fn documents_are_whole(contract in own_contract(Vec::new())) {
        let info = Info { title: "shop", description: "" };
        for document in [
            gateway(info, &[("eye", &contract)], &[fragment("runtime/node"), fragment("realtime/sse")]),
            service(info, "eye", &contract, &[fragment("transport/rest")]),
        ] {
            let mut targets = Vec::new();
            references(&document, &mut targets);
            for target in targets {
                prop_assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{}", target);
            }
            for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                prop_assert!(jsonschema::meta::is_valid(&with_draft(schema)), "{}: {:#}", name, schema);
            }
        }
    }
}

/// What a module says of its own part of a document.
fn fragment(folder: &str) -> Value {
    let catalogue = Catalogue::built_in().unwrap();
    serde_yaml::from_str(
        catalogue
            .files()
            .text(&format!("{folder}/openapi.yaml"))
            .unwrap(),
    )
    .unwrap()
}

fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

fn with_draft(schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema
}
