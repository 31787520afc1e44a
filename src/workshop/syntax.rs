//! Whether a file that is written is what its name says.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What is wrong with a file, by the format that its name tells: JSON, YAML or TOML. Nothing is said of others,
/// nor of templates for another tool (`{{ }}`; `${{ }}` of workflows is plain text in YAML).
pub fn fault(path: &str, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_template = text
        .match_indices("{{")
        .any(|(at, _)| !text[..at].ends_with('$'));
    let (format, result) = match path.rsplit('.').next()? {
        "json" => ("JSON", json(text)),
        "yaml" | "yml" if !is_template => ("YAML", yaml(text)),
        "toml" => ("TOML", toml(text)),
        _ => return None,
    };
    let reason = result.err()?;
    Some(format!("is not {format}: {}", reason.trim_end()))
}

fn json(text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn yaml(text: &str) -> Result<(), String> {
    serde_yaml::Deserializer::from_str(text).try_for_each(|document| {
        serde_yaml::Value::deserialize(document)
            .map(drop)
            .map_err(|error| error.to_string())
    })
}

fn toml(text: &str) -> Result<(), String> {
    text.parse::<toml::Table>()
        .map(drop)
        .map_err(|error| error.to_string())
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
            assert!(fault(path, text.as_bytes()).is_some(), "{path}");
        }
        for (path, text) in [
            ("a.json", "{}"),
            ("a.yaml", "a: 1\n---\nb: 2\n"),
            ("ci.yml", "run: echo ${{ github.ref }}\n"),
            ("chart/a.yaml", "{{- if .Values.a }}\na: 1\n{{- end }}\n"),
            ("a.toml", "a = 1\n"),
            ("a.txt", "{"),
        ] {
            assert_eq!(fault(path, text.as_bytes()), None, "{path}");
        }
    }
}
