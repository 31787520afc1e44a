//! A checked and expanded tree as a [`Blueprint`].

use std::collections::HashMap;

use indexmap::IndexMap;

use super::expand::{default_words, kind_of};
use super::model::{Blueprint, Link, Role, Service};
use super::options::{GATEWAY, Options};
use super::schema::MAX_SERVICES;
use super::{digests, packs};
use crate::catalogue::{Axis, kind};
use crate::contract::model::Contract;
use crate::contract::read::{self, Elsewhere, description};
use crate::contract::scopes;
use crate::contract::sections::Author;
use crate::document::finding::{BlueprintErrors, Findings};
use crate::document::node::{Key, Node};
use crate::template::module::Side;

/// Reads the tree. What the schema tells is skipped here; contracts tell what is wrong with them.
///
/// # Errors
/// A kind's own contract is broken.
pub fn build(
    root: &Node,
    options: Options<'_>,
    findings: &mut Findings,
) -> Result<Blueprint, BlueprintErrors> {
    let written = root.get("services").map(Node::entries).unwrap_or_default();
    let mut builder = Builder {
        options,
        findings,
        kinds: HashMap::new(),
        types: written
            .iter()
            .flat_map(|(key, node)| types_of(key, node))
            .collect(),
    };
    let mut services = IndexMap::new();
    // More than the schema allows is told already, and not worth the time.
    for (key, node) in written.iter().take(MAX_SERVICES) {
        let service = builder.service(&key.text, node)?;
        services.insert(key.text.clone(), service);
    }
    let links = root
        .get("links")
        .and_then(Node::as_list)
        .unwrap_or_default();
    Ok(Blueprint {
        name: text(root, "name"),
        description: description(root),
        links: links
            .iter()
            .map(|link| builder.link(link, &services))
            .collect(),
        targets: words(root, "targets").unwrap_or_else(|| default_words(Axis::DEPLOY, options)),
        digests: digests::read(root),
        packs: packs::used(root, options.catalogue),
        services,
    })
}

struct Builder<'a> {
    options: Options<'a>,
    findings: &'a mut Findings,
    /// What each kind brings, read once.
    kinds: HashMap<String, Contract>,
    /// Those that any service declares.
    types: Vec<Elsewhere<'a>>,
}

fn types_of<'a>(service: &'a Key, node: &'a Node) -> impl Iterator<Item = Elsewhere<'a>> {
    let types = node.get("types").map(Node::entries).unwrap_or_default();
    types.keys().map(|key| Elsewhere {
        service: &service.text,
        name: &key.text,
    })
}

impl Builder<'_> {
    fn service(&mut self, name: &str, node: &Node) -> Result<Service, BlueprintErrors> {
        let kind = kind_of(name, node, self.options);
        let is_gateway = kind == GATEWAY;
        let role = if is_gateway {
            Role::Gateway
        } else {
            let store = node.given("store").and_then(Node::as_text);
            Role::Python {
                kind: kind.to_owned(),
                store: store
                    .unwrap_or_else(|| self.options.default_store(kind))
                    .to_owned(),
                contract: self.contract(kind, node)?,
            }
        };
        let (side, axis) = match is_gateway {
            true => (Side::Gateway, Axis::GATEWAY),
            false => (Side::Service, Axis::PYTHON),
        };
        let chosen = |axis: Axis| match axis.is_many() {
            true => words(node, axis.folder()).unwrap_or_else(|| default_words(axis, self.options)),
            false => vec![self.text_or(node, axis.folder(), axis)],
        };
        Ok(Service {
            name: name.to_owned(),
            description: description(node),
            framework: self.text_or(node, "framework", axis),
            choices: Axis::choices(side)
                .map(|axis| (axis, chosen(axis)))
                .collect(),
            role,
        })
    }

    /// What the kind brings, and the person's own beside it.
    fn contract(&mut self, kind: &str, node: &Node) -> Result<Contract, BlueprintErrors> {
        if !self.kinds.contains_key(kind) {
            let module = self.options.catalogue.get(Axis::KIND, kind);
            let contract = module.map_or_else(|| Ok(Contract::default()), kind::contract_of)?;
            self.kinds.insert(kind.to_owned(), contract);
        }
        let brought = &self.kinds[kind];
        let own = read::read(node, brought, &self.types, Author::Person, self.findings);
        let mut contract = brought.clone();
        contract.operations.extend(own.operations);
        contract.events.extend(own.events);
        contract.types.extend(own.types);
        scopes::amend(node, &mut contract);
        Ok(contract)
    }

    fn link(&self, node: &Node, services: &IndexMap<String, Service>) -> Link {
        let mut gateways = services
            .values()
            .filter(|service| matches!(service.role, Role::Gateway));
        let only = match (gateways.next(), gateways.next()) {
            (Some(gateway), None) => gateway.name.as_str(),
            _ => "",
        };
        let from = node.given("from").and_then(Node::as_text).unwrap_or(only);
        Link {
            from: from.to_owned(),
            to: text(node, "to"),
            via: self.text_or(node, "via", Axis::TRANSPORT),
        }
    }

    fn text_or(&self, node: &Node, key: &str, axis: Axis) -> String {
        let written = node.given(key).and_then(Node::as_text);
        written
            .or(self.options.default(axis))
            .unwrap_or_default()
            .to_owned()
    }
}

fn text(node: &Node, key: &str) -> String {
    node.given(key)
        .and_then(Node::as_text)
        .unwrap_or_default()
        .to_owned()
}

/// The words of a list; `None` where nothing is written.
fn words(node: &Node, key: &str) -> Option<Vec<String>> {
    let items = node.given(key)?.as_list()?;
    Some(
        items
            .iter()
            .filter_map(Node::as_text)
            .map(str::to_owned)
            .collect(),
    )
}
