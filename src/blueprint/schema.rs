//! The JSON Schema of the blueprint, made from the catalogue: editors complete and check with it,
//! and `structure` checks with nothing else.
//!
//! Where a value has several notations, `if`, `then` and `else` choose one, so that a mistake has
//! one message and not one per notation.

use serde_json::{Map, Value, json};

use super::expand::MAX_LINKS;
use super::options::{GATEWAY, Options};
use super::{digests, packs};
use crate::catalogue::kind::contract_of;
use crate::catalogue::{Axis, Catalogue, Module};
use crate::contract::notation;
use crate::contract::sections::Author;
use crate::reserved::MAX_NAME;
use crate::template::module::Side;

/// A thousand work; this many are a mistake.
pub const MAX_SERVICES: usize = 2000;

/// The schema for what a catalogue offers.
pub fn schema(catalogue: &Catalogue) -> Value {
    let options = Options::new(catalogue);
    let mut definitions = notation::definitions(Author::Person);
    definitions["service"] = service(options);
    definitions["link"] = link(options);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:hybridge:blueprint:1",
        "title": "a blueprint",
        "description": "A hybrid backend on one page: Node.js gateways, Python services, and the links between them.",
        "type": "object",
        "properties": {
            "hybridge": {
                "title": "version of the blueprint",
                "description": "The version of this notation.",
                "type": "integer",
                "enum": [1],
                "default": 1,
            },
            "name": name("The name of the system: its folder, its npm package, its compose project."),
            "description": { "$ref": "#/$defs/description" },
            "services": {
                "title": "services",
                "description": "What is deployed. Without this key: the default system. Without a gateway: one more, the gateway.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_SERVICES,
                "propertyNames": name("The name of the service: its folder, its host name, its Python package."),
                "additionalProperties": { "$ref": "#/$defs/service" },
            },
            "links": {
                "title": "links",
                "description": "Which gateway reaches which service. Without this key: every gateway every service.",
                "type": "array",
                "maxItems": MAX_LINKS,
                "items": { "$ref": "#/$defs/link" },
            },
            "targets": many("target", "What the system is deployed with.", Axis::DEPLOY, options),
            "digests": digests::schema(catalogue),
            "packs": packs::schema(catalogue),
        },
        "required": ["name"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

fn name(description: &str) -> Value {
    json!({
        "title": "name",
        "description": description,
        "type": "string",
        "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        "maxLength": MAX_NAME,
    })
}

/// One schema for each kind, chosen by the word under `kind`.
fn service(options: Options<'_>) -> Value {
    let gateway = options.catalogue.get(Axis::KIND, GATEWAY);
    let kinds: Vec<&Module> = gateway.into_iter().chain(options.python_kinds()).collect();
    let default = options.default_kind("");
    let mut shape = json!({});
    for kind in kinds.iter().rev() {
        let mut condition = json!({ "properties": { "kind": { "const": kind.name } } });
        if kind.name != default {
            condition["required"] = json!(["kind"]);
        }
        shape = json!({ "if": condition, "then": service_of(kind, options), "else": shape });
    }
    let mut kind = one("kind", "What the service is for.", &kinds, default);
    kind["description"] = json!(format!(
        "{} Default: `{default}`, and `{GATEWAY}` for a service called `{}`.",
        kind["description"].as_str().unwrap_or_default(),
        options.gateway_name()
    ));
    let mut schema = json!({
        "title": "a service",
        "type": ["object", "null"],
        "properties": { "kind": kind },
    });
    if let (Value::Object(schema), Value::Object(shape)) = (&mut schema, shape) {
        schema.extend(shape);
    }
    schema
}

fn service_of(kind: &Module, options: Options<'_>) -> Value {
    let mut properties = Map::new();
    let mut add = |key: &str, schema: Value| _ = properties.insert(key.to_owned(), schema);
    add("kind", json!(true));
    add("description", json!({ "$ref": "#/$defs/description" }));
    if kind.name == GATEWAY {
        add(
            "framework",
            choice(
                "gateway framework",
                "What the gateway is built with.",
                Axis::GATEWAY,
                options,
            ),
        );
        choices(Side::Gateway, options, &mut add);
    } else {
        add(
            "framework",
            choice(
                "Python framework",
                "What the service is built with.",
                Axis::PYTHON,
                options,
            ),
        );
        choices(Side::Service, options, &mut add);
        let stores = options.stores(&kind.name);
        if !stores.is_empty() {
            let default = options.default_store(&kind.name);
            add(
                "store",
                one(
                    "store",
                    "Where the service keeps what it knows.",
                    &stores,
                    default,
                ),
            );
        }
        let mut sections = notation::sections();
        for event in brought_events(kind) {
            sections["events"]["properties"][event] = notation::brought_event();
        }
        if let Value::Object(sections) = sections {
            properties.extend(sections);
        }
    }
    json!({
        "title": format!("a service of kind `{}`", kind.name),
        "description": kind.help,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The names of the events that a kind brings; a contract that is wrong is told of where it is read.
fn brought_events(kind: &Module) -> Vec<String> {
    let contract = contract_of(kind).unwrap_or_default();
    contract
        .events
        .into_iter()
        .map(|event| event.name)
        .collect()
}

/// What a component chooses by keys of its own.
fn choices(side: Side, options: Options<'_>, add: &mut impl FnMut(&str, Value)) {
    for axis in Axis::choices(side) {
        let schema = match axis.is_many() {
            true => many(axis.option(), axis.about(), axis, options),
            false => choice(axis.option(), axis.about(), axis, options),
        };
        add(axis.folder(), schema);
    }
}

fn link(options: Options<'_>) -> Value {
    json!({
        "title": "a link",
        "type": "object",
        "properties": {
            "from": {
                "title": "gateway",
                "description": "The gateway that asks. Default: the only one.",
                "type": "string",
            },
            "to": {
                "title": "service",
                "description": "The Python service that is asked.",
                "type": "string",
            },
            "via": choice("transport", "How they talk.", Axis::TRANSPORT, options),
        },
        "required": ["to"],
        "additionalProperties": false,
    })
}

/// One option of an axis.
fn choice(title: &str, description: &str, axis: Axis, options: Options<'_>) -> Value {
    let modules: Vec<&Module> = options.catalogue.options(axis).collect();
    one(
        title,
        description,
        &modules,
        options.default(axis).unwrap_or_default(),
    )
}

fn one(title: &str, description: &str, modules: &[&Module], default: &str) -> Value {
    let mut schema = words(title, description, modules);
    schema["default"] = json!(default);
    schema
}

/// Any number of options of an axis.
fn many(title: &str, description: &str, axis: Axis, options: Options<'_>) -> Value {
    let modules: Vec<&Module> = options.catalogue.options(axis).collect();
    let defaults: Vec<&str> = options.defaults(axis).collect();
    json!({
        "title": format!("{title}s"),
        "description": description,
        "type": "array",
        "uniqueItems": true,
        "items": words(title, description, &modules),
        "default": defaults,
    })
}

/// The words and what each means; `markdownEnumDescriptions` is what editors show beside them.
fn words(title: &str, description: &str, modules: &[&Module]) -> Value {
    let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let meanings: Vec<String> = modules
        .iter()
        .map(|module| format!("{}: {}", module.label, module.help))
        .collect();
    json!({
        "title": title,
        "description": description,
        "type": "string",
        "enum": names,
        "markdownEnumDescriptions": meanings,
    })
}
