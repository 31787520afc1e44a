//! Names that are made of those of services: hosts and objects that stand beside the services themselves.

use std::collections::{HashMap, HashSet};

use super::model::{Blueprint, Role};
use crate::catalogue::{Axis, Catalogue};
use crate::document::finding::Findings;
use crate::document::mistake::SystemMistake;
use crate::document::node::{Entries, Key};

/// Kubernetes has one Service of each name (and one NetworkPolicy), and `.env` one variable: what is made
/// of two names must not be a third.
pub fn check(
    services: &Entries,
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    findings: &mut Findings,
) {
    let keys: HashMap<&str, &Key> = services
        .keys()
        .map(|key| (key.text.as_str(), key))
        .collect();
    let mut hosts = Names::default();
    let mut policies = Names::default();
    hosts.reserve("shared", "what all components share in Kubernetes");
    policies.reserve("default-deny", "a network policy of every system");
    policies.reserve("names", "a network policy of every system");
    for key in services.keys() {
        if let Err(taken) = hosts.claim(key.text.clone(), Claim::of("", key)) {
            taken.tell(&key.text, "", key, findings);
        }
        let is_gateway = blueprint
            .services
            .get(&key.text)
            .is_some_and(|service| matches!(service.role, Role::Gateway));
        if is_gateway && let Err(taken) = policies.claim(key.text.clone(), Claim::of("", key)) {
            taken.tell(&key.text, "", key, findings);
        }
    }
    for key in services.keys() {
        for suffix in suffixes(&key.text, blueprint, catalogue) {
            let name = format!("{}-{suffix}", key.text);
            let what = "a host";
            if let Err(taken) = hosts.claim(name.clone(), Claim::of(what, key)) {
                taken.tell(&name, what, key, findings);
            }
        }
    }
    let mut linked = HashSet::new();
    for link in &blueprint.links {
        // Two links of one pair are a finding of their own.
        let is_first = linked.insert((&link.from, &link.to));
        let Some(key) = keys.get(link.to.as_str()).filter(|_| is_first) else {
            continue;
        };
        for name in [
            format!("{}-to-{}", link.from, link.to),
            format!("{}-from-{}", link.to, link.from),
        ] {
            let what = "the network policy of a link";
            if let Err(taken) = policies.claim(name.clone(), Claim::of(what, key)) {
                taken.tell(&name, what, key, findings);
            }
        }
    }
}

/// What stands behind the name of a service where it has a host for a purpose.
fn suffixes<'c>(name: &str, blueprint: &Blueprint, catalogue: &'c Catalogue) -> Vec<&'c str> {
    let mut suffixes = vec!["replicas"];
    for link in blueprint.links.iter().filter(|link| link.to == name) {
        let Some(module) = catalogue.get(Axis::TRANSPORT, &link.via) else {
            continue;
        };
        for port in &module.manifest.ports {
            if !suffixes.contains(&port.name.as_str()) {
                suffixes.push(&port.name);
            }
        }
    }
    suffixes
}

/// Who has a name.
#[derive(Clone, Copy)]
struct Claim<'k> {
    /// `""` for its very name.
    what: &'static str,
    key: Option<&'k Key>,
}

impl<'k> Claim<'k> {
    fn of(what: &'static str, key: &'k Key) -> Self {
        let key = Some(key);
        Self { what, key }
    }

    /// Reports that `name` would stand for this and for `what` of the service at `key` too. The finding is at the
    /// one of the two that can be renamed: the service whose very name it is.
    fn tell(&self, name: &str, what: &str, key: &Key, findings: &mut Findings) {
        let described = |what: &str, key: Option<&Key>| match (what, key) {
            (what, None) => what.to_owned(),
            ("", Some(key)) => format!("the service `{}` at {}", key.text, key.place),
            (what, Some(key)) => format!("{what} of `{}` at {}", key.text, key.place),
        };
        let (here, there) = match (self.what, self.key) {
            ("", Some(named)) => (named, described(what, Some(key))),
            (taken, other) => (key, described(taken, other)),
        };
        let mistake = SystemMistake::NameTaken {
            name: name.to_owned(),
            of: (here.text != name).then(|| here.text.clone()),
            there,
        };
        findings.push(here.place, mistake);
    }
}

#[derive(Default)]
struct Names<'k>(HashMap<String, Claim<'k>>);

impl<'k> Names<'k> {
    /// Gives a name away to hybridge itself.
    fn reserve(&mut self, name: &str, what: &'static str) {
        self.0.insert(name.to_owned(), Claim { what, key: None });
    }

    /// # Errors
    /// Who has the name already, another service or hybridge.
    fn claim(&mut self, name: String, claim: Claim<'k>) -> Result<(), Claim<'k>> {
        match self.0.get(&name) {
            Some(taken) => Err(*taken),
            None => {
                self.0.insert(name, claim);
                Ok(())
            }
        }
    }
}
