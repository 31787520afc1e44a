//! JSON as prettier prints it, so that its check and Biome's are clean on what is generated.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::contract::mapping::number_text;

/// The line width that generated projects set for prettier and Biome.
const WIDTH: usize = 100;

/// `value` as prettier's JSON printer lays it out at a width of 100 columns.
///
/// `indent` is the column (a multiple of 2) of the line on which the value stands, `lead` what stands
/// before the value on that line beside the indentation. No newline at the end.
pub fn pretty(value: &Value, indent: usize, lead: usize) -> String {
    let mut out = String::new();
    print(value, Objects::Broken, indent, indent + lead, 0, &mut out);
    out
}

/// As [`pretty`], with each object on one line that fits there: prettier keeps both ways.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    print(value, Objects::OnOneLine, 0, 0, 0, &mut out);
    out
}

/// How objects stand that would fit on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Objects {
    Broken,
    OnOneLine,
}

/// `column` is where the value begins, `trail` how many characters must follow it on its last line.
fn print(
    value: &Value,
    objects: Objects,
    indent: usize,
    column: usize,
    trail: usize,
    out: &mut String,
) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            if let Some(line) = flat(value, objects)
                && column + line.width() + trail <= WIDTH
            {
                out.push_str(&line);
                return;
            }
            out.push_str("{\n");
            let inner = indent + 2;
            let last = map.len() - 1;
            for (index, (key, value)) in map.iter().enumerate() {
                let key = scalar(&Value::String(key.clone()));
                pad(inner, out);
                out.push_str(&key);
                out.push_str(": ");
                let comma = usize::from(index != last);
                print(value, objects, inner, inner + key.width() + 2, comma, out);
                end_item(comma, out);
            }
            pad(indent, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            array(items, objects, indent, column, trail, out)
        }
        other => out.push_str(&scalar(other)),
    }
}

fn array(
    items: &[Value],
    objects: Objects,
    indent: usize,
    column: usize,
    trail: usize,
    out: &mut String,
) {
    if let Some(line) = flat_array(items, objects)
        && column + line.width() + trail <= WIDTH
    {
        out.push_str(&line);
        return;
    }
    out.push_str("[\n");
    let inner = indent + 2;
    if items.len() > 1 && items.iter().all(Value::is_number) {
        fill(items, inner, out);
    } else {
        let last = items.len() - 1;
        for (index, item) in items.iter().enumerate() {
            pad(inner, out);
            let comma = usize::from(index != last);
            print(item, objects, inner, inner, comma, out);
            end_item(comma, out);
        }
    }
    pad(indent, out);
    out.push(']');
}

/// Numbers run on, as many on a line as fit.
fn fill(numbers: &[Value], indent: usize, out: &mut String) {
    pad(indent, out);
    let mut column = indent;
    let last = numbers.len() - 1;
    for (index, number) in numbers.iter().enumerate() {
        let text = scalar(number);
        let comma = usize::from(index != last);
        if column > indent {
            if column + 1 + text.len() + comma > WIDTH {
                out.push('\n');
                pad(indent, out);
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(&text);
        if comma == 1 {
            out.push(',');
        }
        column += text.len() + comma;
    }
    out.push('\n');
}

fn end_item(comma: usize, out: &mut String) {
    out.push_str(if comma == 1 { ",\n" } else { "\n" });
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The value on one line, unless something in it must break.
fn flat(value: &Value, objects: Objects) -> Option<String> {
    match value {
        Value::Object(map) if !map.is_empty() => {
            if objects == Objects::Broken {
                return None;
            }
            let members: Option<Vec<String>> = map
                .iter()
                .map(|(key, value)| {
                    let key = scalar(&Value::String(key.clone()));
                    Some(format!("{key}: {}", flat(value, objects)?))
                })
                .collect();
            Some(format!("{{ {} }}", members?.join(", ")))
        }
        Value::Array(items) if !items.is_empty() => flat_array(items, objects),
        other => Some(scalar(other)),
    }
}

fn flat_array(items: &[Value], objects: Objects) -> Option<String> {
    let nested = |item: &Value| match item {
        Value::Array(inner) => inner.len() > 1,
        Value::Object(inner) => inner.len() > 1,
        _ => false,
    };
    let same_kind = items.iter().all(Value::is_array) || items.iter().all(Value::is_object);
    if items.len() > 1 && same_kind && items.iter().all(nested) {
        return None;
    }
    let parts: Option<Vec<String>> = items.iter().map(|item| flat(item, objects)).collect();
    Some(format!("[{}]", parts?.join(", ")))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_arrays_stand_on_one_line_and_objects_never_do() {
        let text = pretty(
            &json!({"a": ["x", "y"], "b": {}, "c": [], "d": {"e": 1}}),
            0,
            0,
        );
        assert_eq!(
            text,
            "{\n  \"a\": [\"x\", \"y\"],\n  \"b\": {},\n  \"c\": [],\n  \"d\": {\n    \"e\": 1\n  }\n}"
        );
    }

    #[test]
    fn objects_that_fit_stand_on_one_line_where_that_is_wanted() {
        let long = "x".repeat(WIDTH);
        let text = compact(&json!({
            "a": {"b": {"c": [1, 2]}},
            "d": [{"e": 1, "f": 2}, {"e": 3, "f": 4}],
            "g": {"h": long},
        }));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  \"a\": { \"b\": { \"c\": [1, 2] } },");
        assert_eq!(lines[2], "  \"d\": [");
        assert_eq!(lines[3], "    { \"e\": 1, \"f\": 2 },");
        assert_eq!(lines[6], "  \"g\": {");
    }

    #[test]
    fn numbers_fill_lines_up_to_the_width() {
        let text = pretty(&json!({ "n": vec![1234; 40] }), 0, 0);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  \"n\": [");
        assert!(lines[2].starts_with("    1234, 1234,"));
        assert_eq!(lines[2].len(), 4 + 16 * 6 - 1);
    }

    #[test]
    fn arrays_of_several_objects_break() {
        let text = pretty(&json!([{"a": 1, "b": 2}, {"a": 3, "b": 4}]), 0, 0);
        assert!(text.starts_with("[\n  {\n    \"a\": 1,\n"));
    }

    #[test]
    fn an_array_at_the_edge_counts_its_comma() {
        let fits = "x".repeat(WIDTH - 2 - 5 - 4 - 1);
        let text = pretty(&json!({"a": [fits.clone()], "b": 1}), 0, 0);
        assert_eq!(text.lines().nth(1).unwrap().len(), WIDTH);
        let text = pretty(&json!({"a": [format!("{fits}x")], "b": 1}), 0, 0);
        assert_eq!(text.lines().nth(1).unwrap(), "  \"a\": [");
    }
}
