//! Sections and entries of a document, and what is said of those that are not there.

use serde_json::{Map, Value, json};

use super::NotEdited;
use crate::error::part::{Lacking, PartKind, Present};
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

pub(super) fn service_mut<'v>(
    services: &'v mut Value,
    name: &str,
) -> Result<&'v mut Value, NotEdited> {
    let known = names(services);
    services
        .get_mut(name)
        .ok_or_else(|| missing(PartKind::Service, name, &known))
}

fn names(section: &Value) -> Vec<String> {
    let entries = section.as_object().into_iter();
    entries.flat_map(Map::keys).cloned().collect()
}

pub(super) fn add(section: &mut Value, name: &str, value: Value) -> Result<(), NotEdited> {
    if section.get(name).is_some() {
        return Err(exists(name));
    }
    section[name] = value;
    Ok(())
}

pub(super) fn remove(section: &mut Value, name: &str) -> Result<(), NotEdited> {
    let known = names(section);
    let map = section.as_object_mut().ok_or(NotEdited::Unsupported)?;
    match map.shift_remove(name) {
        Some(_) => Ok(()),
        None => Err(missing(PartKind::Entry, name, &known)),
    }
}

pub(super) fn texts(values: &[Value]) -> Vec<String> {
    let texts = values.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

pub(super) fn exists(name: &str) -> NotEdited {
    NotEdited::Exists {
        what: Present::Named { name: name.into() },
    }
}

pub(super) fn missing(kind: PartKind, name: &str, known: &[String]) -> NotEdited {
    NotEdited::Missing {
        what: Lacking::Named {
            kind,
            name: name.into(),
        },
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    }
}
