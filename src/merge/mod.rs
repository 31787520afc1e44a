//! One file of three: as hybridge wrote it (base), as it is on the disk (yours), as hybridge writes it now (new).
//!
//! What has a structure is merged by it: what is new goes into the person's text, which keeps its comments, order
//! and indentation. Everything else, and what the structure does not decide, is merged line by line. Nothing here
//! reads or writes a file.

mod entries;
mod lines;
mod paragraphs;
mod requirement;
#[cfg(test)]
mod tests;
mod toml;
mod tree;

use crate::changes::Merged;
use crate::line_ends::{self, unix};
use lines::Kind;

/// Of a text: what stands in the file, and where both sides changed the same.
struct MergedText {
    text: String,
    /// Lines, or paths of keys; none: it is clean.
    places: Vec<String>,
    /// Each conflict is marked in the text, as git marks it; otherwise yours stands there.
    is_marked: bool,
}

impl MergedText {
    fn clean(text: String) -> Self {
        Self {
            text,
            places: Vec::new(),
            is_marked: false,
        }
    }
}

/// Merges the file at `path`. Conflicts are marked as git marks them, except in a file that marks would break: there
/// yours stays, with all that does not conflict. What is no text stays as it is on the disk.
pub fn merge(path: &str, base: &[u8], yours: &[u8], new: &[u8]) -> Merged {
    let texts = (
        std::str::from_utf8(base),
        std::str::from_utf8(yours),
        std::str::from_utf8(new),
    );
    let (Ok(base), Ok(yours), Ok(new)) = texts else {
        return Merged::Conflict {
            bytes: yours.to_vec(),
            places: Vec::new(),
            is_marked: false,
        };
    };
    let merged = merge_text(path, &unix(base), &unix(yours), &unix(new));
    let bytes = line_ends::of_file(yours.as_bytes(), merged.text.as_bytes());
    match merged.places.is_empty() {
        true => Merged::Clean(bytes),
        false => Merged::Conflict {
            bytes,
            places: merged.places,
            is_marked: merged.is_marked,
        },
    }
}

fn merge_text(path: &str, base: &str, yours: &str, new: &str) -> MergedText {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let parses: Option<fn(&str) -> bool> = match extension {
        "json" => Some(tree::is_json),
        "yaml" | "yml" => Some(tree::is_yaml),
        "toml" => Some(toml::is_toml),
        _ => None,
    };
    let by_structure = match extension {
        "json" => tree::merge_json(base, yours, new),
        "yaml" | "yml" => tree::merge_yaml(base, yours, new),
        "toml" => toml::merge(base, yours, new),
        _ if name.starts_with(".env") => {
            paragraphs::merge(base, yours, new).map(|text| (text, Vec::new()))
        }
        _ => None,
    };
    if let Some((text, places)) = &by_structure
        && places.is_empty()
    {
        return MergedText::clean(text.clone());
    }
    let is_makefile = name == "Makefile" || extension == "mk";
    let kind = Kind {
        is_list: name.ends_with("ignore") || name.starts_with(".env"),
        is_indented: is_makefile || matches!(extension, "py" | "pyi" | "yaml" | "yml" | "md"),
        is_makefile,
    };
    let lines = lines::merge(base, yours, new, kind);
    let Some(parses) = parses else {
        let place = |line: &usize| format!("line {line}");
        return MergedText {
            places: lines.conflicts.iter().map(place).collect(),
            text: lines.marked,
            is_marked: true,
        };
    };
    // Lines that do not touch may still make no sense together: JSON takes a key that is there twice.
    let is_decided = extension == "json" && by_structure.is_some();
    if lines.conflicts.is_empty() && !is_decided && (parses(&lines.marked) || !parses(yours)) {
        return MergedText::clean(lines.marked);
    }
    if let Some((text, places)) = by_structure {
        return MergedText {
            text,
            places,
            is_marked: false,
        };
    }
    let text = match parses(&lines.yours) {
        true => lines.yours,
        false => yours.to_owned(),
    };
    MergedText {
        text,
        places: vec!["what both changed".into()],
        is_marked: false,
    }
}
