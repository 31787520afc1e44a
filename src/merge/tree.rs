//! JSON and YAML: what changed from base to new is done to the person's text.

use serde_json::Value;

use super::entries::merge_items;
use super::requirement;
use crate::document::edit::{Editor, Step};

/// The merged text; `None` where both sides changed one value to something else, or the text cannot be edited.
pub fn merge_yaml(base: &str, yours: &str, new: &str) -> Option<String> {
    let (base, new) = (Editor::new(base).ok()?, Editor::new(new).ok()?);
    let mut editor = Editor::new(yours).ok()?;
    follow(&mut editor, &mut Vec::new(), base.value(), new.value())?;
    Some(editor.text().to_owned())
}

/// As [`merge_yaml`].
pub fn merge_json(base: &str, yours: &str, new: &str) -> Option<String> {
    let (base, new) = (Editor::json(base).ok()?, Editor::json(new).ok()?);
    let mut editor = Editor::json(yours).ok()?;
    follow(&mut editor, &mut Vec::new(), base.value(), new.value())?;
    Some(editor.text().to_owned())
}

/// Does to the text what was done from `base` to `new` at a path. `None`: it conflicts.
fn follow(editor: &mut Editor, path: &mut Vec<Step>, base: &Value, new: &Value) -> Option<()> {
    if base == new {
        return Some(());
    }
    let yours = editor.get(path)?.clone();
    if yours == *new {
        return Some(());
    }
    match (base, &yours, new) {
        (Value::Object(base), Value::Object(yours), Value::Object(new)) => {
            for (key, old) in base.iter().filter(|(key, _)| !new.contains_key(*key)) {
                // What a person changed stays.
                if yours.get(key) == Some(old) {
                    path.push(Step::Key(key.clone()));
                    editor.remove(path).ok()?;
                    path.pop();
                }
            }
            let mut position = 0;
            for (key, value) in new {
                let there = editor.get(path)?.as_object()?;
                let at = there.keys().position(|other| other == key);
                match (base.get(key), yours.get(key)) {
                    // Deleted by the person.
                    (Some(_), None) => continue,
                    (None, None) => editor.insert(path, position, key, value).ok()?,
                    (old, Some(_)) => {
                        let nothing = Value::Object(serde_json::Map::new());
                        let old = match old {
                            Some(old) => old,
                            None if value.is_object() => &nothing,
                            None => &Value::Null,
                        };
                        path.push(Step::Key(key.clone()));
                        follow(editor, path, old, value)?;
                        path.pop();
                    }
                }
                position = at.unwrap_or(position) + 1;
            }
            Some(())
        }
        (Value::Array(old), Value::Array(theirs), Value::Array(items)) if theirs != old => {
            let is_single = |item: &Value| !item.is_object() && !item.is_array();
            let sides = [old, theirs, items];
            if !sides.iter().all(|side| side.iter().all(is_single)) {
                return None;
            }
            let merged = merge_items(old, theirs, items);
            set_items(editor, path, theirs, &merged)
        }
        (Value::Array(old), _, Value::Array(items)) if yours == *base => {
            set_items(editor, path, old, items)
        }
        _ if yours == *base => editor.set(path, new).ok(),
        (Value::String(base), Value::String(yours), Value::String(new)) => {
            match requirement::decide(base, yours, new)? {
                stays if stays == yours => Some(()),
                raised => editor.set(path, &Value::from(raised)).ok(),
            }
        }
        (Value::Null, Value::String(yours), Value::String(new)) => {
            match requirement::decide(new, yours, new)? {
                stays if stays == yours => Some(()),
                raised => editor.set(path, &Value::from(raised)).ok(),
            }
        }
        _ => None,
    }
}

/// Makes of the items that are there those that shall be, one by one, so that comments between them stay.
fn set_items(
    editor: &mut Editor,
    path: &mut Vec<Step>,
    there: &[Value],
    items: &[Value],
) -> Option<()> {
    let kept: Vec<&Value> = there.iter().filter(|item| items.contains(item)).collect();
    let is_prefix = kept.iter().copied().eq(items.iter().take(kept.len()));
    if !is_prefix || items.is_empty() {
        return editor.set(path, &Value::Array(items.to_vec())).ok();
    }
    for index in (0..there.len())
        .rev()
        .filter(|at| !items.contains(&there[*at]))
    {
        path.push(Step::Index(index));
        editor.remove(path).ok()?;
        path.pop();
    }
    for item in &items[kept.len()..] {
        editor.push(path, item).ok()?;
    }
    Some(())
}
