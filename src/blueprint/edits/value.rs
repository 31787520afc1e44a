//! Sections and entries of a document, and what is said of those that are not there.

use serde_json::{Map, Value, json};

use super::NotEdited;
use crate::suggest::nearest;

pub(super) fn ambiguous(to: &str, gateways: &[String]) -> NotEdited {
    NotEdited::Ambiguous {
        to: to.to_owned(),
        gateways: gateways.to_vec(),
    }
}

/// The mapping at a key, which is made where it is missing.
pub(super) fn section_mut<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    let section = &mut value[key];
    if !section.is_object() {
        *section = json!({});
    }
    section
}

pub(super) fn list_mut<'v>(value: &'v mut Value, key: &str) -> &'v mut Vec<Value> {
    if !value[key].is_array() {
        value[key] = json!([]);
    }
    value[key].as_array_mut().expect("made above")
}

pub(super) fn entry<'v>(
    section: &'v mut Value,
    name: &str,
    what: &str,
) -> Result<&'v mut Value, NotEdited> {
    let known: Vec<String> = section
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .cloned()
        .collect();
    section
        .get_mut(name)
        .ok_or_else(|| missing(what, name, &known))
}

pub(super) fn add(section: &mut Value, name: &str, value: Value) -> Result<(), NotEdited> {
    if section.get(name).is_some() {
        return Err(exists(name));
    }
    section[name] = value;
    Ok(())
}

pub(super) fn remove(section: &mut Value, name: &str) -> Result<(), NotEdited> {
    let known: Vec<String> = section
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .cloned()
        .collect();
    let map = section.as_object_mut().ok_or(NotEdited::Unsupported)?;
    match map.shift_remove(name) {
        Some(_) => Ok(()),
        None => Err(missing("entry", name, &known)),
    }
}

pub(super) fn texts(values: &[Value]) -> Vec<String> {
    let texts = values.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

pub(super) fn exists(name: &str) -> NotEdited {
    NotEdited::Exists {
        what: format!("`{name}`"),
    }
}

pub(super) fn missing(what: &str, name: &str, known: &[String]) -> NotEdited {
    NotEdited::Missing {
        what: format!("{what} `{name}`"),
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    }
}
