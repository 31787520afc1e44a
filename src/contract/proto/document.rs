//! The text of `contracts/<service>.proto`.

use std::fmt::{self, Write};

use super::build::{EVENTS_REQUEST, EVENTS_RESPONSE};
use super::model::{Document, Enum, Field, Message, Reserved};
use crate::contract::comment::line_comment;
use crate::contract::mapping::literal;

/// A value of `json`.
pub const JSON: &str = "google.protobuf.Value";
const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// Characters of a line, its comment sign included.
const WIDTH: usize = 100;

/// The document as it is written.
pub fn text(document: &Document) -> String {
    let mut out = String::new();
    write(document, &mut out).expect("a String takes everything");
    out
}

fn write(document: &Document, out: &mut String) -> fmt::Result {
    let Document {
        package,
        service,
        description,
        methods,
        messages,
        ..
    } = document;
    writeln!(out, "syntax = \"proto3\";\n\npackage {package};\n")?;
    for (file, kind) in [("struct", JSON), ("timestamp", TIMESTAMP)] {
        if uses(messages, kind) {
            writeln!(out, "import \"google/protobuf/{file}.proto\";")?;
        }
    }
    out.push('\n');
    comment(description, "", out)?;
    writeln!(out, "service {service} {{")?;
    for method in methods {
        comment(&method.description, "  ", out)?;
        let (name, request, response) = (&method.name, &method.request, &method.response);
        let stream = if method.stream.is_some() {
            "stream "
        } else {
            ""
        };
        writeln!(out, "  rpc {name}({request}) returns ({stream}{response});")?;
    }
    comment("What happens, as it happens.", "  ", out)?;
    writeln!(
        out,
        "  rpc Events({EVENTS_REQUEST}) returns (stream {EVENTS_RESPONSE});"
    )?;
    writeln!(out, "}}")?;
    for message in messages {
        out.push('\n');
        self::message(message, "", out)?;
    }
    Ok(())
}

/// Whether a field is of a type of protobuf's own.
pub fn uses(messages: &[Message], kind: &str) -> bool {
    messages.iter().any(|message| {
        let mut fields = message.fields.iter();
        fields.any(|field| field.kind.contains(kind)) || uses(&message.wrappers, kind)
    })
}

fn message(message: &Message, indent: &str, out: &mut String) -> fmt::Result {
    comment(&message.description, indent, out)?;
    let is_empty = message.fields.is_empty() && message.reserved.numbers.is_empty();
    if is_empty {
        return writeln!(out, "{indent}message {} {{}}", message.name);
    }
    writeln!(out, "{indent}message {} {{", message.name)?;
    let inner = format!("{indent}  ");
    for found in &message.enums {
        enumeration(found, &inner, out)?;
        out.push('\n');
    }
    for wrapper in &message.wrappers {
        self::message(wrapper, &inner, out)?;
        out.push('\n');
    }
    reserved(&message.reserved, &inner, out)?;
    let (before, cases) = match &message.oneof {
        Some((at, _)) => message.fields.split_at(*at),
        None => (message.fields.as_slice(), [].as_slice()),
    };
    for field in before {
        self::field(field, &inner, out)?;
    }
    if let Some((_, name)) = &message.oneof {
        writeln!(out, "{inner}oneof {name} {{")?;
        for field in cases {
            self::field(field, &format!("{inner}  "), out)?;
        }
        writeln!(out, "{inner}}}")?;
    }
    writeln!(out, "{indent}}}")
}

fn field(field: &Field, indent: &str, out: &mut String) -> fmt::Result {
    comment(&field.description, indent, out)?;
    let (kind, name, number) = (&field.kind, &field.name, field.number);
    write!(out, "{indent}{kind} {name} = {number}")?;
    if let Some(json_name) = &field.json_name {
        write!(out, " [json_name = {}]", literal(json_name))?;
    }
    writeln!(out, ";")
}

fn enumeration(found: &Enum, indent: &str, out: &mut String) -> fmt::Result {
    writeln!(out, "{indent}enum {} {{", found.name)?;
    let inner = format!("{indent}  ");
    reserved(&found.reserved, &inner, out)?;
    writeln!(out, "{inner}{} = 0;", found.zero)?;
    for (_, value, number) in &found.values {
        writeln!(out, "{inner}{value} = {number};")?;
    }
    writeln!(out, "{indent}}}")
}

fn reserved(reserved: &Reserved, indent: &str, out: &mut String) -> fmt::Result {
    let list = |items: Vec<String>| items.join(", ");
    if !reserved.numbers.is_empty() {
        let numbers = reserved.numbers.iter().map(u32::to_string).collect();
        writeln!(out, "{indent}reserved {};", list(numbers))?;
    }
    if !reserved.names.is_empty() {
        let names = reserved.names.iter().map(|name| literal(name)).collect();
        writeln!(out, "{indent}reserved {};", list(names))?;
    }
    Ok(())
}

/// A text of the blueprint, wrapped, in front of what it describes.
fn comment(text: &str, indent: &str, out: &mut String) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    let prefix = format!("{indent}// ");
    let options = textwrap::Options::new(WIDTH - prefix.len()).break_words(false);
    let safe = line_comment(text, "");
    for line in textwrap::wrap(&safe, options) {
        writeln!(out, "{}", format!("{prefix}{line}").trim_end())?;
    }
    Ok(())
}
