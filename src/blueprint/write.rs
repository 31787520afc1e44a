//! A blueprint back to a page, as a person would write it and prettier would leave it.

use serde_json::Value;

use super::model::{Blueprint, Role, Service};
use crate::contract::model::{Contract, Field, Type};

/// The page of `blueprint`: every choice written out, the kinds' own contracts left out.
pub fn write(blueprint: &Blueprint) -> String {
    let mut page = Page::default();
    page.line(
        0,
        "# The whole system on one page: `hybridge schema` describes every key.",
    );
    page.line(0, "hybridge: 1");
    page.entry(0, "name", &blueprint.name);
    if !blueprint.description.is_empty() {
        page.entry(0, "description", &blueprint.description);
    }
    page.line(0, "");
    page.line(0, "services:");
    for service in blueprint.services.values() {
        page.service(service);
    }
    page.line(0, "");
    if blueprint.links.is_empty() {
        page.line(0, "links: []");
    } else {
        page.line(0, "links:");
    }
    for link in &blueprint.links {
        page.line(1, &format!("- from: {}", yaml_scalar(&link.from)));
        page.entry(2, "to", &link.to);
        page.entry(2, "via", &link.via);
    }
    page.line(0, "");
    page.words(0, "targets", &blueprint.targets);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        if !text.is_empty() {
            self.text.extend(std::iter::repeat_n("  ", depth));
            self.text.push_str(text);
        }
        self.text.push('\n');
    }

    fn entry(&mut self, depth: usize, key: &str, value: &str) {
        self.line(
            depth,
            &format!("{}: {}", yaml_scalar(key), yaml_scalar(value)),
        );
    }

    fn words(&mut self, depth: usize, key: &str, words: &[String]) {
        let words: Vec<String> = words.iter().map(|word| yaml_scalar(word)).collect();
        self.line(depth, &format!("{key}: [{}]", words.join(", ")));
    }

    fn service(&mut self, service: &Service) {
        self.line(1, &format!("{}:", yaml_scalar(&service.name)));
        let kind = match &service.role {
            Role::Gateway { .. } => "gateway",
            Role::Python { kind, .. } => kind,
        };
        self.entry(2, "kind", kind);
        if !service.description.is_empty() {
            self.entry(2, "description", &service.description);
        }
        self.entry(2, "framework", &service.framework);
        match &service.role {
            Role::Gateway { realtime, auth } => {
                self.words(2, "realtime", realtime);
                self.entry(2, "auth", auth);
            }
            Role::Python {
                store, contract, ..
            } => {
                if !store.is_empty() {
                    self.entry(2, "store", store);
                }
                self.contract(contract);
            }
        }
    }

    fn contract(&mut self, contract: &Contract) {
        let operations: Vec<_> = contract
            .operations
            .iter()
            .filter(|operation| operation.own)
            .collect();
        if !operations.is_empty() {
            self.line(2, "operations:");
        }
        for operation in operations {
            self.line(3, &format!("{}:", yaml_scalar(&operation.name)));
            if !operation.description.is_empty() {
                self.entry(4, "description", &operation.description);
            }
            if operation.safe {
                self.line(4, "safe: true");
            }
            self.fields(4, "input", &operation.input);
            self.fields(4, "output", &operation.output);
        }
        let events = contract.events.iter().filter(|event| event.own);
        self.records(
            "events",
            events.map(|event| (&event.name, &event.description, &event.fields)),
        );
        let types = contract.types.iter().filter(|kind| kind.own);
        self.records(
            "types",
            types.map(|kind| (&kind.name, &kind.description, &kind.fields)),
        );
    }

    fn records<'r>(
        &mut self,
        key: &str,
        records: impl Iterator<Item = (&'r String, &'r String, &'r Vec<Field>)>,
    ) {
        let mut records = records.peekable();
        if records.peek().is_some() {
            self.line(2, &format!("{key}:"));
        }
        for (name, description, fields) in records {
            self.line(3, &format!("{}:", yaml_scalar(name)));
            if !description.is_empty() {
                self.entry(4, "description", description);
            }
            self.fields(4, "fields", fields);
        }
    }

    fn fields(&mut self, depth: usize, key: &str, fields: &[Field]) {
        if fields.is_empty() {
            return self.line(depth, &format!("{key}: {{}}"));
        }
        self.line(depth, &format!("{key}:"));
        for field in fields {
            self.field(depth + 1, field);
        }
    }

    /// A type alone where that says it all, otherwise the long form.
    fn field(&mut self, depth: usize, field: &Field) {
        let kind = notation(&field.kind) + if field.optional { "?" } else { "" };
        let number = |number: &Option<f64>| number.map(|number| Value::from(number).to_string());
        let length = |length: &Option<u64>| length.map(|length| length.to_string());
        let text = |text: &Option<String>| text.as_deref().map(yaml_scalar);
        let json = |value: &Option<Value>| value.as_ref().map(yaml_flow);
        let description = (!field.description.is_empty()).then(|| yaml_scalar(&field.description));
        let details = [
            ("description", description),
            ("default", json(&field.default)),
            ("example", json(&field.example)),
            ("minimum", number(&field.minimum)),
            ("maximum", number(&field.maximum)),
            ("min_length", length(&field.min_length)),
            ("max_length", length(&field.max_length)),
            ("media_type", text(&field.media_type)),
        ];
        if details.iter().all(|(_, value)| value.is_none()) {
            return self.entry(depth, &field.name, &kind);
        }
        self.line(depth, &format!("{}:", yaml_scalar(&field.name)));
        self.entry(depth + 1, "type", &kind);
        for (key, value) in details {
            if let Some(value) = value {
                self.line(depth + 1, &format!("{key}: {value}"));
            }
        }
    }
}

