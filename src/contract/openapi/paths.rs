//! Paths of OpenAPI documents: operations, their ids, and the scopes that they need.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::{Document, members, parts, purpose, reference};
use crate::contract::model::{Contract, Operation};

impl Document {
    /// Operations of the contract whose id another one has, the contract's own or one of the fragments', get `_` behind
    /// it: ids are made of two names, and those of others are not known where a contract is written.
    pub(super) fn name_operations(&mut self, fragments: &[Value]) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut theirs = BTreeSet::new();
        for (path, items) in fragments.iter().flat_map(|it| members(&it["paths"])) {
            theirs.insert(path.clone());
            taken.extend(members(items).filter_map(|(_, item)| operation_id(item)));
        }
        let paths = self.value["paths"].as_object_mut().into_iter().flatten();
        for (_, items) in paths.filter(|(path, _)| !theirs.contains(*path)) {
            for (_, item) in items.as_object_mut().into_iter().flatten() {
                let Some(mut id) = operation_id(item) else {
                    continue;
                };
                while !taken.insert(id.clone()) {
                    id.push('_');
                }
                item["operationId"] = json!(id);
            }
        }
    }
}

/// What a gateway's and a service's operation have in common.
pub(super) fn operation_item(operation: &Operation, service: &str, prefix: &str) -> Value {
    let class = operation.name.to_pascal_case();
    let output = reference(&format!("{prefix}{class}Output"));
    let answer = match operation.stream {
        Some(_) => parts::in_events(&class, prefix),
        None => json!({
            "description": "The answer.",
            "content": { "application/json": { "schema": output } },
        }),
    };
    json!({
        "operationId": "",
        "summary": operation.name,
        "description": purpose(operation, service),
        "tags": [],
        "parameters": [],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": reference(&format!("{prefix}{class}Input")) } },
        },
        "responses": {
            "200": answer,
            "4XX": { "$ref": "#/components/responses/Problem" },
            "5XX": { "$ref": "#/components/responses/Problem" },
        },
    })
}

pub(super) fn sort_responses(item: &mut Value) {
    if let Some(responses) = item["responses"].as_object_mut() {
        responses.sort_keys();
    }
}

/// Puts what an operation needs into each way in which clients of the document say who they are.
pub(super) fn require_scopes(document: &mut Value, services: &[(&str, &Contract)]) {
    let Some(ways) = document["security"].as_array().cloned() else {
        return;
    };
    let operations = services.iter().flat_map(|(service, contract)| {
        let operations = contract.operations.iter();
        operations.map(move |operation| (service, operation))
    });
    for (service, operation) in operations.filter(|(_, it)| !it.internal && !it.scopes.is_empty()) {
        let with_scopes = ways.iter().map(|way| {
            let schemes = members(way).map(|(scheme, _)| (scheme.clone(), json!(operation.scopes)));
            Value::Object(schemes.collect())
        });
        let path = format!("/api/{service}/{}", operation.name);
        document["paths"][path]["post"]["security"] = with_scopes.collect();
    }
}

fn operation_id(item: &Value) -> Option<String> {
    Some(item.get("operationId")?.as_str()?.to_owned())
}
