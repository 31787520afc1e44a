//! Whether a file that is written is what its name says.

use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

/// What a parser says of a file that is not what its name tells.
#[derive(Debug, Error)]
pub enum SyntaxError {
    #[error("is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("is not YAML: {0}")]
    Yaml(#[from] serde_yaml::Error),
    #[error("is not TOML: {}", .0.to_string().trim_end())]
    Toml(#[from] toml::de::Error),
}

/// Reads a file as the format that its name tells: JSON, YAML or TOML. Nothing is said of others, nor of templates
/// for another tool (`{{ }}`; `${{ }}` of workflows is plain text in YAML).
///
/// # Errors
/// What the parser of the format says.
pub fn check(path: &str, bytes: &[u8]) -> Result<(), SyntaxError> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(());
    };
    let is_template = text
        .match_indices("{{")
        .any(|(at, _)| !text[..at].ends_with('$'));
    match path.rsplit('.').next() {
        Some("json") => {
            serde_json::from_str::<IgnoredAny>(text)?;
        }
        Some("yaml" | "yml") if !is_template => {
            for document in serde_yaml::Deserializer::from_str(text) {
                serde_yaml::Value::deserialize(document)?;
            }
        }
        Some("toml") => {
            text.parse::<toml::Table>()?;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_the_name() {
        for (path, text) in [
            ("a.json", "{ \"a\": 1, }"),
            ("a.yaml", "a: [1"),
            ("a.yml", "a: 1\n---\nb: 'x\n"),
            ("a.toml", "a = \n"),
        ] {
            assert!(check(path, text.as_bytes()).is_err(), "{path}");
        }
        for (path, text) in [
            ("a.json", "{}"),
            ("a.yaml", "a: 1\n---\nb: 2\n"),
            ("ci.yml", "run: echo ${{ github.ref }}\n"),
            ("chart/a.yaml", "{{- if .Values.a }}\na: 1\n{{- end }}\n"),
            ("a.toml", "a = 1\n"),
            ("a.txt", "{"),
        ] {
            assert!(check(path, text.as_bytes()).is_ok(), "{path}");
        }
    }
}
