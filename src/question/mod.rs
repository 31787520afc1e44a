//! What a pack asks, and what is answered.

pub mod condition;
pub mod error;
pub mod prompt;

use std::collections::BTreeMap;

/// Characters of a pattern.
const MAX_PATTERN: usize = 200;
/// Choices of one prompt.
const MAX_CHOICES: usize = 200;

/// What is answered, by the key of the prompt.
pub type Answers = BTreeMap<String, serde_json::Value>;
