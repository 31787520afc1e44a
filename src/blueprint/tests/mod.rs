//! Blueprints against a small catalogue that no template can change.

pub(crate) mod arbitrary;
mod contract_mistakes;
mod defaults;
mod document;
mod flags;
mod hostile;
mod mistakes;
mod parse;
mod round_trip;
mod schema;

use indexmap::IndexMap;

use super::model::{Blueprint, Role, Service};
use super::overrides::Overrides;
use super::{compose, load};
use crate::catalogue::{Axis, Catalogue, Module};
use crate::contract::model::Contract;
use crate::document::Document;
use crate::document::finding::BlueprintErrors;
use crate::document::source::Source;
use crate::template::module::{Manifest, Versions};

const PREDICT: &str = "\
operations:
  predict:
    description: Says what it is.
    safe: true
    observe: { name: prediction, attributes: [label] }
    input: { pixels: { type: [float], minimum: 0, maximum: 16, min_length: 4, max_length: 4 } }
    output: { label: int }
";

const ANALYTICS: &str = "\
operations:
  record:
    internal: true
    input: { events: [Observation] }
    output: { accepted: int }
events:
  spiked: { name: string, factor: float }
types:
  Observation:
    description: One thing that happened.
    fields: { name: string, attributes: { type: { string: string }, default: {} } }
";

fn module(axis: Axis, name: &str, is_default: bool) -> Module {
    Module {
        axis,
        name: name.to_owned(),
        label: name.to_uppercase(),
        help: format!("When {name} is wanted"),
        is_default,
        needs: Vec::new(),
        provides: Vec::new(),
        streams: false,
        contract: None,
        manifest: Manifest::default(),
    }
}

/// What components choose of by a key of their own.
fn axis(name: &str) -> Axis {
    Axis::named(name).expect("an axis")
}

fn choices(said: &[(&str, &[&str])]) -> IndexMap<Axis, Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let said = said.iter().map(|(name, said)| (axis(name), words(said)));
    said.collect()
}

pub(super) fn catalogue() -> Catalogue {
    let mut modules = vec![
        module(Axis::GATEWAY, "fastify", true),
        module(Axis::GATEWAY, "express", false),
        module(Axis::PYTHON, "fastapi", true),
        module(Axis::PYTHON, "flask", false),
        Module {
            streams: true,
            ..module(Axis::TRANSPORT, "rest", true)
        },
        module(Axis::TRANSPORT, "grpc", false),
        module(axis("realtime"), "websocket", true),
        module(axis("realtime"), "sse", true),
        module(axis("auth"), "none", true),
        Module {
            provides: vec!["scopes".to_owned()],
            ..module(axis("auth"), "jwt", false)
        },
        module(axis("backplane"), "none", true),
        module(axis("backplane"), "redis", false),
        module(axis("console"), "web", true),
        module(axis("console"), "none", false),
        module(Axis::DEPLOY, "compose", true),
        module(Axis::DEPLOY, "kubernetes", false),
    ];
    for (name, is_default) in [("sqlite", true), ("postgres", false)] {
        let provides = vec!["sql".to_owned()];
        modules.push(Module {
            provides,
            ..module(Axis::STORE, name, is_default)
        });
    }
    modules.push(module(Axis::STORE, "redis", false));
    for (name, service, contract) in [
        ("gateway", "", None),
        ("inference", "vision", Some(PREDICT)),
        ("analytics", "trends", Some(ANALYTICS)),
        ("worker", "", None),
    ] {
        let mut kind = module(Axis::KIND, name, contract.is_some());
        kind.contract = contract.map(str::to_owned);
        kind.manifest.service = service.to_owned();
        if name == "analytics" {
            kind.needs = vec!["sql".to_owned()];
        }
        modules.push(kind);
    }
    let images = ["kafka", "node", "python", "uv"];
    let versions = Versions {
        images: images
            .map(|name| (name.to_owned(), format!("{name}:1")))
            .into(),
        ..Versions::default()
    };
    Catalogue::from_modules(modules, versions)
}

fn source(text: &str) -> Source {
    Source {
        name: "hybridge.yaml".to_owned(),
        text: text.to_owned(),
    }
}

fn page(text: &str) -> Result<Blueprint, BlueprintErrors> {
    load(&source(text), &catalogue())
}

/// Every finding as `place: message`, with ` (hint)` behind it where there is one.
fn mistakes(text: &str) -> Vec<String> {
    lines(page(text).expect_err("the page has a mistake"))
}

/// A page whose service `eye` has this contract, four spaces in; those of the first line are added.
fn contract_mistakes(contract: &str) -> Vec<String> {
    mistakes(&format!(
        "name: shop\nservices:\n  eye:\n    kind: worker\n    {contract}"
    ))
}

fn lines(errors: BlueprintErrors) -> Vec<String> {
    let line = |finding: crate::document::finding::Finding| match finding.mistake.instead() {
        Some(hint) => format!("{}: {} ({hint})", finding.place, finding.mistake),
        None => format!("{}: {}", finding.place, finding.mistake),
    };
    errors.findings.into_iter().map(line).collect()
}

fn with_flags(text: Option<&str>, overrides: &Overrides) -> Result<Blueprint, BlueprintErrors> {
    let document = text.map(|text| Document::parse(source(text))).transpose()?;
    compose(document.as_ref(), overrides, &catalogue())
}

fn contract(service: &Service) -> &Contract {
    match &service.role {
        Role::Python { contract, .. } => contract,
        Role::Gateway => panic!("`{}` is a gateway", service.name),
    }
}
