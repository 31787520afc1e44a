//! One YAML file on top of another: how a pack adds to a `module.yaml` without copying it.

use serde_yaml::{Mapping, Value};

/// Puts `upper` on `lower`: mappings key by key, lists one after the other without repetition, anything
/// else in place of what was there. An item of a list that is a mapping with a `name` replaces the item of
/// that name.
pub fn merge(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Mapping(lower), Value::Mapping(upper)) => merge_mappings(lower, upper),
        (Value::Sequence(lower), Value::Sequence(upper)) => {
            for item in upper {
                let known = lower
                    .iter_mut()
                    .find(|known| **known == item || same_name(known, &item));
                match known {
                    Some(known) => *known = item,
                    None => lower.push(item),
                }
            }
        }
        (lower, upper) => *lower = upper,
    }
}

fn merge_mappings(lower: &mut Mapping, upper: Mapping) {
    for (key, value) in upper {
        match lower.get_mut(&key) {
            Some(known) => merge(known, value),
            None => {
                lower.insert(key, value);
            }
        }
    }
}

fn same_name(left: &Value, right: &Value) -> bool {
    match (left.get("name"), right.get("name")) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_names_replace_and_texts_are_overwritten() {
        let yaml = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
        let mut lower = yaml(
            "label: Port\nnpm: { dependencies: [a, b] }\nenv:\n  - { name: X, default: '1' }\n  - { name: Y }\n",
        );
        let upper = yaml(
            "label: Ours\nnpm: { dependencies: [b, c] }\nenv:\n  - { name: X, default: '2' }\nmemory: 1G\n",
        );
        merge(&mut lower, upper);
        let expected = yaml(
            "label: Ours\nnpm: { dependencies: [a, b, c] }\nenv:\n  - { name: X, default: '2' }\n  - { name: Y }\nmemory: 1G\n",
        );
        assert_eq!(lower, expected);
    }
}
