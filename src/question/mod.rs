//! What a pack asks, and what is answered.

pub mod condition;
pub mod prompt;

use std::collections::BTreeMap;

/// What is answered, by the key of the prompt.
pub type Answers = BTreeMap<String, serde_json::Value>;
