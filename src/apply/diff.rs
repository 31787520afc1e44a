//! A change set as a patch that `git apply` takes.

use similar::TextDiff;

use crate::changes::{Change, ChangeSet, Content};

/// Lines around each change.
const CONTEXT: usize = 3;

/// What is to be done to files of the project, without what hybridge keeps for itself.
pub fn patch(changes: &ChangeSet) -> String {
    let shown = changes
        .effects()
        .filter(|(path, _)| !path.starts_with(".hybridge/"));
    shown.map(|(path, change)| of_file(path, change)).collect()
}

fn of_file(path: &str, change: &Change) -> String {
    let mode = |content: &Content| match content.executable {
        true => "100755",
        false => "100644",
    };
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let quoted = |prefix: &str| quoted(&format!("{prefix}{path}"));
    let mut text = format!("diff --git {} {}\n", quoted("a/"), quoted("b/"));
    match (before, after) {
        (None, Some(after)) => text.push_str(&format!("new file mode {}\n", mode(after))),
        (Some(before), None) => text.push_str(&format!("deleted file mode {}\n", mode(before))),
        (Some(before), Some(after)) if before.executable != after.executable => {
            let modes = format!("old mode {}\nnew mode {}\n", mode(before), mode(after));
            text.push_str(&modes);
        }
        _ => {}
    }
    let side = |content: Option<&Content>| match content {
        Some(content) => String::from_utf8(content.bytes.clone()).ok(),
        None => Some(String::new()),
    };
    let (Some(old), Some(new)) = (side(before), side(after)) else {
        text.push_str("Binary files differ\n");
        return text;
    };
    let name = |content: Option<&Content>, prefix: &str| match content {
        Some(_) => quoted(prefix),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT);
    text + &unified
        .header(&name(before, "a/"), &name(after, "b/"))
        .to_string()
}

/// As git writes a name that has something else than letters in it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\');
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

/// What became of one text, without headers.
pub fn hunks(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT).to_string()
}
