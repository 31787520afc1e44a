//! What no schema can tell of a whole system: names, links, texts, sizes.

use std::collections::{HashMap, HashSet};

use heck::ToPascalCase;

use super::model::{Blueprint, Role, Service};
use super::options::{GATEWAY, Options};
use super::{derived, digests, names, packs};
use crate::catalogue::Axis;
use crate::contract::check::{classes, example_values};
use crate::contract::scopes::lists;
use crate::contract::sections::Sections;
use crate::document::finding::Findings;
use crate::document::mistake::SystemMistake;
use crate::document::name::{NameError, Taken};
use crate::document::node::{Data, Entries, Key, Node};
use crate::suggest::nearest;
use crate::template::module::Side;

/// Values in all examples of a system.
const MAX_EXAMPLES: u64 = 1_000_000;

/// Checks a tree, and the blueprint that was read of it.
pub fn check(root: &Node, blueprint: &Blueprint, options: Options<'_>, findings: &mut Findings) {
    texts(root, findings);
    system_name(root, options, findings);
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    service_names(services, blueprint, options, findings);
    schema_names(root, blueprint, findings);
    links(root, blueprint, findings);
    streams(root, blueprint, options, findings);
    scopes(services, blueprint, options, findings);
    derived::check(services, blueprint, options.catalogue, findings);
    digests::check(root, findings);
    packs::check(root, options.catalogue, findings);
    // Types that never end are among the findings.
    if findings.is_empty()
        && contracts(blueprint)
            .map(|(_, contract)| example_values(contract))
            .sum::<u64>()
            > MAX_EXAMPLES
    {
        let limit = MAX_EXAMPLES;
        findings.push(root.place, SystemMistake::ExamplesTooLarge { limit });
    }
}

fn contracts(
    blueprint: &Blueprint,
) -> impl Iterator<Item = (&str, &crate::contract::model::Contract)> {
    blueprint
        .services
        .values()
        .filter_map(|service| match &service.role {
            Role::Python { contract, .. } => Some((service.name.as_str(), contract)),
            Role::Gateway => None,
        })
}

/// Texts end up in every kind of file; these characters end a line, or turn its order around
/// (CVE-2021-42574), in some of them.
fn texts(node: &Node, findings: &mut Findings) {
    let check = |text: &str, place, findings: &mut Findings| {
        if let Some(character) = text.chars().find(|c| is_unfit(*c)) {
            findings.push(place, SystemMistake::UnfitCharacter { character });
        }
    };
    match &node.data {
        Data::Scalar { text, .. } => check(text, node.place, findings),
        Data::List(items) => items.iter().for_each(|item| texts(item, findings)),
        Data::Map(entries) => {
            for (key, item) in entries {
                check(&key.text, key.place, findings);
                texts(item, findings);
            }
        }
    }
}

