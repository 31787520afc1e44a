//! What flags say, written into a document that a person wrote: comments, order and style stay.

use serde_json::Value;

use super::expand::expand;
use super::options::Options;
use super::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::edit::{Editor, Refused, Step, value};
use crate::document::finding::Findings;
use crate::document::source::Source;

/// The text of the document with what the flags say. `None` where it is written in a way that cannot be edited
/// (anchors that would have to be taken apart), or where an edit would not say the same.
pub fn with_flags(document: &Document, flags: &Overrides, catalogue: &Catalogue) -> Option<String> {
    // Defaults that neither the document nor a flag names stay unwritten.
    let without = expanded(document, &Overrides::default(), catalogue)?;
    let with = expanded(document, flags, catalogue)?;
    let mut editor = Editor::new(&document.source.text).ok()?;
    follow(&mut editor, &mut Vec::new(), &without, &with).ok()?;
    let text = editor.text().to_owned();
    let edited = Document::parse(Source {
        name: document.source.name.clone(),
        text: text.clone(),
    });
    let reread = super::compose(Some(&edited.ok()?), &Overrides::default(), catalogue).ok()?;
    let wanted = super::compose(Some(document), flags, catalogue).ok()?;
    (reread == wanted).then_some(text)
}

/// What a document says with the services and links that follow from flags and defaults.
pub fn expanded(document: &Document, flags: &Overrides, catalogue: &Catalogue) -> Option<Value> {
    let mut root = document.root.clone();
    let mut findings = Findings::default();
    expand(&mut root, flags, Options::new(catalogue), &mut findings);
    value(&root)
}

/// Edits what differs between two values at a path, where the text says the first one or leaves it to a default.
pub fn follow(
    editor: &mut Editor,
    path: &mut Vec<Step>,
    before: &Value,
    after: &Value,
) -> Result<(), Refused> {
    if before == after {
        return Ok(());
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for key in before.keys().filter(|key| !after.contains_key(*key)) {
                path.push(Step::Key(key.clone()));
                if editor.get(path).is_some() {
                    editor.remove(path)?;
                }
                path.pop();
            }
            let mut position = 0;
            for (key, new) in after {
                path.push(Step::Key(key.clone()));
                let is_written = editor.get(path).is_some();
                match (is_written, before.get(key)) {
                    (true, Some(old)) => follow(editor, path, old, new)?,
                    (true, None) => editor.set(path, new)?,
                    (false, Some(old)) if old == new => {}
                    (false, _) => {
                        let above = &path[..path.len() - 1];
                        editor.insert(above, position, key, new)?;
                    }
                }
                position += usize::from(editor.get(path).is_some());
                path.pop();
            }
            Ok(())
        }
        (Value::Array(before), Value::Array(after)) if before.len() <= after.len() => {
            for (index, (old, new)) in before.iter().zip(after).enumerate() {
                path.push(Step::Index(index));
                follow(editor, path, old, new)?;
                path.pop();
            }
            for new in &after[before.len()..] {
                editor.push(path, new)?;
            }
            Ok(())
        }
        (Value::Array(before), Value::Array(after)) => {
            let dropped = (0..before.len()).rev();
            let kept: Vec<&Value> = before.iter().filter(|item| after.contains(item)).collect();
            if !kept.iter().copied().eq(after) {
                return editor.set(path, &Value::Array(after.clone()));
            }
            for index in dropped.filter(|index| !after.contains(&before[*index])) {
                path.push(Step::Index(index));
                editor.remove(path)?;
                path.pop();
            }
            Ok(())
        }
        _ => editor.set(path, after),
    }
}
