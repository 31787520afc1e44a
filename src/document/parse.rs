//! YAML text to a [`Node`] tree, through saphyr's events, within fixed bounds.
//!
//! What YAML allows and a blueprint does not need is refused by name: several documents, tags,
//! merge keys, keys that are not words. Anchors work, but may not blow the document up.

use saphyr_parser::{Marker, Parser, ScanError};

use super::builder::{Stop, TreeBuilder, too_deep};
use super::finding::{BlueprintErrors, Findings, Place};
use super::mistake::YamlMistake;
use super::node::Node;
use super::source::{MAX_BYTES, Source};

/// Parses one document. An empty text is an empty mapping.
///
/// What is wrong but leaves a tree to look at (a duplicate key, a tag) goes into `findings`.
///
/// # Errors
/// All findings so far, when the text is no YAML or beyond a bound, so that there is no tree.
pub fn parse(source: &Source, findings: &mut Findings) -> Result<Node, BlueprintErrors> {
    match read_text(&source.text, findings) {
        Ok(node) => Ok(node),
        Err(stop) => {
            findings.push(stop.place, stop.mistake);
            let errors = std::mem::take(findings).into_result(source);
            Err(errors.expect_err("a finding was just added"))
        }
    }
}

fn read_text(text: &str, findings: &mut Findings) -> Result<Node, Stop> {
    if text.len() > MAX_BYTES {
        let limit = MAX_BYTES;
        return Err(Stop::new(Place::START, YamlMistake::TooLarge { limit }));
    }
    // Editors do not count the byte order mark as a column.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_unprintable(text)?;
    let mut tree = TreeBuilder::new(findings);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax_error(text, &error))?;
        tree.take(event, place(&span.start))?;
    }
    let root = tree.finish();
    refuse_tab(text, root.place)?;
    Ok(root)
}

/// A tab before the first key, which saphyr takes where there is nothing above it to compare with.
fn refuse_tab(text: &str, root: Place) -> Result<(), Stop> {
    let Place::Text { line, column } = root else {
        return Ok(());
    };
    let line_of_root = text.lines().nth(line - 1).unwrap_or_default();
    let mut before = line_of_root.chars().take(column - 1);
    match before.position(|c| c == '\t') {
        Some(at) => Err(tab(line, at + 1)),
        None => Ok(()),
    }
}

/// YAML 1.2.2, 6.1
fn tab(line: usize, column: usize) -> Stop {
    Stop::new(Place::Text { line, column }, YamlMistake::TabIndents)
}

fn place(marker: &Marker) -> Place {
    Place::Text {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// The characters outside of `c-printable` (YAML 1.2.2, 5.1). saphyr takes U+0000 for the end.
fn refuse_unprintable(text: &str) -> Result<(), Stop> {
    let unprintable = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let Some((offset, character)) = text.char_indices().find(|(_, c)| unprintable(*c)) else {
        return Ok(());
    };
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let mistake = YamlMistake::Unprintable { character };
    Err(Stop::new(Place::Text { line, column }, mistake))
}

fn syntax_error(text: &str, error: &ScanError) -> Stop {
    let marker = error.marker();
    let mut lines = text.lines().skip(marker.line().saturating_sub(1));
    let line = lines.next().unwrap_or_default();
    // A wrong line may be noticed at the end of the one before.
    for (number, line) in (marker.line()..).zip([line, lines.next().unwrap_or_default()]) {
        let indentation = line.len() - line.trim_start().len();
        if let Some(column) = line[..indentation].chars().position(|c| c == '\t') {
            return tab(number, column + 1);
        }
    }
    if error.info() == "recursion limit exceeded" {
        return too_deep(place(marker));
    }
    if error.info().contains("tab") {
        return Stop::new(place(marker), YamlMistake::Tab);
    }
    let mistake = YamlMistake::NotYaml {
        why: error.info().to_owned(),
        is_optional_collection: line.contains("]?") || line.contains("}?"),
    };
    Stop::new(place(marker), mistake)
}
