use serde_json::{Value, json};

use super::*;
use crate::blueprint::schema::schema;

#[test]
fn it_is_a_schema_of_the_draft_that_it_names() {
    let schema = schema(&catalogue());
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(jsonschema::meta::is_valid(&schema));
    assert!(jsonschema::meta::is_valid(
        &crate::contract::notation::contract_file()
    ));
}

#[test]
fn editors_complete_from_the_catalogue() {
    let schema = schema(&catalogue());
    let kind = &schema["$defs"]["service"]["properties"]["kind"];
    assert_eq!(
        kind["enum"],
        json!(["gateway", "analytics", "inference", "worker"])
    );
    assert_eq!(
        kind["markdownEnumDescriptions"][1],
        "ANALYTICS: When analytics is wanted"
    );
    assert_eq!(
        schema["$defs"]["link"]["properties"]["via"]["default"],
        "rest"
    );
    assert_eq!(
        schema["properties"]["targets"]["default"],
        json!(["compose"])
    );
}

#[test]
fn every_key_that_a_person_writes_is_described() {
    fn visit(value: &Value, path: &str, root: &Value) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                let target =
                    property
                        .get("$ref")
                        .and_then(Value::as_str)
                        .map_or(property, |reference| {
                            root.pointer(reference.trim_start_matches('#'))
                                .expect("references lead somewhere")
                        });
                let is_condition = path.ends_with("/if") || *target == json!(true);
                let is_bare = target.get("$ref").is_some()
                    || target.get("then").is_some()
                    || target.get("properties").is_some();
                let described = target.get("description").is_some() || is_condition || is_bare;
                assert!(described, "{path}/properties/{key} has no description");
            }
        }
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(n, item)| (n.to_string(), item))
                .collect(),
            _ => Vec::new(),
        };
        for (key, child) in children {
            visit(child, &format!("{path}/{key}"), root);
        }
    }
    let schema = schema(&catalogue());
    visit(&schema, "", &schema);
}

/// An editor knows nothing of our further rules, but it must not contradict them.
#[test]
fn a_page_that_is_right_is_valid_for_any_reader_of_the_schema() {
    let validator = jsonschema::validator_for(&schema(&catalogue())).unwrap();
    let page = json!({
        "hybridge": 1,
        "name": "shop",
        "services": {
            "gateway": { "kind": "gateway", "realtime": ["sse"] },
            "trends": {
                "kind": "analytics",
                "store": "postgres",
                "operations": { "top": { "safe": true, "input": { "limit": "int?", "n": { "type": "int", "default": 3, "minimum": 0 } }, "output": { "words": ["WordCount"] } } },
                "events": { "spiked2": { "word": "string" }, "told": { "description": "x", "fields": {} } },
                "types": { "WordCount": { "word": "string", "by": { "string": ["int"] } } },
            },
            "vision": { "kind": "inference" },
        },
        "links": [{ "from": "gateway", "to": "trends", "via": "grpc" }],
        "targets": [],
    });
    assert!(
        validator.is_valid(&page),
        "{:?}",
        validator
            .iter_errors(&page)
            .map(|e| e.to_string())
            .collect::<Vec<_>>()
    );
    for (pointer, wrong) in [
        ("/name", json!("Shop")),
        ("/hybridge", json!(2)),
        ("/services/gateway/store", json!("sqlite")),
        ("/services/vision/realtime", json!([])),
        ("/services/trends/operations/top/output/words", json!([])),
        ("/links/0/via", json!("pigeon")),
    ] {
        let mut page = page.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        page.pointer_mut(parent).unwrap()[key] = wrong;
        assert!(!validator.is_valid(&page), "{pointer}");
    }
}
