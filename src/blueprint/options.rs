//! What the catalogue offers to a blueprint, and what it takes by default.

use crate::catalogue::{Axis, Catalogue, Module};

/// The kind whose services are gateways; all other kinds are Python services.
pub const GATEWAY: &str = "gateway";

/// The catalogue, asked the way a blueprint asks.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    pub catalogue: &'a Catalogue,
}

impl<'a> Options<'a> {
    pub fn new(catalogue: &'a Catalogue) -> Self {
        Options { catalogue }
    }

    pub fn names(self, axis: Axis) -> impl Iterator<Item = &'a str> {
        self.catalogue
            .options(axis)
            .map(|module| module.name.as_str())
    }

    /// What is taken when nothing is said, where one option is chosen.
    pub fn default(self, axis: Axis) -> Option<&'a str> {
        preferred(self.catalogue.options(axis).collect())
    }

    /// What is taken when nothing is said, where any number of options is chosen.
    pub fn defaults(self, axis: Axis) -> impl Iterator<Item = &'a str> {
        let marked = self
            .catalogue
            .options(axis)
            .filter(|module| module.is_default);
        marked.map(|module| module.name.as_str())
    }

    /// The kinds of Python services.
    pub fn python_kinds(self) -> impl Iterator<Item = &'a Module> {
        self.catalogue
            .options(Axis::KIND)
            .filter(|kind| kind.name != GATEWAY)
    }

    /// The kind of a service that does not tell its own.
    pub fn default_kind(self, service: &str) -> &'a str {
        if service == self.gateway_name() {
            return GATEWAY;
        }
        preferred(self.python_kinds().collect()).unwrap_or(GATEWAY)
    }

    /// What the gateway is called where nobody names it.
    pub fn gateway_name(self) -> &'a str {
        self.catalogue
            .get(Axis::KIND, GATEWAY)
            .map_or(GATEWAY, service_name)
    }

    /// The Python services of a system that names none: (name, kind).
    pub fn default_services(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let marked = self.python_kinds().filter(|kind| kind.is_default);
        marked.map(|kind| (service_name(kind), kind.name.as_str()))
    }

    /// The stores that provide what a kind needs; none where it keeps nothing.
    pub fn stores(self, kind: &str) -> Vec<&'a Module> {
        let Some(kind) = self.catalogue.get(Axis::KIND, kind) else {
            return Vec::new();
        };
        let provided = |need: &String| {
            self.catalogue
                .options(Axis::STORE)
                .any(|store| store.provides.contains(need))
        };
        let needs: Vec<&String> = kind.needs.iter().filter(|need| provided(need)).collect();
        if needs.is_empty() {
            return Vec::new();
        }
        let fits = |store: &&Module| needs.iter().all(|need| store.provides.contains(need));
        self.catalogue.options(Axis::STORE).filter(fits).collect()
    }

    /// The store of a service that does not tell its own; `""` where its kind keeps nothing.
    pub fn default_store(self, kind: &str) -> &'a str {
        preferred(self.stores(kind)).unwrap_or_default()
    }
}

fn preferred(options: Vec<&Module>) -> Option<&str> {
    let marked = options.iter().find(|module| module.is_default);
    marked
        .or(options.first())
        .map(|module| module.name.as_str())
}

fn service_name(kind: &Module) -> &str {
    let name = kind.manifest.service.as_str();
    if name.is_empty() { &kind.name } else { name }
}
