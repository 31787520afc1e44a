//! When a prompt is asked or a file is left out: answers that must have been given.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Answers;

/// Every one of these answers, each one of several values.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Condition(pub BTreeMap<String, OneOf>);

/// A value, or a list of values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum OneOf {
    Several(Vec<Value>),
    One(Value),
}

impl OneOf {
    pub fn values(&self) -> &[Value] {
        match self {
            OneOf::Several(values) => values,
            OneOf::One(value) => std::slice::from_ref(value),
        }
    }
}

impl Condition {
    /// An answer that is a list holds when one of its items does.
    pub fn holds(&self, answers: &Answers) -> bool {
        self.0.iter().all(|(key, wanted)| {
            let matches = |answer: &Value| match answer {
                Value::Array(items) => items.iter().any(|item| wanted.values().contains(item)),
                single => wanted.values().contains(single),
            };
            answers.get(key).is_some_and(matches)
        })
    }

    /// The same for a JSON Schema of the answers, in which an absent one stands for its default.
    pub fn schema(&self, default: impl Fn(&str) -> Option<Value>) -> Value {
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        for (key, wanted) in &self.0 {
            let values = wanted.values();
            let one = json!({ "enum": values });
            let many = json!({ "type": "array", "contains": one });
            properties.insert(key.clone(), json!({ "anyOf": [one, many] }));
            let by_default = default(key).is_some_and(|value| {
                Condition(BTreeMap::from([(key.clone(), wanted.clone())]))
                    .holds(&Answers::from([(key.clone(), value)]))
            });
            if !by_default {
                required.push(key.clone());
            }
        }
        json!({ "properties": properties, "required": required })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_must_hold_and_each_by_one_of_its_values() {
        let condition: Condition =
            serde_yaml::from_str("{ tier: [gold, silver], alerts: true, teams: a }").unwrap();
        let answers = |tier: &str, alerts: bool, teams: &[&str]| {
            Answers::from([
                ("tier".to_owned(), json!(tier)),
                ("alerts".to_owned(), json!(alerts)),
                ("teams".to_owned(), json!(teams)),
            ])
        };
        assert!(condition.holds(&answers("gold", true, &["a", "b"])));
        assert!(!condition.holds(&answers("bronze", true, &["a"])));
        assert!(!condition.holds(&answers("gold", false, &["a"])));
        assert!(!condition.holds(&answers("gold", true, &["b"])));
        assert!(!condition.holds(&Answers::new()));
    }
}
