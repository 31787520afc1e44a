//! Flags and defaults, written into the tree as if they stood on the page.
//!
//! One tree then says everything, so that everything is checked by the same rules; what a flag
//! wrote is placed at the flag.

use super::options::{GATEWAY, Options};
use super::overrides::{Overrides, ViaFlag};
use super::packs;
use crate::catalogue::Axis;
use crate::document::finding::{Findings, Place};
use crate::document::mistake::SystemMistake;
use crate::document::node::Node;
use crate::suggest::nearest;
use crate::template::module::Side;

/// More links than this are not made up; nobody draws such a system.
pub const MAX_LINKS: usize = 10_000;

/// Applies the flags, then fills in services, gateway and links where none are written.
pub fn expand(
    root: &mut Node,
    overrides: &Overrides,
    options: Options<'_>,
    findings: &mut Findings,
) {
    if let Some(name) = &overrides.name {
        root.set("name", Node::text(Place::Flag("NAME"), name));
    }
    if let Some(description) = &overrides.description {
        root.set(
            "description",
            Node::text(Place::Flag("--description"), description),
        );
    }
    if let Some(targets) = &overrides.targets {
        root.set("targets", words("--target", targets));
    }
    packs::expand(root, overrides);
    expand_services(root, overrides, options);
    override_services(root, overrides, options);
    expand_links(root, options, findings);
    // What says more of a link is said last.
    let mut via: Vec<&ViaFlag> = overrides.via.iter().collect();
    via.sort_by_key(|flag| (flag.service.is_some(), flag.gateway.is_some()));
    for flag in via {
        override_links(root, flag, options, findings);
    }
}

/// The kind of a service, as it is written or by default.
pub fn kind_of<'a>(name: &str, service: &'a Node, options: Options<'a>) -> &'a str {
    let written = service.get("kind").and_then(Node::as_text);
    written.unwrap_or_else(|| options.default_kind(name))
}

fn expand_services(root: &mut Node, overrides: &Overrides, options: Options<'_>) {
    let start = root.place;
    match root.get("services") {
        // Nothing said is the default system; an empty list of services is a mistake, told later.
        Some(written) if written.entries().is_empty() && overrides.services.is_empty() => return,
        Some(_) => {}
        None => {
            let mut services = Node::map(start, Vec::new());
            if overrides.services.is_empty() {
                for (name, kind) in options.default_services() {
                    services.set(
                        name,
                        Node::map(start, vec![("kind", Node::text(start, kind))]),
                    );
                }
            }
            root.set("services", services);
        }
    }
    let Some(services) = child_mut(root, "services") else {
        return;
    };
    for flag in &overrides.services {
        const PLACE: Place = Place::Flag("--service");
        if services.get(&flag.name).is_none() {
            services.set(&flag.name, Node::map(PLACE, Vec::new()));
        }
        let Some(service) = child_mut(services, &flag.name) else {
            continue;
        };
        let before = service
            .get("kind")
            .and_then(Node::as_text)
            .map(str::to_owned);
        if let Some(entries) = service.entries_mut()
            && before.is_some_and(|kind| kind != flag.kind)
        {
            // It belonged to the other kind.
            entries.retain(|key, _| {
                !matches!(key.text.as_str(), "framework" | "store")
                    && Axis::all_choices().all(|axis| axis.folder() != key.text)
            });
        }
        service.set("kind", Node::text(PLACE, &flag.kind));
        if let Some(framework) = &flag.framework {
            service.set("framework", Node::text(PLACE, framework));
        }
    }
    let gateway = options.gateway_name();
    let has_gateway = services
        .entries()
        .iter()
        .any(|(key, service)| kind_of(&key.text, service, options) == GATEWAY);
    if !has_gateway && services.get(gateway).is_none() {
        services.set(
            gateway,
            Node::map(start, vec![("kind", Node::text(start, GATEWAY))]),
        );
        if let Some(entries) = services.entries_mut() {
            entries.move_index(entries.len() - 1, 0);
        }
    }
}

