//! A blueprint back to a page, as a person would write it and prettier would leave it.

use serde_json::{Map, Value, json};

use super::model::{Blueprint, Role, Service};
use super::options::GATEWAY;
use super::packs;
use crate::contract::mapping::json_number;
use crate::contract::model::{Contract, Field, Type};
use crate::contract::sections::SCOPES;
use crate::document::print::entry;

pub use crate::document::print::yaml_scalar;

/// The page of `blueprint`: every choice written out, the kinds' own contracts left out.
pub fn write(blueprint: &Blueprint) -> String {
    let mut page =
        "# The whole system on one page: `hybridge schema` describes every key.\n".to_owned();
    page += "hybridge: 1\n";
    page += &entry(0, "name", &json!(blueprint.name));
    if !blueprint.description.is_empty() {
        page += &entry(0, "description", &json!(blueprint.description));
    }
    let services = blueprint.services.values();
    let services: Map<_, _> = services
        .map(|service| (service.name.clone(), self::service(service)))
        .collect();
    let links = blueprint.links.iter();
    let links: Vec<Value> = links
        .map(|link| json!({ "from": link.from, "to": link.to, "via": link.via }))
        .collect();
    let mut sections = vec![
        ("services", Value::Object(services)),
        ("links", json!(links)),
        ("targets", json!(blueprint.targets)),
    ];
    if !blueprint.digests.is_empty() {
        sections.push(("digests", json!(blueprint.digests)));
    }
    if !blueprint.packs.is_empty() {
        sections.push(("packs", packs::page(&blueprint.packs)));
    }
    for (key, value) in sections {
        page.push('\n');
        page += &entry(0, key, &value);
    }
    page
}

fn service(service: &Service) -> Value {
    let mut page = Page::default();
    let kind = match &service.role {
        Role::Gateway => GATEWAY,
        Role::Python { kind, .. } => kind,
    };
    page.add("kind", json!(kind));
    page.add_text("description", &service.description);
    page.add("framework", json!(service.framework));
    for (axis, words) in &service.choices {
        match (axis.is_many(), words.as_slice()) {
            (false, [word]) => page.add(axis.folder(), json!(word)),
            _ => page.add(axis.folder(), json!(words)),
        }
    }
    match &service.role {
        Role::Gateway => {}
        Role::Python {
            store, contract, ..
        } => {
            page.add_text("store", store);
            page.add_contract(contract);
        }
    }
    page.0.into()
}

/// The keys of one mapping.
#[derive(Default)]
struct Page(Map<String, Value>);

impl Page {
    fn add(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// An absent text is not written.
    fn add_text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.add(key, json!(text));
        }
    }

    fn add_scopes(&mut self, scopes: &[String]) {
        if !scopes.is_empty() {
            self.add(SCOPES, json!(scopes));
        }
    }

    /// What is the person's own, and what is said of what the kind brings.
    fn add_contract(&mut self, contract: &Contract) {
        let is_said = |own: bool, scopes: &[String]| own || !scopes.is_empty();
        let operations = contract.operations.iter();
        self.add_section(
            "operations",
            operations
                .filter(|it| is_said(it.own, &it.scopes))
                .map(|operation| {
                    let mut page = Page::default();
                    page.add_scopes(&operation.scopes);
                    if !operation.own {
                        return (&operation.name, page);
                    }
                    page.add_text("description", &operation.description);
                    if operation.safe {
                        page.add("safe", json!(true));
                    }
                    page.add("input", fields(&operation.input));
                    page.add("output", fields(&operation.output));
                    if let Some(part) = &operation.stream {
                        page.add("stream", fields(part));
                    }
                    (&operation.name, page)
                }),
        );
        let events = contract.events.iter();
        self.add_section(
            "events",
            events
                .filter(|it| is_said(it.own, &it.scopes))
                .map(|event| {
                    let mut page = match event.own {
                        true => record(&event.description, &event.fields),
                        false => Page::default(),
                    };
                    page.add_scopes(&event.scopes);
                    (&event.name, page)
                }),
        );
        let types = contract.types.iter().filter(|def| def.own);
        self.add_section(
            "types",
            types.map(|def| (&def.name, record(&def.description, &def.fields))),
        );
    }

    fn add_section<'a>(&mut self, key: &str, entries: impl Iterator<Item = (&'a String, Page)>) {
        let entries: Map<_, _> = entries
            .map(|(name, page)| (name.clone(), page.0.into()))
            .collect();
        if !entries.is_empty() {
            self.add(key, entries.into());
        }
    }
}

/// In the long form, which is clear whatever the fields are called.
fn record(description: &str, fields: &[Field]) -> Page {
    let mut page = Page::default();
    page.add_text("description", description);
    page.add("fields", self::fields(fields));
    page
}

fn fields(fields: &[Field]) -> Value {
    fields
        .iter()
        .map(|field| (field.name.clone(), self::field(field)))
        .collect::<Map<_, _>>()
        .into()
}

/// A type alone where that says it all, otherwise the long form.
fn field(field: &Field) -> Value {
    let kind = match field.optional {
        true => json!(format!("{}?", field.kind)),
        false => notation(&field.kind),
    };
    let mut page = Page::default();
    page.add("type", kind.clone());
    page.add_text("description", &field.description);
    for (key, value) in [
        ("default", field.default.clone()),
        ("example", field.example.clone()),
        ("minimum", field.minimum.map(json_number)),
        ("maximum", field.maximum.map(json_number)),
        ("min_length", field.min_length.map(Value::from)),
        ("max_length", field.max_length.map(Value::from)),
        ("media_type", field.media_type.clone().map(Value::from)),
    ] {
        if let Some(value) = value {
            page.add(key, value);
        }
    }
    if page.0.len() > 1 {
        page.0.into()
    } else {
        kind
    }
}

/// Lists as YAML's own; anything else in one text.
fn notation(kind: &Type) -> Value {
    match kind {
        Type::List(inner) if !matches!(kind.innermost_of_lists(), Type::Map(_)) => {
            json!([notation(inner)])
        }
        _ => json!(kind.to_string()),
    }
}
