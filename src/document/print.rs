//! Values as YAML that prettier leaves as it is.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// Columns that prettier fills before it breaks a list or a mapping.
const WIDTH: usize = 80;

/// One entry of a mapping, `depth` levels in: on one line where it fits, in block style otherwise.
pub fn entry(depth: usize, key: &str, value: &Value) -> String {
    let head = format!("{}{}:", "  ".repeat(depth), yaml_scalar(key));
    match inline(value, WIDTH.saturating_sub(head.width() + 1)) {
        Some(text) => format!("{head} {text}\n"),
        None => format!("{head}\n{}", block(depth + 1, value)),
    }
}

/// Single values, and lists of them that are short enough.
fn inline(value: &Value, room: usize) -> Option<String> {
    let text = flow(value);
    match value {
        Value::Array(_) | Value::Object(_) => {
            (text.width() <= room && !holds_mapping(value)).then_some(text)
        }
        _ => Some(text),
    }
}

pub fn holds_mapping(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_mapping),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

/// A list or a mapping in block style, `depth` levels in.
pub fn block(depth: usize, value: &Value) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| entry(depth, key, value))
            .collect(),
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| self::item(depth, item)).collect()
        }
        one_line => format!("{}{}\n", "  ".repeat(depth), flow(one_line)),
    }
}

/// One item of a list: on one line where it fits.
pub fn item(depth: usize, value: &Value) -> String {
    let indentation = "  ".repeat(depth);
    let text = flow(value);
    let is_single = !matches!(value, Value::Array(_) | Value::Object(_));
    if is_single || indentation.width() + 2 + text.width() <= WIDTH {
        return format!("{indentation}- {text}\n");
    }
    let lines = block(depth + 1, value);
    format!("{indentation}- {}", &lines[indentation.len() + 2..])
}

/// A value on one line.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_scalar(text),
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(flow).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", yaml_scalar(key), flow(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text as a YAML scalar that no reader, of YAML 1.1 or 1.2, takes for anything but this text, quoted as
/// prettier would quote it.
pub fn yaml_scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let needs_escape = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    if !text.contains(needs_escape) {
        return match text.contains('"') {
            true => format!("'{}'", text.replace('\'', "''")),
            false => format!("\"{text}\""),
        };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Words that some reader takes for a boolean or for nothing (YAML 1.1, "bool" and "null").
const RESERVED: [&str; 10] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
];

fn is_plain(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let inside = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '-' | '.' | '/' | '|' | '?' | '(' | ')' | '\''
            )
    };
    first
        && text.chars().all(inside)
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_the_width_is_broken_into_blocks() {
        let long = "x".repeat(70);
        let value = json!({
            "short": [1, [2.5, "three"]],
            "long": [long, []],
            "links": [{ "from": "a", "to": "b" }, { "from": long, "to": "b" }],
            "none": {},
            (long.clone()): ["y".repeat(10)],
            ("z".repeat(80)): [],
        });
        assert_eq!(
            entry(1, "key", &value),
            format!(
                "  key:
    short: [1, [2.5, three]]
    long:
      - {long}
      - []
    links:
      - {{ from: a, to: b }}
      - from: {long}
        to: b
    none: {{}}
    {long}:
      - yyyyyyyyyy
    {}:
      []
",
                "z".repeat(80)
            )
        );
    }

    #[test]
    fn scalars_are_quoted_where_a_reader_could_misread_them() {
        for (text, written) in [
            ("plain", "plain"),
            ("a - b", "a - b"),
            ("no", "\"no\""),
            ("On", "\"On\""),
            ("1e3", "\"1e3\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a # b", "\"a # b\""),
            ("it's", "it's"),
            ("say \"hi\"", "'say \"hi\"'"),
            ("it's \"hi\"", "'it''s \"hi\"'"),
            ("a\nb", "\"a\\nb\""),
            ("[int]?", "\"[int]?\""),
            ("a | b", "a | b"),
            ("${x} {{y}}", "\"${x} {{y}}\""),
        ] {
            assert_eq!(yaml_scalar(text), written);
        }
    }
}
