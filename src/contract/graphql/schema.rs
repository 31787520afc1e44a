//! The schema of a service in GraphQL's schema definition language, as prettier prints it.
//!
//! https://spec.graphql.org/September2025/

use std::collections::BTreeSet;
use std::fmt::Write;

use indexmap::IndexMap;

use super::names::{self, EVENTS, Made, Names, event_class, input_class, output_class, part_class};
use crate::contract::lookup::Types;
use crate::contract::mapping::json_number;
use crate::contract::model::{Contract, Field, Operation, Type, TypeDef};

/// Columns of a line.
const WIDTH: usize = 100;

/// What GraphQL lacks: (name, what it is, where that is specified).
const SCALARS: [(&str, &str, &str); 6] = [
    (
        "SafeInt",
        "An integer within ±(2^53 - 1), which every party holds exactly.",
        "https://www.rfc-editor.org/rfc/rfc7493#section-2.2",
    ),
    (
        "DateTime",
        "A moment with its offset.",
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    (
        "UUID",
        "A universally unique identifier.",
        "https://www.rfc-editor.org/rfc/rfc9562",
    ),
    (
        "Bytes",
        "Bytes in base64.",
        "https://www.rfc-editor.org/rfc/rfc4648#section-4",
    ),
    (
        "JSON",
        "Any JSON value, null among them.",
        "https://www.rfc-editor.org/rfc/rfc8259",
    ),
    (
        "Empty",
        "A record without fields, `{}`: GraphQL has none of its own.",
        "",
    ),
];

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The service gives it.
    Given,
    /// The service takes it.
    Taken,
}

/// The whole schema, a newline at its end.
pub fn schema(service: &str, contract: &Contract, names: &mut Names) -> String {
    let mut schema = Schema {
        types: Types::new(&contract.types),
        names,
        scalars: BTreeSet::new(),
        definitions: IndexMap::new(),
        has_entries: false,
    };
    let mut roots = vec![schema.operations(service, contract, true)];
    let changes = |operation: &Operation| !operation.safe && operation.stream.is_none();
    if contract.operations.iter().any(changes) {
        roots.push(schema.operations(service, contract, false));
    }
    roots.push(schema.subscription(service, contract));
    schema.events(contract);
    let scalars = SCALARS
        .iter()
        .filter(|(name, ..)| schema.scalars.contains(name));
    let mut parts: Vec<String> = scalars.map(|scalar| scalar_definition(*scalar)).collect();
    if schema.has_entries {
        parts.push(
            "\"\"\"\nA key with its value: a list of these is a map, in which no key stands twice.\n\"\"\"\n\
             directive @entry on INPUT_OBJECT | OBJECT\n"
                .to_owned(),
        );
    }
    parts.extend(roots);
    parts.extend(schema.definitions.into_values());
    parts.join("\n")
}

struct Schema<'c, 'n> {
    types: Types<'c>,
    names: &'n mut Names,
    scalars: BTreeSet<&'static str>,
    /// By name, in the order in which they are first met.
    definitions: IndexMap<String, String>,
    has_entries: bool,
}