/// A type in the blueprint's own notation, optional or not told by the field.
pub fn notation(kind: &Type) -> String {
    match kind {
        Type::String => "string".into(),
        Type::Int => "int".into(),
        Type::Float => "float".into(),
        Type::Bool => "bool".into(),
        Type::Timestamp => "timestamp".into(),
        Type::Uuid => "uuid".into(),
        Type::Bytes => "bytes".into(),
        Type::Json => "json".into(),
        Type::Enum(words) => words.join(" | "),
        Type::List(item) => format!("[{}]", notation(item)),
        Type::Map(value) => format!("{{string: {}}}", notation(value)),
        Type::Named(name) => name.clone(),
    }
}

/// A value on one line. JSON is YAML but for what prettier would change: it stands in quotes as a whole
/// only where it is a text; lists and maps go by the width, so that short ones only are written so.
fn yaml_flow(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_scalar(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(yaml_flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) if map.is_empty() => "{}".into(),
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", yaml_scalar(key), yaml_flow(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text as a YAML scalar that no reader, of YAML 1.1 or 1.2, takes for anything but this text, quoted as
/// prettier would quote it.
pub fn yaml_scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let needs_escape = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    if !text.contains(needs_escape) {
        return match text.contains('"') {
            true => format!("'{}'", text.replace('\'', "''")),
            false => format!("\"{text}\""),
        };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Words that some reader takes for a boolean or for nothing (YAML 1.1, "bool" and "null").
const RESERVED: [&str; 10] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
];

fn is_plain(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let inside = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '-' | '.' | '/' | '|' | '?' | '(' | ')' | '\''
            )
    };
    first
        && text.chars().all(inside)
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_quoted_where_a_reader_could_misread_them() {
        for (text, written) in [
            ("plain", "plain"),
            ("a - b", "a - b"),
            ("no", "\"no\""),
            ("On", "\"On\""),
            ("1e3", "\"1e3\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a # b", "\"a # b\""),
            ("it's", "it's"),
            ("say \"hi\"", "'say \"hi\"'"),
            ("it's \"hi\"", "'it''s \"hi\"'"),
            ("a\nb", "\"a\\nb\""),
            ("[int]?", "\"[int]?\""),
            ("a | b", "a | b"),
            ("${x} {{y}}", "\"${x} {{y}}\""),
        ] {
            assert_eq!(yaml_scalar(text), written);
        }
    }
}
