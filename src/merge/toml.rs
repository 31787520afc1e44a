//! TOML, by `toml_edit`, which keeps comments and layout.

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::requirement::{decide, split_python};

/// The merged text, and the paths at which both sides changed a value to something else, where yours stays. `None`
/// where a text is no TOML.
pub fn merge(base: &str, yours: &str, new: &str) -> Option<(String, Vec<String>)> {
    let base: DocumentMut = base.parse().ok()?;
    let new: DocumentMut = new.parse().ok()?;
    let mut yours: DocumentMut = yours.parse().ok()?;
    let mut conflicts = Vec::new();
    let (old, there) = (base.as_table(), yours.as_table_mut());
    follow_table("", old, there, new.as_table(), &mut conflicts);
    let text = yours.to_string();
    is_toml(&text).then_some((text, conflicts))
}

pub fn is_toml(text: &str) -> bool {
    text.parse::<DocumentMut>().is_ok()
}

/// `path` is that of the table, with a dot at its end.
fn follow_table(
    path: &str,
    base: &Table,
    yours: &mut Table,
    new: &Table,
    conflicts: &mut Vec<String>,
) {
    for (key, old) in base.iter().filter(|(key, _)| !new.contains_key(key)) {
        if yours.get(key).is_some_and(|there| is_same(there, old)) {
            yours.remove(key);
        }
    }
    for (key, item) in new {
        match (base.get(key), yours.get_mut(key)) {
            (Some(_), None) => {}
            (None, None) => {
                yours.insert(key, item.clone());
            }
            (old, Some(there)) => {
                let path = format!("{path}{key}");
                if follow(&path, old, there, item, conflicts).is_none() {
                    conflicts.push(path);
                }
            }
        }
    }
}

/// `None`: the item itself conflicts.
fn follow(
    path: &str,
    base: Option<&Item>,
    yours: &mut Item,
    new: &Item,
    conflicts: &mut Vec<String>,
) -> Option<()> {
    if base.is_some_and(|base| is_same(base, new)) || is_same(yours, new) {
        return Some(());
    }
    if let (Some(there), Some(table)) = (yours.as_table_mut(), new.as_table()) {
        let nothing = Table::new();
        let old = base.and_then(Item::as_table).unwrap_or(&nothing);
        follow_table(&format!("{path}."), old, there, table, conflicts);
        return Some(());
    }
    if let (Some(there), Some(items)) = (yours.as_array_mut(), new.as_array()) {
        let nothing = Array::new();
        return follow_array(
            base.and_then(Item::as_array).unwrap_or(&nothing),
            there,
            items,
        );
    }
    let base = base?;
    if is_same(base, yours) {
        // The comment behind it stays.
        let decor = yours.as_value().map(|value| value.decor().clone());
        *yours = new.clone();
        if let (Some(decor), Some(value)) = (decor, yours.as_value_mut()) {
            *value.decor_mut() = decor;
        }
        return Some(());
    }
    let (old, there, item) = (base.as_str()?, yours.as_str()?, new.as_str()?);
    if decide(old, there, item)? == item {
        *yours = new.clone();
    }
    Some(())
}

/// What an item is about: of a requirement its name, of anything else all of it.
fn key(value: &Value) -> String {
    let text = value.as_str();
    let name = text
        .and_then(split_python)
        .map(|(name, _)| name.to_lowercase());
    name.unwrap_or_else(|| without_layout(value))
}