fn override_services(root: &mut Node, overrides: &Overrides, options: Options<'_>) {
    let Some(services) = child_mut(root, "services").and_then(Node::entries_mut) else {
        return;
    };
    for (key, service) in services {
        let kind = kind_of(&key.text, service, options).to_owned();
        let side = match kind == GATEWAY {
            true => Side::Gateway,
            false => Side::Service,
        };
        for axis in Axis::choices(side) {
            match overrides.choices.get(&axis).map(Vec::as_slice) {
                Some([word]) if !axis.is_many() => {
                    service.set(axis.folder(), Node::text(Place::Flag(axis.flag()), word));
                }
                Some(all) => service.set(axis.folder(), words(axis.flag(), all)),
                None => {}
            }
        }
        if let Some(store) = &overrides.store
            && !options.stores(&kind).is_empty()
        {
            service.set("store", Node::text(Place::Flag("--store"), store));
        }
    }
}

fn expand_links(root: &mut Node, options: Options<'_>, findings: &mut Findings) {
    if root.get("links").is_some() {
        return;
    }
    let start = root.place;
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    let (gateways, others): (Vec<_>, Vec<_>) = services
        .iter()
        .partition(|(key, service)| kind_of(&key.text, service, options) == GATEWAY);
    if gateways.len() * others.len() > MAX_LINKS {
        let limit = MAX_LINKS;
        findings.push(start, SystemMistake::TooManyLinks { limit });
        return;
    }
    let mut links = Vec::new();
    for (gateway, _) in &gateways {
        for (service, _) in &others {
            let ends = vec![
                ("from", Node::text(start, &gateway.text)),
                ("to", Node::text(start, &service.text)),
            ];
            links.push(Node::map(start, ends));
        }
    }
    root.set("links", Node::list(start, links));
}

fn override_links(root: &mut Node, flag: &ViaFlag, options: Options<'_>, findings: &mut Findings) {
    const PLACE: Place = Place::Flag("--via");
    let only_gateway = only_gateway(root, options);
    let Some(links) = child_mut(root, "links").and_then(Node::items_mut) else {
        return;
    };
    let is_meant = |link: &Node| {
        let end = |key: &str| link.get(key).and_then(Node::as_text).map(str::to_owned);
        let from = end("from").or_else(|| only_gateway.clone());
        (flag.service.is_none() || flag.service == end("to"))
            && (flag.gateway.is_none() || flag.gateway == from)
    };
    let mut found = flag.service.is_none();
    for link in links.iter_mut().filter(|link| is_meant(link)) {
        link.set("via", Node::text(PLACE, &flag.transport));
        found = true;
    }
    if !found {
        let service = flag.service.as_deref().unwrap_or_default();
        let end = |link: &Node, key| Some(link.get(key)?.as_text()?.to_owned());
        let named = |link: &Node| match &flag.gateway {
            Some(_) => {
                let from = end(link, "from").or_else(|| only_gateway.clone())?;
                Some(format!("{from}:{}", end(link, "to")?))
            }
            None => end(link, "to"),
        };
        let known: Vec<String> = links.iter().filter_map(named).collect();
        let wanted = match &flag.gateway {
            Some(gateway) => format!("{gateway}:{service}"),
            None => service.to_owned(),
        };
        findings.add(PLACE, || SystemMistake::NoSuchLink {
            gateway: flag.gateway.clone(),
            service: service.to_owned(),
            nearest: nearest(&wanted, known.iter().map(String::as_str)).map(str::to_owned),
        });
    }
}

/// The gateway that links without `from` come from.
fn only_gateway(root: &Node, options: Options<'_>) -> Option<String> {
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    let mut gateways = services
        .iter()
        .filter(|(key, service)| kind_of(&key.text, service, options) == GATEWAY);
    match (gateways.next(), gateways.next()) {
        (Some((key, _)), None) => Some(key.text.clone()),
        _ => None,
    }
}

/// The axis options that are taken where a gateway or the system names none.
pub fn default_words(axis: Axis, options: Options<'_>) -> Vec<String> {
    options.defaults(axis).map(str::to_owned).collect()
}

fn words(flag: &'static str, words: &[String]) -> Node {
    let place = Place::Flag(flag);
    Node::list(
        place,
        words.iter().map(|word| Node::text(place, word)).collect(),
    )
}

fn child_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let entries = node.entries_mut()?;
    entries.get_mut(key)
}
