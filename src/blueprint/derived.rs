//! Names that are made of those of services: hosts and objects that stand beside the services themselves.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::model::{Blueprint, Role};
use crate::catalogue::{Axis, Catalogue, Module};
use crate::document::finding::Findings;
use crate::document::mistake::{Held, NameHolder, SystemMistake};
use crate::document::node::{Entries, Key};

/// Kubernetes has one Service of each name (and one NetworkPolicy and one claim of a volume), and `.env` one variable:
/// what is made of two names must not be a third.
pub fn check(
    services: &Entries,
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    findings: &mut Findings,
) {
    let mut hosts = Names::default();
    let mut policies = Names::default();
    let mut volumes = Names::default();
    hosts.reserve("shared", Held::Shared);
    policies.reserve("default-deny", Held::PolicyOfSystem);
    policies.reserve("names", Held::PolicyOfSystem);
    let modules: Vec<&Module> = Axis::all()
        .flat_map(|axis| catalogue.options(axis))
        .collect();
    for container in modules.iter().flat_map(|it| &it.manifest.containers) {
        let policy = format!("to-{}", container.name);
        policies.reserve(&policy, Held::PolicyOfContainer);
        for volume in &container.volumes {
            let volume = format!("{}-{}", container.name, volume.name);
            volumes.reserve(&volume, Held::VolumeOfContainer);
        }
    }
    for key in services.keys() {
        hosts.claim(key.text.clone(), Claim::of(None, key), findings);
        let service = blueprint.services.get(&key.text);
        if service.is_some_and(|service| matches!(service.role, Role::Gateway)) {
            policies.claim(key.text.clone(), Claim::of(None, key), findings);
        }
    }
    let mut carried: HashMap<&str, Vec<&str>> = HashMap::new();
    for link in &blueprint.links {
        carried.entry(&link.to).or_default().push(&link.via);
    }
    for key in services.keys() {
        let transports = carried
            .get(key.text.as_str())
            .map_or(&[][..], Vec::as_slice);
        for suffix in suffixes(transports, catalogue) {
            let name = format!("{}-{suffix}", key.text);
            hosts.claim(name, Claim::of(Some(Held::Host), key), findings);
        }
        for module in &modules {
            for job in &module.manifest.jobs {
                let name = format!("{}-{}", key.text, job.name);
                let module = module.label.clone();
                hosts.claim_for_option(name, Claim::of(Some(Held::Job { module }), key), findings);
            }
            for volume in &module.manifest.volumes {
                let name = format!("{}-{}", key.text, volume.name);
                volumes.claim_for_option(name, Claim::of(Some(Held::Volume), key), findings);
            }
        }
    }
    let keys: HashMap<&str, &Key> = services
        .keys()
        .map(|key| (key.text.as_str(), key))
        .collect();
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
            let claim = Claim::of(Some(Held::PolicyOfLink), key);
            policies.claim(name, claim, findings);
        }
    }
}

/// What stands behind the name of a service, reached over `transports`, where it has a host for a purpose.
fn suffixes<'c>(transports: &[&str], catalogue: &'c Catalogue) -> Vec<&'c str> {
    let mut suffixes = vec!["replicas"];
    for name in transports {
        let Some(module) = catalogue.get(Axis::TRANSPORT, name) else {
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
struct Claim<'k> {
    /// `None` for its very name.
    what: Option<Held>,
    /// `None` for hybridge itself.
    key: Option<&'k Key>,
}

impl<'k> Claim<'k> {
    fn of(what: Option<Held>, key: &'k Key) -> Self {
        let key = Some(key);
        Self { what, key }
    }

    fn is_host(&self) -> bool {
        matches!(self.what, None | Some(Held::Host))
    }

    /// Reports that `name` would stand for this and for `other`, which came later. The finding is at the one of the
    /// two that can be renamed: the service whose very name it is.
    fn tell(&self, name: &str, other: &Self, findings: &mut Findings) {
        let (here, there) = match (self.key, &self.what) {
            (Some(named), None) => (Some(named), other),
            _ => (other.key, self),
        };
        let Some(here) = here else { return };
        let mistake = SystemMistake::NameTaken {
            name: name.to_owned(),
            of: (here.text != name).then(|| here.text.clone()),
            there: there.holder(),
        };
        findings.push(here.place, mistake);
    }

    fn holder(&self) -> NameHolder {
        NameHolder {
            what: self.what.clone(),
            service: self.key.map(Key::located),
        }
    }
}

#[derive(Default)]
struct Names<'k>(HashMap<String, Claim<'k>>);

impl<'k> Names<'k> {
    /// Gives a name away to hybridge itself.
    fn reserve(&mut self, name: &str, what: Held) {
        let (what, key) = (Some(what), None);
        self.0.insert(name.to_owned(), Claim { what, key });
    }

    /// Gives a name away, or reports who has it already.
    fn claim(&mut self, name: String, claim: Claim<'k>, findings: &mut Findings) {
        match self.0.entry(name) {
            Entry::Vacant(free) => {
                free.insert(claim);
            }
            Entry::Occupied(taken) => taken.get().tell(taken.key(), &claim, findings),
        }
    }

    /// The same for what an option brings: options that exclude each other may call what they bring to a service the
    /// same.
    fn claim_for_option(&mut self, name: String, claim: Claim<'k>, findings: &mut Findings) {
        let is_of_the_same = |taken: &Claim<'_>| taken.key == claim.key && !taken.is_host();
        if !self.0.get(&name).is_some_and(is_of_the_same) {
            self.claim(name, claim, findings);
        }
    }
}
