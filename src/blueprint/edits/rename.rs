//! Another name for a service, wherever the document says it.

use serde_json::Value;

use super::NotEdited;
use super::value::{exists, missing};
use crate::blueprint::edit::follow;
use crate::blueprint::options::GATEWAY;
use crate::document::edit::{Editor, Step};
use crate::error::part::PartKind;

pub(super) fn rename_service(
    editor: &mut Editor,
    before: &Value,
    from: &str,
    to: &str,
) -> Result<(), NotEdited> {
    let services = before["services"].as_object().cloned().unwrap_or_default();
    let known: Vec<String> = services.keys().cloned().collect();
    if !services.contains_key(from) {
        return Err(missing(PartKind::Service, from, &known));
    }
    if services.contains_key(to) {
        return Err(exists(to));
    }
    let key = |key: &str| Step::Key(key.to_owned());
    let place = [key("services"), key(from)];
    // Of a service that does not say so, the name may say what kind it is.
    let kind = [key("services"), key(from), key("kind")];
    let is_told = editor.get(&place).is_some() && editor.get(&kind).is_none();
    if is_told && [from, to].contains(&GATEWAY) {
        return Err(NotEdited::Unsupported);
    }
    if editor.get(&place).is_none() {
        // Left to the defaults, which know no other name.
        let mut after = before.clone();
        let renamed = services
            .into_iter()
            .map(|(name, value)| match name == from {
                true => (to.to_owned(), value),
                false => (name, value),
            });
        after["services"] = Value::Object(renamed.collect());
        after["links"] = before["links"].clone();
        follow(editor, &mut Vec::new(), before, &after)?;
    } else {
        editor.rename(&place, to)?;
    }
    let count = editor.get(&[key("links")]).and_then(Value::as_array);
    for number in 0..count.map_or(0, Vec::len) {
        for end in ["from", "to"] {
            let place = [key("links"), Step::Index(number), key(end)];
            if editor.get(&place).is_some_and(|it| it == from) {
                editor.set(&place, &to.into())?;
            }
        }
    }
    Ok(())
}