impl<'c> Schema<'c, '_> {
    /// The root type of the operations that answer once and change nothing, or of the others.
    fn operations(&mut self, service: &str, contract: &'c Contract, safe: bool) -> String {
        let (root, about) = match safe {
            true => ("Query", "What can be asked and changes nothing."),
            false => ("Mutation", "What can be asked and may change something."),
        };
        let mut fields: Vec<String> = Vec::new();
        let once = contract.operations.iter().filter(|it| it.stream.is_none());
        for operation in once.filter(|it| it.safe == safe) {
            let output = self.message(&output_class(operation), &operation.output, Side::Given);
            fields.push(self.operation(service, operation, &output));
        }
        if fields.is_empty() {
            // A schema has a query type, and a type has fields. No operation begins with `_`.
            let name = description(&format!("The name of the service: {service}."), "  ");
            fields.push(format!("{name}  _service: String!\n"));
        }
        definition(about, &format!("type {root}"), &fields)
    }

    /// The root type of the events, and of the operations that answer in parts.
    fn subscription(&mut self, service: &str, contract: &'c Contract) -> String {
        let mut fields = vec![events_field()];
        for operation in &contract.operations {
            if let Some(part) = &operation.stream {
                let item = self.item(operation, part);
                fields.push(self.operation(service, operation, &item));
            }
        }
        let about = match fields.len() {
            1 => "What the service tells unasked.",
            _ => "What the service tells unasked, and what it answers in parts.",
        };
        definition(about, "type Subscription", &fields)
    }

    /// What comes of an operation that answers in parts. No union: a record without fields is a scalar.
    fn item(&mut self, operation: &'c Operation, part: &'c [Field]) -> String {
        let name = self.names.made(Made::Item(operation.name.clone()));
        self.definitions.insert(name.clone(), String::new());
        let part = self.message(&part_class(operation), part, Side::Given);
        let output = self.message(&output_class(operation), &operation.output, Side::Given);
        let fields = [("A part.", "part", part), ("The end.", "output", output)]
            .map(|(about, field, kind)| format!("{}  {field}: {kind}\n", description(about, "  ")));
        let about = format!(
            "Of the answer of `{}`: any number of parts, then one output.",
            operation.name
        );
        let text = definition(&about, &format!("type {name}"), &fields);
        self.definitions.insert(name.clone(), text);
        name
    }

    /// The field of an operation, with what it gives.
    fn operation(&mut self, service: &str, operation: &'c Operation, output: &str) -> String {
        let about = match operation.description.as_str() {
            "" => format!("Asks `{service}` for `{}`.", operation.name),
            text => text.to_owned(),
        };
        let name = names::field(operation);
        let line = if operation.input.is_empty() {
            format!("  {name}: {output}!\n")
        } else {
            let input = self.message(&input_class(operation), &operation.input, Side::Taken);
            let line = format!("  {name}(input: {input}!): {output}!\n");
            match line.len() > WIDTH + 1 {
                true => format!("  {name}(\n    input: {input}!\n  ): {output}!\n"),
                false => line,
            }
        };
        description(&about, "  ") + &line
    }

    /// What an operation takes or gives.
    fn message(&mut self, class: &str, fields: &'c [Field], side: Side) -> String {
        let name = self.names.class(class).to_owned();
        self.record(&name, class, "", fields, side)
    }

    fn events(&mut self, contract: &'c Contract) {
        self.scalars.insert("DateTime");
        let common = "  \"\"\"\n  Given by the service: `after` it the stream goes on.\n  \"\"\"\n  id: ID!\n\
                      \n  \"\"\"\n  When it happened.\n  \"\"\"\n  time: DateTime!\n"
            .to_owned();
        self.definitions.insert(
            "Event".to_owned(),
            definition(
                "Something that the service tells unasked.",
                "interface Event",
                std::slice::from_ref(&common),
            ),
        );
        self.definitions.insert(
            "StreamGap".to_owned(),
            definition(
                "The stream begins here: what was told before is no longer there.",
                "type StreamGap implements Event",
                std::slice::from_ref(&common),
            ),
        );
        for event in &contract.events {
            let class = event_class(event);
            let name = self.names.class(&class).to_owned();
            self.definitions.insert(name.clone(), String::new());
            let data = self.names.made(Made::Data(name.clone()));
            let data = self.record(&data, &class, "", &event.fields, Side::Given);
            let about = match event.description.as_str() {
                "" => format!("The event `{}`.", event.name),
                text => text.to_owned(),
            };
            let fields = [common.clone(), format!("  data: {data}!\n")];
            let text = definition(&about, &format!("type {name} implements Event"), &fields);
            self.definitions.insert(name, text);
        }
    }

    /// Defines a record, and what is in it; its name, or that of what stands for a record without fields.
    ///
    /// `class` is what the words of its fields are named after.
    fn record(
        &mut self,
        name: &str,
        class: &str,
        about: &str,
        fields: &'c [Field],
        side: Side,
    ) -> String {
        if fields.is_empty() {
            return self.scalar("Empty");
        }
        if self.definitions.contains_key(name) {
            return name.to_owned();
        }
        // Its place, before what is in it: a record may contain itself.
        self.definitions.insert(name.to_owned(), String::new());
        let keyword = match side {
            Side::Given => "type",
            Side::Taken => "input",
        };
        let lines: Vec<String> = fields
            .iter()
            .map(|field| self.field(class, field, side))
            .collect();
        let text = definition(about, &format!("{keyword} {name}"), &lines);
        self.definitions.insert(name.to_owned(), text);
        name.to_owned()
    }

    fn field(&mut self, class: &str, field: &'c Field, side: Side) -> String {
        let may_be_absent = field.optional || (side == Side::Taken && field.default.is_some());
        let kind = match may_be_absent {
            true => self.nullable(class, field, &field.kind, side),
            false => self.required(class, field, &field.kind, side),
        };
        format!(
            "{}  {}: {kind}\n",
            description(&about_field(field, side), "  "),
            field.name
        )
    }

    fn required(&mut self, class: &str, field: &'c Field, kind: &'c Type, side: Side) -> String {
        let name = self.nullable(class, field, kind, side);
        match kind {
            // Null is a JSON value.
            Type::Json => name,
            _ => name + "!",
        }
    }

    fn nullable(&mut self, class: &str, field: &'c Field, kind: &'c Type, side: Side) -> String {
        match kind {
            Type::String => "String".to_owned(),
            Type::Int => self.scalar("SafeInt"),
            Type::Float => "Float".to_owned(),
            Type::Bool => "Boolean".to_owned(),
            Type::Timestamp => self.scalar("DateTime"),
            Type::Uuid => self.scalar("UUID"),
            Type::Bytes => self.scalar("Bytes"),
            Type::Json => self.scalar("JSON"),
            Type::Enum(words) => self.words(class, field, words),
            Type::List(item) => format!("[{}]", self.required(class, field, item, side)),
            Type::Map(value) => format!("[{}!]", self.entry(class, field, value, side)),
            Type::Named(name) => match self.types.get(name) {
                Some(def) => self.named(def, side),
                None => self.scalar("JSON"),
            },
        }
    }

    fn scalar(&mut self, name: &'static str) -> String {
        self.scalars.insert(name);
        name.to_owned()
    }

    fn named(&mut self, def: &'c TypeDef, side: Side) -> String {
        let name = match side {
            Side::Given => self.names.class(&def.name).to_owned(),
            Side::Taken => self.names.made(Made::Twin(def.name.clone())),
        };
        self.record(&name, &def.name, &def.description, &def.fields, side)
    }

    fn words(&mut self, class: &str, field: &Field, words: &[String]) -> String {
        let made = Made::Words(class.to_owned(), field.name.clone());
        let name = self.names.made(made);
        if !self.definitions.contains_key(&name) {
            let lines: Vec<String> = words.iter().map(|word| format!("  {word}\n")).collect();
            let text = format!("enum {name} {{\n{}}}\n", lines.concat());
            self.definitions.insert(name.clone(), text);
        }
        name
    }

    /// The type of a map's entries.
    fn entry(&mut self, class: &str, field: &'c Field, value: &'c Type, side: Side) -> String {
        self.has_entries = true;
        let kind = self.required(class, field, value, side);
        let of = self.value_name(class, field, value);
        let (keyword, made) = match side {
            Side::Given => ("type", Made::Entry(of, kind.clone())),
            Side::Taken => ("input", Made::EntryInput(of, kind.clone())),
        };
        let name = self.names.made(made);
        let text = format!("{keyword} {name} @entry {{\n  key: String!\n  value: {kind}\n}}\n");
        self.definitions.insert(name.clone(), text);
        name
    }

    /// What a map's values are, as a word.
    fn value_name(&mut self, class: &str, field: &'c Field, kind: &'c Type) -> String {
        match kind {
            Type::List(item) => self.value_name(class, field, item) + "List",
            Type::Map(value) => self.value_name(class, field, value) + "Map",
            Type::Named(name) => name.clone(),
            _ => self.nullable(class, field, kind, Side::Given),
        }
    }
}

