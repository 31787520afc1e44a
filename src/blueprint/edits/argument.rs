//! A value that an argument gives: `hybridge set PATH VALUE`.

use std::ops::Range;

use serde_json::Value;

use crate::blueprint::schema::schema;
use crate::catalogue::Catalogue;
use crate::document::edit::Editor;
use crate::document::layout::{Part, Style, layout};
use crate::error::flag::NoValue;

/// What is said of the value in the document that is parsed.
const KEY: &str = "value";

/// The value for a path of a blueprint: the argument literally where nothing but a string can stand, otherwise what
/// it says as YAML.
///
/// # Errors
/// [`NoValue`] for an argument of which YAML would store nothing, or less than was said.
pub fn value(path: &str, argument: &str, catalogue: &Catalogue) -> Result<Value, NoValue> {
    match is_string(&schema(catalogue), path) {
        true => Ok(argument.into()),
        false => yaml(argument),
    }
}

fn yaml(argument: &str) -> Result<Value, NoValue> {
    let text = format!("{KEY}: {argument}");
    let document = layout(&text).ok_or(NoValue::NotYaml)?;
    let [entry] = document.entries() else {
        return Err(NoValue::NotYaml);
    };
    let mut words = Vec::new();
    check(&entry.value, &mut words)?;
    let is_word = |at: usize| words.iter().any(|word| word.contains(&at));
    let mut hashes = text.match_indices('#');
    if hashes.any(|(at, _)| !is_word(at)) {
        return Err(NoValue::Comment);
    }
    if entry.value.style == Style::Empty {
        return Err(NoValue::Empty);
    }
    let read = Editor::new(&text).map_err(|_| NoValue::NotYaml)?;
    read.value().get(KEY).cloned().ok_or(NoValue::NotYaml)
}

/// Refuses what would be stored as something else; `words` are where keys and scalars stand.
fn check(part: &Part, words: &mut Vec<Range<usize>>) -> Result<(), NoValue> {
    if part.is_decorated || part.style == Style::Alias {
        return Err(NoValue::Decorated);
    }
    match &part.style {
        Style::Block => return Err(NoValue::Block),
        Style::Sequence { items, .. } => {
            for item in items {
                check(item, words)?;
            }
        }
        Style::Mapping { entries, .. } => {
            for entry in entries {
                words.push(entry.key_range.clone());
                check(&entry.value, words)?;
            }
        }
        _ => words.push(part.range.clone()),
    }
    Ok(())
}

/// Whether a schema lets nothing but a string stand at a path.
fn is_string(schema: &Value, path: &str) -> bool {
    let mut found = notations(schema, schema);
    for step in path.split('.') {
        let below = found.iter().filter_map(|it| below(it, step));
        found = below.flat_map(|it| notations(schema, it)).collect();
    }
    let mut types = found.iter().filter_map(|it| it.get("type")).peekable();
    types.peek().is_some() && types.all(|it| it == "string")
}

/// A schema and those that it may choose instead.
fn notations<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let referred = schema.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|it| root.pointer(it.trim_start_matches('#')));
    let chosen = ["then", "else"].into_iter().filter_map(|it| schema.get(it));
    let others = referred.into_iter().chain(chosen);
    let mut found = vec![schema];
    found.extend(others.flat_map(|it| notations(root, it)));
    found
}

/// What a schema says of an entry of a mapping, or of each item of a list.
fn below<'s>(schema: &'s Value, step: &str) -> Option<&'s Value> {
    let properties = schema.get("properties").and_then(|it| it.get(step));
    properties
        .or_else(|| schema.get("additionalProperties"))
        .or_else(|| schema.get("items"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_taken_literally() {
        let catalogue = Catalogue::built_in().unwrap();
        for path in [
            "description",
            "services.books.description",
            "links.books.via",
        ] {
            for text in [
                "Fixes #1 quickly",
                "a\n# b",
                "",
                "|",
                "!!str x",
                "&a b",
                "a: b",
                "null",
            ] {
                assert_eq!(value(path, text, catalogue), Ok(text.into()), "{path}");
            }
        }
    }

    #[test]
    fn of_any_other_nothing_is_lost() {
        let catalogue = Catalogue::built_in().unwrap();
        for (text, why) in [
            ("[sse] # soon", NoValue::Comment),
            ("# soon", NoValue::Comment),
            ("[sse,\n  # soon\n  websocket]", NoValue::Comment),
            ("", NoValue::Empty),
            (" ", NoValue::Empty),
            ("!!seq [sse]", NoValue::Decorated),
            ("[&a sse]", NoValue::Decorated),
            ("[*a]", NoValue::NotYaml),
            ("|", NoValue::Block),
            ("a: b", NoValue::NotYaml),
            ("[sse", NoValue::NotYaml),
            ("1\nother: 2", NoValue::NotYaml),
        ] {
            let read = value("services.edge.realtime", text, catalogue);
            assert_eq!(read, Err(why), "{text}");
        }
        let read = value("services.edge.realtime", "['a # b', c#d]", catalogue);
        assert_eq!(read, Ok(serde_json::json!(["a # b", "c#d"])));
    }
}
