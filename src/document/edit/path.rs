//! From the root to a value: in what a text says, and in the text.

use serde_json::Value;

use super::super::layout::Part;
use super::Refused;

/// A step from a collection to one of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A value of the text, and what it stands behind.
pub(super) struct Found<'p> {
    pub(super) part: &'p Part,
    /// The byte behind its colon or dash.
    pub(super) behind: Option<usize>,
    /// Where its key begins, below which a block may be indented.
    pub(super) key: Option<usize>,
    pub(super) is_in_flow: bool,
}

pub(super) fn find<'p>(root: &'p Part, path: &[Step]) -> Result<Found<'p>, Refused> {
    let mut found = Found {
        part: root,
        behind: None,
        key: None,
        is_in_flow: false,
    };
    for step in path {
        let is_in_flow = found.is_in_flow || found.part.is_flow();
        found = match step {
            Step::Key(key) => {
                let entries = found.part.entries();
                let entry = entries.iter().find(|entry| entry.key == *key);
                let entry = entry.ok_or(Refused::NoSuchPlace)?;
                Found {
                    part: &entry.value,
                    behind: Some(entry.after_colon),
                    key: Some(entry.key_range.start),
                    is_in_flow,
                }
            }
            Step::Index(index) => {
                let item = found.part.items().get(*index);
                let item = item.ok_or(Refused::NoSuchPlace)?;
                Found {
                    part: item,
                    behind: Some(item.range.start),
                    key: None,
                    is_in_flow,
                }
            }
        };
    }
    Ok(found)
}

pub(super) fn at_mut<'v>(value: &'v mut Value, path: &[Step]) -> Result<&'v mut Value, Refused> {
    let found = path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.as_object_mut()?.get_mut(key),
        Step::Index(index) => value.as_array_mut()?.get_mut(*index),
    });
    found.ok_or(Refused::NoSuchPlace)
}