fn is_unfit(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

fn system_name(root: &Node, options: Options<'_>, findings: &mut Findings) {
    let Some((node, name)) = root
        .get("name")
        .and_then(|node| Some((node, node.as_text()?)))
    else {
        return;
    };
    if let Err(error) = names::system(name, options.catalogue.versions()) {
        findings.push(node.place, error);
    }
}

fn service_names(
    services: &Entries,
    blueprint: &Blueprint,
    options: Options<'_>,
    findings: &mut Findings,
) {
    let versions = options.catalogue.versions();
    let mut classes: HashMap<String, &Key> = HashMap::new();
    let mut python = 0;
    for (key, service) in services.keys().zip(blueprint.services.values()) {
        let is_gateway = matches!(service.role, Role::Gateway);
        python += usize::from(!is_gateway);
        let result = match is_gateway {
            true => names::gateway(&key.text, versions),
            false if key.text == options.gateway_name() => {
                Err(NameError::taken(&key.text, Taken::Gateway))
            }
            false => names::python_service(&key.text, versions),
        }
        .and_then(|()| names::host(&key.text, options.catalogue));
        if let Err(error) = result {
            findings.push(key.place, error);
        } else if let Some(first) = classes.insert(key.text.to_pascal_case(), key) {
            let (first, second) = (first.located(), key.text.clone());
            findings.push(key.place, SystemMistake::SameName { first, second });
        }
    }
    if python == 0
        && let Some((key, _)) = services.first()
    {
        let kinds = options.python_kinds().map(|kind| kind.name.clone());
        let mistake = SystemMistake::NoService {
            gateway: GATEWAY,
            kinds: kinds.collect(),
        };
        findings.push(key.place, mistake);
    }
}

/// The schemas of all services stand in one document, under the name of the service and the class.
fn schema_names(root: &Node, blueprint: &Blueprint, findings: &mut Findings) {
    let mut taken: HashMap<String, &Key> = HashMap::new();
    let services = root.get("services");
    for (name, contract) in contracts(blueprint) {
        let Some(key) = services.and_then(|services| services.key(name)) else {
            continue;
        };
        let prefix = name.to_pascal_case();
        for class in classes(contract) {
            let schema = format!("{prefix}{class}");
            let Some(first) = taken.get(&schema).filter(|first| **first != key) else {
                taken.insert(schema, key);
                continue;
            };
            let mistake = SystemMistake::SameSchema {
                first: first.located(),
                second: name.to_owned(),
                schema,
            };
            findings.push(key.place, mistake);
            break;
        }
    }
}

fn links(root: &Node, blueprint: &Blueprint, findings: &mut Findings) {
    let nodes = root
        .get("links")
        .and_then(Node::as_list)
        .unwrap_or_default();
    let is_gateway = |service: &Service| matches!(service.role, Role::Gateway);
    let mut seen = HashSet::new();
    let mut reached = HashSet::new();
    for (node, link) in nodes.iter().zip(&blueprint.links) {
        // A link that is no mapping, or leads nowhere, is told by the schema.
        let Some(to) = node.given("to") else { continue };
        reached.insert(link.to.as_str());
        let from = node.given("from");
        let ends = [
            (from.unwrap_or(node), &link.from, true),
            (to, &link.to, false),
        ];
        if from.is_none() && link.from.is_empty() {
            findings.push(node.place, SystemMistake::NoFrom);
            continue;
        }
        let mut right = true;
        for (place, name, wants_gateway) in ends {
            right &= end(place, name, wants_gateway, blueprint, findings);
        }
        if right && !seen.insert((&link.from, &link.to)) {
            let (from, to) = (link.from.clone(), link.to.clone());
            findings.push(node.place, SystemMistake::LinkedTwice { from, to });
        }
    }
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    for ((key, _), service) in services.iter().zip(blueprint.services.values()) {
        if !is_gateway(service)
            && !reached.contains(service.name.as_str())
            && root
                .get("links")
                .is_some_and(|links| links.as_list().is_some())
        {
            let service = key.text.clone();
            findings.push(key.place, SystemMistake::NotLinked { service });
        }
    }
}

/// A service that answers in parts is linked by transports that bring them.
fn streams(root: &Node, blueprint: &Blueprint, options: Options<'_>, findings: &mut Findings) {
    let transports = options.catalogue.options(Axis::TRANSPORT);
    let able: Vec<&str> = transports
        .filter(|it| it.streams)
        .map(|it| it.name.as_str())
        .collect();
    let written = root.get("links").and_then(Node::as_list);
    for (index, link) in blueprint.links.iter().enumerate() {
        let Some(Role::Python { contract, .. }) =
            blueprint.services.get(&link.to).map(|it| &it.role)
        else {
            continue;
        };
        if !contract.streams() || able.contains(&link.via.as_str()) {
            continue;
        }
        let node = written.and_then(|links| links.get(index));
        let place = match node.map(|link| (link.given("via"), link)) {
            Some((via, link)) => via.unwrap_or(link).place,
            None => root.place,
        };
        findings.add(place, || SystemMistake::NoStreams {
            service: link.to.clone(),
            via: link.via.clone(),
            ways: able.iter().map(|it| (*it).to_owned()).collect(),
        });
    }
}

/// What a module provides that says what clients may do.
const SCOPES: &str = "scopes";

/// Where a part of a service needs scopes, each gateway that is linked to it must know those of its clients.
fn scopes(
    services: &Entries,
    blueprint: &Blueprint,
    options: Options<'_>,
    findings: &mut Findings,
) {
    for (node, service) in services.values().zip(blueprint.services.values()) {
        let Role::Python { contract, .. } = &service.role else {
            continue;
        };
        let Some(list) = lists(&Sections::of(node, contract)).next() else {
            continue;
        };
        let links = blueprint.links.iter().filter(|it| it.to == service.name);
        let gateways = links.filter_map(|link| blueprint.services.get(&link.from));
        for gateway in gateways.filter(|it| !it.has_chosen(SCOPES, options.catalogue)) {
            findings.add(list.place, || SystemMistake::NoScopes {
                gateway: gateway.name.clone(),
                ways: ways_of_scopes(options),
            });
        }
    }
}

/// The options that know the scopes of clients, as they are written.
fn ways_of_scopes(options: Options<'_>) -> Vec<String> {
    let modules = Axis::choices(Side::Gateway).flat_map(|axis| options.catalogue.options(axis));
    let knowing = modules.filter(|it| it.provides.iter().any(|word| word == SCOPES));
    knowing
        .map(|it| format!("{}: {}", it.axis, it.name))
        .collect()
}

/// Whether an end of a link is a service, and one of the right role.
fn end(
    node: &Node,
    name: &str,
    wants_gateway: bool,
    blueprint: &Blueprint,
    findings: &mut Findings,
) -> bool {
    let is_gateway = |service: &Service| matches!(service.role, Role::Gateway);
    match blueprint.services.get(name) {
        Some(service) if is_gateway(service) == wants_gateway => true,
        Some(_) => {
            let name = name.to_owned();
            let mistake = match wants_gateway {
                true => SystemMistake::NotAGateway { name },
                false => SystemMistake::AGateway { name },
            };
            findings.push(node.place, mistake);
            false
        }
        None => {
            let known = blueprint
                .services
                .values()
                .filter(|service| is_gateway(service) == wants_gateway);
            let known = known.map(|service| service.name.as_str());
            findings.add(node.place, || SystemMistake::UnknownService {
                name: name.to_owned(),
                nearest: nearest(name, known).map(str::to_owned),
            });
            false
        }
    }
}