fn events_field() -> String {
    let about = description(
        "From the oldest event that is still there, or behind the one with the id `after`. Without `after` a \
         `StreamGap` comes first, and tells where the stream begins.",
        "  ",
    );
    format!("{about}  {EVENTS}(after: ID): Event!\n")
}

fn scalar_definition((name, about, specified): (&str, &str, &str)) -> String {
    let about = description(about, "");
    match specified {
        "" => format!("{about}scalar {name}\n"),
        url => format!("{about}scalar {name} @specifiedBy(url: \"{url}\")\n"),
    }
}

/// `fields` are whole lines; described ones are set apart.
fn definition(about: &str, head: &str, fields: &[String]) -> String {
    let mut out = format!("{}{head} {{\n", description(about, ""));
    for (index, field) in fields.iter().enumerate() {
        if index > 0 && field.trim_start().starts_with('"') {
            out.push('\n');
        }
        out.push_str(field);
    }
    out.push_str("}\n");
    out
}

/// What people should know of a field, and what GraphQL cannot say of it.
fn about_field(field: &Field, side: Side) -> String {
    let mut rules = Vec::new();
    if let (Some(default), Side::Taken) = (&field.default, side) {
        rules.push(format!("default {default}"));
    }
    for (what, bound) in [("at least", field.minimum), ("at most", field.maximum)] {
        rules.extend(bound.map(|bound| format!("{what} {}", json_number(bound))));
    }
    let lengths = [
        ("length at least", field.min_length),
        ("length at most", field.max_length),
    ];
    for (what, bound) in lengths {
        rules.extend(bound.map(|bound| format!("{what} {bound}")));
    }
    rules.extend(field.media_type.clone());
    let mut about = field.description.clone();
    if !rules.is_empty() {
        if !about.is_empty() {
            about.push('\n');
        }
        let _ = write!(about, "({})", rules.join(", "));
    }
    about
}

/// A block string (GraphQL, 2.9.4): nothing in it but `"""` means anything.
fn description(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let text = text.trim();
    if text.is_empty() {
        return out;
    }
    let quotes = format!("{indent}\"\"\"\n");
    out.push_str(&quotes);
    for line in text.replace("\"\"\"", "\\\"\"\"").lines() {
        let line = line.trim_end();
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str(&quotes);
    out
}
