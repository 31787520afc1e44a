//! The JSON Schema of the blueprint.

use serde_json::{Value, json};

use crate::catalogue::Catalogue;

pub fn schema(_catalogue: &Catalogue) -> Value {
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" })
}
