//! Handlebars helpers: every text that comes from a blueprint is put in its place by one of these.

use handlebars::{Handlebars, handlebars_helper};
use serde_json::Value;

use super::json::{compact, pretty};
use crate::contract::comment::{line_comment, split_lines, visible};
use crate::contract::mapping::literal;
use crate::document::print::yaml_scalar;

/// Registers every helper of `docs/architecture.md`.
pub fn register(registry: &mut Handlebars<'_>) {
    // Any value as prettier prints JSON; `indent` and `lead` are columns.
    handlebars_helper!(json: |value: Json, {indent: u64 = 0, lead: u64 = 0}| {
        pretty(value, usize::try_from(indent).unwrap_or(0), usize::try_from(lead).unwrap_or(0))
    });
    // A document as prettier prints JSON, with objects that fit on one line.
    handlebars_helper!(document: |value: Json| compact(value));
    // Any value as JSON on one line.
    handlebars_helper!(line: |value: Json| value.to_string());
    // A double-quoted literal, valid in TypeScript and Python.
    handlebars_helper!(string: |text: str| literal(text));
    // A value as YAML writes it on one line.
    handlebars_helper!(yaml: |value: Json| yaml_value(value));
    // A value as TOML writes it.
    handlebars_helper!(toml: |value: Json| toml_value(value));
    // A word of a POSIX shell.
    handlebars_helper!(shell: |text: str| shell_words::quote(text).into_owned());
    // A value of an env file.
    handlebars_helper!(dotenv: |text: str| dotenv_value(text));
    // A value of a Dockerfile's LABEL or ENV.
    handlebars_helper!(docker: |text: str| docker_value(text));
    // A value of a file that knows no quoting, on one line.
    handlebars_helper!(raw: |text: str| one_line(text));
    // A size as Kubernetes writes it.
    handlebars_helper!(quantity: |text: str| binary(text));
    // Text inside line comments; each further line begins with `prefix`.
    handlebars_helper!(comment: |text: str, {prefix: str = "# "}| line_comment(text, prefix));
    // Text inside of `/** */`, wrapped.
    handlebars_helper!(doc_ts: |text: str, {prefix: str = " * "}| ts_doc(text, prefix));
    // Text inside of a docstring, wrapped.
    handlebars_helper!(doc_py: |text: str, {prefix: str = ""}| py_doc(text, prefix));
    // Text of a Markdown document.
    handlebars_helper!(md: |text: str| markdown(text));

    // Text in which `$` stands for itself where compose would expand it.
    handlebars_helper!(dollars: |text: str| text.replace('$', "$$"));

    registry.register_helper("dollars", Box::new(dollars));
    registry.register_helper("json", Box::new(json));
    registry.register_helper("document", Box::new(document));
    registry.register_helper("line", Box::new(line));
    registry.register_helper("string", Box::new(string));
    registry.register_helper("yaml", Box::new(yaml));
    registry.register_helper("toml", Box::new(toml));
    registry.register_helper("shell", Box::new(shell));
    registry.register_helper("raw", Box::new(raw));
    registry.register_helper("quantity", Box::new(quantity));
    registry.register_helper("dotenv", Box::new(dotenv));
    registry.register_helper("docker", Box::new(docker));
    registry.register_helper("comment", Box::new(comment));
    registry.register_helper("doc_ts", Box::new(doc_ts));
    registry.register_helper("doc_py", Box::new(doc_py));
    registry.register_helper("md", Box::new(md));
}

fn yaml_value(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_scalar(text),
        other => other.to_string(),
    }
}

fn toml_value(value: &Value) -> String {
    match value {
        // The basic string: one line, whatever is in it (TOML 1.0, "String").
        Value::String(text) => {
            let mut out = String::from("\"");
            for c in text.chars() {
                match c {
                    '"' => out.push_str("\\\""),
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
                    c => out.push(c),
                }
            }
            out.push('"');
            out
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(toml_value).collect::<Vec<_>>().join(", ")
            )
        }
        other => other.to_string(),
    }
}

/// A value of an env file, as docker compose and Node's `--env-file` read it.
fn dotenv_value(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains(['\'', '\n', '\r']) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `512M` of a container's limit as a quantity of Kubernetes, where `M` is a million and `Mi` is 2^20, as
/// compose's `M` is.
fn binary(size: &str) -> String {
    match size.ends_with(['K', 'M', 'G']) {
        true => format!("{size}i"),
        false => size.to_owned(),
    }
}

/// A double-quoted value of a Dockerfile's LABEL or ENV. Line breaks become spaces: an instruction ends
/// at the line's end, and there is no escape for one (Dockerfile reference, "Format").
fn docker_value(text: &str) -> String {
    let mut out = String::from("\"");
    for c in one_line(text).chars() {
        if matches!(c, '"' | '\\' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// Text inside `/** */`, wrapped; each further line begins with `prefix`.
fn ts_doc(text: &str, prefix: &str) -> String {
    wrapped(&one_line(text).replace("*/", "*\\/"), prefix)
}

/// Text inside a `"""` docstring, wrapped; each further line begins with `prefix`.
fn py_doc(text: &str, prefix: &str) -> String {
    wrapped(
        &one_line(text).replace('\\', "\\\\").replace('"', "\\\""),
        prefix,
    )
}

fn wrapped(text: &str, prefix: &str) -> String {
    // Words are kept whole: the line that a long address makes is no fault in any of the linters.
    let options = textwrap::Options::new(88).break_words(false);
    textwrap::wrap(text, options).join(&format!("\n{prefix}"))
}

/// Markdown text: what would be markup is escaped (CommonMark 2.4, "Backslash escapes"), at the beginning
/// of a line also what would begin a list or underline a heading.
fn markdown(text: &str) -> String {
    const MARKUP: &str = "\\`*_{}[]<>#|~!$&";
    let text = one_line(text);
    let number = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        let begins = (at == 0 && matches!(c, '-' | '+' | '='))
            || (at == number && at > 0 && matches!(c, '.' | ')'));
        if begins || MARKUP.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn one_line(text: &str) -> String {
    split_lines(text).map(visible).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a \"b\" 'c' ${d} {{e}} */ \"\"\" \\ # f\nsecond\r\n\u{202e}third `x` $(y)";

    #[test]
    fn no_text_ends_its_comment() {
        assert_eq!(
            ts_doc(NASTY, " * "),
            r#"a "b" 'c' ${d} {{e}} *\/ """ \ # f second third `x` $(y)"#
        );
        assert_eq!(
            py_doc(NASTY, ""),
            r#"a \"b\" 'c' ${d} {{e}} */ \"\"\" \\ # f second third `x` $(y)"#
        );
        assert_eq!(line_comment("a\nb", "# "), "a\n# b");
    }

    #[test]
    fn dotenv_values_stay_on_one_line() {
        assert_eq!(dotenv_value("plain-1"), "plain-1");
        assert_eq!(dotenv_value("a $b"), "'a $b'");
        assert_eq!(dotenv_value("it's\n$b"), "\"it's\\n\\$b\"");
    }

    #[test]
    fn sizes_are_powers_of_two() {
        assert_eq!(binary("512M"), "512Mi");
        assert_eq!(binary("1073741824"), "1073741824");
    }

    #[test]
    fn docker_values_expand_nothing() {
        assert_eq!(docker_value("a\n\"b\" $c \\"), "\"a \\\"b\\\" \\$c \\\\\"");
    }
}