fn follow_array(base: &Array, yours: &mut Array, new: &Array) -> Option<()> {
    let find = |array: &Array, wanted: &str| array.iter().find(|it| key(it) == wanted).cloned();
    for old in base {
        let name = key(old);
        let at = yours.iter().position(|it| key(it) == name);
        if let Some(at) = at
            && find(new, &name).is_none()
            && yours
                .get(at)
                .is_some_and(|there| without_layout(there) == without_layout(old))
        {
            remove(yours, at);
        }
    }
    for (number, item) in new.iter().enumerate() {
        let name = key(item);
        let at = yours.iter().position(|it| key(it) == name);
        match (find(base, &name), at) {
            (Some(_), None) => {}
            (None, None) => {
                let before: Vec<String> = new.iter().take(number).map(key).collect();
                let behind = before
                    .iter()
                    .rev()
                    .find_map(|name| yours.iter().position(|it| key(it) == *name));
                let place = behind.map_or(if number == 0 { 0 } else { yours.len() }, |at| at + 1);
                insert(yours, place, item);
            }
            (old, Some(at)) => {
                let there = yours.get(at)?.clone();
                let is_edited = old
                    .as_ref()
                    .is_none_or(|old| without_layout(old) != without_layout(&there));
                let is_new = old
                    .as_ref()
                    .is_none_or(|old| without_layout(old) != without_layout(item));
                if !is_new || without_layout(&there) == without_layout(item) {
                    continue;
                }
                if is_edited {
                    let rest = |value: &Value| Some(split_python(value.as_str()?)?.1.to_owned());
                    let (yours, new) = (rest(&there)?, rest(item)?);
                    let old = old.as_ref().and_then(rest).unwrap_or_else(|| new.clone());
                    if decide(&old, &yours, &new)? != new {
                        continue;
                    }
                }
                let mut item = item.clone();
                *item.decor_mut() = there.decor().clone();
                yours.replace_formatted(at, item);
            }
        }
    }
    Some(())
}

/// In the layout of the items that are there. The comment behind an item stands before the next one for the
/// parser; it stays with the item that it is behind.
fn insert(array: &mut Array, place: usize, item: &Value) {
    let (comment, rest) = take_comment(array, place);
    let sample = array.get(place.min(array.len().saturating_sub(1)));
    let prefix = sample.map(|it| prefix_of(it.decor()));
    let indent = prefix.and_then(|prefix| prefix.rsplit_once('\n').map(|(_, it)| it.to_owned()));
    let mut item = item.clone();
    item.decor_mut().clear();
    match indent {
        Some(indent) => item.decor_mut().set_prefix(format!("{comment}\n{indent}")),
        None if place > 0 => item.decor_mut().set_prefix(" "),
        None => {}
    }
    put_back(array, place, "", &rest);
    array.insert_formatted(place, item);
}

/// Takes an item away; the comment behind the one before it stays.
fn remove(array: &mut Array, at: usize) {
    let (comment, _) = take_comment(array, at);
    array.remove(at);
    let (_, rest) = take_comment(array, at);
    put_back(array, at, &comment, &rest);
}

/// The comment behind the item before `at`, and what follows it up to the item at `at`, or the bracket.
fn take_comment(array: &Array, at: usize) -> (String, String) {
    let between = match array.get(at) {
        Some(item) => prefix_of(item.decor()),
        None => array.trailing().as_str().unwrap_or_default().to_owned(),
    };
    match between.split_once('\n') {
        Some((comment, rest)) => (comment.to_owned(), format!("\n{rest}")),
        None => (String::new(), between),
    }
}

fn put_back(array: &mut Array, at: usize, comment: &str, rest: &str) {
    let between = format!("{comment}{rest}");
    match array.get_mut(at) {
        Some(item) => item.decor_mut().set_prefix(between),
        None => array.set_trailing(between),
    }
}

fn prefix_of(decor: &toml_edit::Decor) -> String {
    let prefix = decor.prefix().and_then(|it| it.as_str());
    prefix.unwrap_or_default().to_owned()
}

fn is_same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Table(one), Item::Table(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, item)| other.get(key).is_some_and(|it| is_same(item, it)))
        }
        (Item::ArrayOfTables(one), Item::ArrayOfTables(other)) => {
            one.len() == other.len()
                && one.iter().zip(other.iter()).all(|(one, other)| {
                    is_same(&Item::Table(one.clone()), &Item::Table(other.clone()))
                })
        }
        (Item::Value(one), Item::Value(other)) => without_layout(one) == without_layout(other),
        _ => one.is_none() && other.is_none(),
    }
}

/// A value without its layout.
fn without_layout(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(without_layout).collect();
            format!("[{}]", items.join(","))
        }
        Value::InlineTable(table) => {
            let mut entries: Vec<String> = table
                .iter()
                .map(|(key, it)| format!("{key}={}", without_layout(it)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::String(text) => format!("{:?}", text.value()),
        other => {
            let mut other = other.clone();
            other.decor_mut().clear();
            other.to_string()
        }
    }
}
