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

/// Merges the file at `path`. Conflicts are marked as git marks them; what is no text stays as it is on the disk.
pub fn merge(path: &str, base: &[u8], yours: &[u8], new: &[u8]) -> Merged {
    let texts = (
        std::str::from_utf8(base),
        std::str::from_utf8(yours),
        std::str::from_utf8(new),
    );
    let (Ok(base), Ok(yours), Ok(new)) = texts else {
        return Merged::Conflict(yours.to_vec());
    };
    let is_crlf = yours.contains("\r\n");
    let unix = |text: &str| text.replace("\r\n", "\n");
    let merged = merge_text(path, &unix(base), &unix(yours), &unix(new));
    let written = |text: String| match is_crlf {
        true => text.replace('\n', "\r\n").into_bytes(),
        false => text.into_bytes(),
    };
    match merged {
        Ok(text) => Merged::Clean(written(text)),
        Err(text) => Merged::Conflict(written(text)),
    }
}

/// The merged text, or the one with conflicts.
fn merge_text(path: &str, base: &str, yours: &str, new: &str) -> Result<String, String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let by_structure = match extension {
        "json" => tree::merge_json(base, yours, new),
        "yaml" | "yml" => tree::merge_yaml(base, yours, new),
        "toml" => toml::merge(base, yours, new),
        _ if name.starts_with(".env") => paragraphs::merge(base, yours, new),
        _ => None,
    };
    if let Some(text) = by_structure {
        return Ok(text);
    }
    let is_list = name.ends_with("ignore") || name.starts_with(".env");
    lines::merge(base, yours, new, is_list)
}
