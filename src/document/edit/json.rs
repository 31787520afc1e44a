//! JSON over several lines.

use serde_json::Value;

use super::WIDTH;

/// As prettier does: mappings on several lines, lists of single values on one where they fit.
pub(super) fn write_json(value: &Value, indent: &str, unit: &str, out: &mut String) {
    let deeper = format!("{indent}{unit}");
    let is_single = |item: &Value| !item.is_object() && !item.is_array();
    let line = value.to_string();
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (number, (key, value)) in map.iter().enumerate() {
                let before = if number == 0 { "{" } else { "," };
                out.push_str(&format!(
                    "{before}\n{deeper}{}: ",
                    Value::from(key.as_str())
                ));
                write_json(value, &deeper, unit, out);
            }
            out.push_str(&format!("\n{indent}}}"));
        }
        Value::Array(items) if line.len() >= WIDTH / 2 || !items.iter().all(is_single) => {
            for (number, item) in items.iter().enumerate() {
                let before = if number == 0 { "[" } else { "," };
                out.push_str(&format!("{before}\n{deeper}"));
                write_json(item, &deeper, unit, out);
            }
            out.push_str(&format!("\n{indent}]"));
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            out.push_str(&format!("[{}]", items.join(", ")));
        }
        other => out.push_str(&other.to_string()),
    }
}
