//! Where what is wrong with an edited document stands in the file that the person has.

use std::collections::BTreeMap;

use similar::{DiffOp, TextDiff};

use crate::document::finding::{BlueprintErrors, Place};

/// Findings of the text `after` an edit, at the lines of the text `before` it. What stands on a line that the edit
/// wrote is in no file: its place is the argument that asked for it.
pub fn of_file(
    errors: BlueprintErrors,
    before: &str,
    after: &str,
    argument: &'static str,
) -> BlueprintErrors {
    let lines = kept_lines(before, after);
    let findings = errors.findings.into_iter().map(|mut finding| {
        if let Place::Text { line, column } = finding.place {
            finding.place = match lines.get(&line) {
                Some(line) => Place::Text {
                    line: *line,
                    column,
                },
                None => Place::Flag(argument),
            };
        }
        finding
    });
    BlueprintErrors {
        findings: findings.collect(),
        ..errors
    }
}

/// The lines that an edit left, counted from 1: in the new text, and in the old one.
fn kept_lines(before: &str, after: &str) -> BTreeMap<usize, usize> {
    let diff = TextDiff::from_lines(before, after);
    let kept = diff.ops().iter().filter_map(|op| match op {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => Some((0..*len).map(move |at| (new_index + at + 1, old_index + at + 1))),
        _ => None,
    });
    kept.flatten().collect()
}
