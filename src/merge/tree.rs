//! JSON and YAML: what changed from base to new is done to the person's text.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entries::merge_items;
use super::requirement;
use crate::document::edit::{Editor, Step};

/// The merged text, and the paths at which both sides changed a value to something else, where yours stays. `None`
/// where a text is not one that can be edited.
pub fn merge_yaml(base: &str, yours: &str, new: &str) -> Option<(String, Vec<String>)> {
    let (base, new) = (Editor::new(base).ok()?, Editor::new(new).ok()?);
    Some(merge(&base, Editor::new(yours).ok()?, &new))
}

/// As [`merge_yaml`].
pub fn merge_json(base: &str, yours: &str, new: &str) -> Option<(String, Vec<String>)> {
    let (base, new) = (Editor::json(base).ok()?, Editor::json(new).ok()?);
    Some(merge(&base, Editor::json(yours).ok()?, &new))
}

pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

/// Of one or of several documents.
pub fn is_yaml(text: &str) -> bool {
    serde_yaml::Deserializer::from_str(text)
        .all(|document| serde_yaml::Value::deserialize(document).is_ok())
}

fn merge(base: &Editor, yours: Editor, new: &Editor) -> (String, Vec<String>) {
    let mut merging = Merging {
        editor: yours,
        conflicts: Vec::new(),
    };
    merging.follow(&mut Vec::new(), base.value(), new.value());
    (merging.editor.text().to_owned(), merging.conflicts)
}

/// The person's text while changes go into it.
struct Merging {
    editor: Editor,
    /// Paths, each with dots between its steps.
    conflicts: Vec<String>,
}

impl Merging {
    /// Does to the text what was done from `base` to `new` at a path, as far as nothing conflicts.
    fn follow(&mut self, path: &mut Vec<Step>, base: &Value, new: &Value) {
        if self.try_follow(path, base, new).is_none() {
            self.conflicts.push(dotted(path));
        }
    }

    /// `None`: the value at the path itself conflicts.
    fn try_follow(&mut self, path: &mut Vec<Step>, base: &Value, new: &Value) -> Option<()> {
        if base == new {
            return Some(());
        }
        let yours = self.editor.get(path)?.clone();
        if yours == *new {
            return Some(());
        }
        match (base, &yours, new) {
            (Value::Object(base), Value::Object(yours), Value::Object(new)) => {
                self.follow_entries(path, base, yours, new)
            }
            (Value::Array(old), Value::Array(theirs), Value::Array(items)) if theirs != old => {
                let is_single = |item: &Value| !item.is_object() && !item.is_array();
                let sides = [old, theirs, items];
                if !sides.iter().all(|side| side.iter().all(is_single)) {
                    return None;
                }
                let merged = merge_items(old, theirs, items);
                set_items(&mut self.editor, path, theirs, &merged)
            }
            (Value::Array(old), _, Value::Array(items)) if yours == *base => {
                set_items(&mut self.editor, path, old, items)
            }
            _ if yours == *base => self.editor.set(path, new).ok(),
            (Value::String(base), Value::String(yours), Value::String(new)) => {
                self.require(path, base, yours, new)
            }
            (Value::Null, Value::String(yours), Value::String(new)) => {
                self.require(path, new, yours, new)
            }
            _ => None,
        }
    }

    fn follow_entries(
        &mut self,
        path: &mut Vec<Step>,
        base: &Map<String, Value>,
        yours: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<()> {
        for (key, old) in base.iter().filter(|(key, _)| !new.contains_key(*key)) {
            // What a person changed stays.
            if yours.get(key) == Some(old) {
                path.push(Step::Key(key.clone()));
                let removed = self.editor.remove(path);
                path.pop();
                removed.ok()?;
            }
        }
        let mut position = 0;
        for (key, value) in new {
            let there = self.editor.get(path)?.as_object()?;
            let at = there.keys().position(|other| other == key);
            match (base.get(key), yours.get(key)) {
                // Deleted by the person.
                (Some(_), None) => continue,
                (None, None) => self.editor.insert(path, position, key, value).ok()?,
                (old, Some(_)) => {
                    let nothing = Value::Object(Map::new());
                    let old = match old {
                        Some(old) => old,
                        None if value.is_object() => &nothing,
                        None => &Value::Null,
                    };
                    path.push(Step::Key(key.clone()));
                    self.follow(path, old, value);
                    path.pop();
                }
            }
            position = at.unwrap_or(position) + 1;
        }
        Some(())
    }

    /// A version that something is required in.
    fn require(&mut self, path: &[Step], base: &str, yours: &str, new: &str) -> Option<()> {
        match requirement::decide(base, yours, new)? {
            stays if stays == yours => Some(()),
            raised => self.editor.set(path, &Value::from(raised)).ok(),
        }
    }
}

fn dotted(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    });
    match path.is_empty() {
        true => "all of it".into(),
        false => steps.collect::<Vec<_>>().join("."),
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
