//! Which modules are active for one component, and what they contribute together.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use thiserror::Error as ThisError;

use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::{Axis, Catalogue, Module, RUNTIMES, STREAMS, language, runtime};
use crate::contract::graphql;
use crate::contract::model::Contract;
use crate::error::Error;
use crate::plan::requirements::{npm_ranges, python_absent, python_requirements};
use crate::template::module::{
    Container, ContractLanguage, KeysFunction, Lock, Manifest, Outside, Prepare, SettingsClass,
    Volume,
};

/// An active module, one of the runtimes, or a capability of it.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Its folder below `templates/`.
    pub folder: String,
    /// The folder below `folder` that is the component's: of a transport, that of its language; else `""`.
    pub side: &'static str,
    pub manifest: &'a Manifest,
    /// It is a transport, whose variables are per link.
    pub is_transport: bool,
}

impl Part<'_> {
    /// The last word of its folder.
    pub fn option(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    /// Whether what it brings to the shared package of the Python services is optional there.
    pub fn has_extra(&self) -> bool {
        !RUNTIMES.contains(&self.folder.as_str())
            && !self.manifest.python.package.dependencies.is_empty()
    }

    /// Its folders of that name below `templates/`, each with `/` at its end: its own, and those of what is
    /// needed. What takes two of the needs stands in a folder of the one below that of the other.
    pub fn scopes(&self, scope: &str, needs: &BTreeSet<String>) -> Vec<String> {
        let own = match self.side {
            "" => self.folder.clone(),
            side => format!("{}/{side}", self.folder),
        };
        // The capabilities of a runtime are parts of their own.
        let has_needs = !RUNTIMES.contains(&self.folder.as_str());
        let below = |folder: &String| -> Vec<String> {
            let needs = needs.iter().filter(|_| has_needs);
            needs.map(|need| format!("{folder}/{need}")).collect()
        };
        let of_one = below(&own);
        let of_two: Vec<String> = of_one.iter().flat_map(below).collect();
        let folders = iter::once(own).chain(of_one).chain(of_two);
        folders.map(|folder| format!("{folder}/{scope}/")).collect()
    }
}

/// All that makes up one component, in the order in which it contributes.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    pub parts: Vec<Part<'a>>,
    /// What the modules need, sorted, and what the gateways of a service need of it.
    pub needs: BTreeSet<String>,
    /// Those that the framework provides.
    pub capabilities: Vec<String>,
}

impl<'a> Parts<'a> {
    /// The modules of `service` in `blueprint`.
    ///
    /// # Errors
    /// [`Error::Unmet`] when a module needs what no active module provides,
    /// [`Error::Conflict`] when two of them cannot stand side by side.
    pub fn of(
        blueprint: &Blueprint,
        service: &Service,
        catalogue: &'a Catalogue,
    ) -> Result<Self, Error> {
        let runtime = runtime(service.side());
        let mut chosen = match &service.role {
            Role::Gateway => vec![(Axis::GATEWAY, service.framework.as_str())],
            Role::Python { kind, store, .. } => {
                let mut chosen = vec![(Axis::PYTHON, service.framework.as_str())];
                if !store.is_empty() {
                    chosen.push((Axis::STORE, store));
                }
                chosen.push((Axis::KIND, kind));
                chosen
            }
        };
        for (axis, words) in &service.choices {
            chosen.extend(words.iter().map(|word| (*axis, word.as_str())));
        }
        let mut modules: Vec<&Module> = Vec::new();
        for (axis, name) in chosen {
            modules.push(option(catalogue, axis, name)?);
        }
        let transports: BTreeSet<&str> = blueprint
            .links
            .iter()
            .filter(|link| link.from == service.name || link.to == service.name)
            .map(|link| link.via.as_str())
            .collect();
        for name in transports {
            modules.push(option(catalogue, Axis::TRANSPORT, name)?);
        }

        let mut needs = needs(service, &modules, catalogue)?;
        for need in needs_of_gateways(blueprint, service, catalogue)? {
            if catalogue.runtime_capability(runtime, need).is_some() {
                needs.insert(need.clone());
            }
        }
        if streams(blueprint, service) {
            needs.insert(STREAMS.to_owned());
        }
        refuse_conflicts(service, &modules)?;

        let mut parts = vec![Part {
            folder: runtime.to_owned(),
            side: "",
            manifest: catalogue.base(runtime),
            is_transport: false,
        }];
        parts.extend(needs.iter().filter_map(|name| {
            Some(Part {
                folder: format!("{runtime}/{name}"),
                side: "",
                manifest: catalogue.runtime_capability(runtime, name)?,
                is_transport: false,
            })
        }));
        let framework = modules.iter().find(|module| module.axis == Axis::PYTHON);
        let is_provided = |need: &&String| framework.is_some_and(|it| it.provides.contains(need));
        let capabilities = needs.iter().filter(is_provided).cloned().collect();
        parts.extend(modules.into_iter().map(|module| Part {
            folder: module.folder(),
            side: match module.axis {
                Axis::TRANSPORT => language(runtime),
                _ => "",
            },
            manifest: &module.manifest,
            is_transport: module.axis == Axis::TRANSPORT,
        }));
        let parts = Self {
            parts,
            needs,
            capabilities,
        };
        if let Role::Python { contract, .. } = &service.role
            && parts.asks_for(ContractLanguage::Graphql)
        {
            refuse_large_documents(service, contract)?;
        }
        Ok(parts)
    }

    /// Whether one of the modules needs the contract in this language.
    pub fn asks_for(&self, language: ContractLanguage) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.manifest.contracts.contains(&language))
    }

    /// npm packages with their version ranges: (at run time, for development).
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when `versions.yaml` lacks one.
    pub fn npm(&self, catalogue: &Catalogue) -> Result<[BTreeMap<String, String>; 2], Error> {
        let dependencies = self.names(|manifest| &manifest.npm.dependencies);
        let mut dev = self.names(|manifest| &manifest.npm.dev_dependencies);
        dev.retain(|name| !dependencies.contains(name));
        Ok([
            npm_ranges(dependencies, catalogue)?,
            npm_ranges(dev, catalogue)?,
        ])
    }

    /// Requirement strings (PEP 508) of the names that `pick` takes from each module, sorted.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when `versions.yaml` lacks one.
    pub fn python(
        &self,
        catalogue: &Catalogue,
        pick: impl Fn(&'a Manifest) -> &'a [String],
    ) -> Result<Vec<String>, Error> {
        python_requirements(self.names(pick), catalogue)
    }

    /// Dependency groups of all modules, merged by name.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when `versions.yaml` lacks a package.
    pub fn python_groups(
        &self,
        catalogue: &Catalogue,
    ) -> Result<Vec<(String, Vec<String>)>, Error> {
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for part in &self.parts {
            for (name, packages) in &part.manifest.python.groups {
                groups
                    .entry(name)
                    .or_default()
                    .extend(packages.iter().map(String::as_str));
            }
        }
        groups
            .into_iter()
            .map(|(name, packages)| {
                Ok((name.to_owned(), python_requirements(packages, catalogue)?))
            })
            .collect()
    }

    /// What dependencies require and what is never installed, as [`python_absent`] says it.
    pub fn without(&self) -> Vec<String> {
        python_absent(self.names(|manifest| &manifest.python.without))
    }

    /// Debian packages that the image needs, sorted.
    pub fn libraries(&self) -> Vec<String> {
        let names = self.names(|manifest| &manifest.python.libraries);
        names.into_iter().map(str::to_owned).collect()
    }

    pub fn settings(&self) -> impl Iterator<Item = &'a SettingsClass> {
        self.parts
            .iter()
            .flat_map(|part| &part.manifest.python.settings)
    }

    /// What remembers outcomes by their idempotency keys, as the most specific module says it.
    pub fn keys(&self) -> Option<&'a KeysFunction> {
        let mut all = self.parts.iter().map(|part| &part.manifest.python.keys);
        all.rfind(|it| it.is_some())?.as_ref()
    }

    /// How a client shows who it is, as the most specific module that knows it says it.
    pub fn credential(&self) -> &'a str {
        let mut all = self
            .parts
            .iter()
            .map(|part| part.manifest.credential.as_str());
        all.rfind(|it| !it.is_empty()).unwrap_or_default()
    }

    pub fn outside(&self) -> impl Iterator<Item = &'a Outside> {
        self.parts.iter().flat_map(|part| &part.manifest.outside)
    }

    pub fn volumes(&self) -> impl Iterator<Item = &'a Volume> {
        self.parts.iter().flat_map(|part| &part.manifest.volumes)
    }

    pub fn prepare(&self) -> impl Iterator<Item = &'a Prepare> {
        self.parts.iter().flat_map(|part| &part.manifest.prepare)
    }

    pub fn containers(&self) -> impl Iterator<Item = &'a Container> {
        self.parts.iter().flat_map(|part| &part.manifest.containers)
    }

    pub fn lock(&self) -> Option<&'a Lock> {
        self.parts
            .iter()
            .find_map(|part| part.manifest.lock.as_ref())
    }

    /// The memory limit that the most specific module states.
    pub fn memory(&self) -> &'a str {
        self.parts
            .iter()
            .map(|part| part.manifest.memory.as_str())
            .rfind(|m| !m.is_empty())
            .unwrap_or("")
    }

    /// The extras of the shared package that the component needs, sorted: the names of its options that bring
    /// dependencies.
    pub fn extras(&self) -> Vec<String> {
        let options = self.parts.iter().filter(|part| part.has_extra());
        let names: BTreeSet<&str> = options.map(Part::option).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    fn names(&self, pick: impl Fn(&'a Manifest) -> &'a [String]) -> BTreeSet<&'a str> {
        self.parts
            .iter()
            .flat_map(|part| pick(part.manifest))
            .map(String::as_str)
            .collect()
    }
}

/// What `modules` need of each other, of the framework and of the runtime.
///
/// # Errors
/// [`Error::Unmet`] when nobody provides one of them.
fn needs(
    service: &Service,
    modules: &[&Module],
    catalogue: &Catalogue,
) -> Result<BTreeSet<String>, Error> {
    let is_gateway = matches!(service.role, Role::Gateway);
    let mut found = BTreeSet::new();
    for module in modules {
        for need in &module.needs {
            let is_provided = modules.iter().any(|other| other.provides.contains(need));
            // A transport needs what it needs at one of its ends or at both; that neither has it is
            // found at the Python end.
            let is_met = is_provided
                || catalogue.is_runtime_capability(need)
                || (is_gateway && module.axis == Axis::TRANSPORT);
            if !is_met {
                return Err(Error::Unmet {
                    service: service.name.clone(),
                    module: module.folder(),
                    need: need.clone(),
                });
            }
            found.insert(need.clone());
        }
    }
    Ok(found)
}

/// What the options of the gateways that ask a service need; their transports apart, which are its own where
/// they are linked with it.
fn needs_of_gateways<'a>(
    blueprint: &Blueprint,
    service: &Service,
    catalogue: &'a Catalogue,
) -> Result<BTreeSet<&'a String>, Error> {
    let links = blueprint
        .links
        .iter()
        .filter(|link| link.to == service.name);
    let mut found = BTreeSet::new();
    for gateway in links.filter_map(|link| blueprint.services.get(&link.from)) {
        for (axis, words) in &gateway.choices {
            for word in words {
                found.extend(&option(catalogue, *axis, word)?.needs);
            }
        }
    }
    Ok(found)
}

/// Whether a service, or one that a gateway is linked with, answers in parts.
fn streams(blueprint: &Blueprint, service: &Service) -> bool {
    let links = blueprint
        .links
        .iter()
        .filter(|link| link.from == service.name);
    let linked = links.filter_map(|link| blueprint.services.get(&link.to));
    iter::once(service).chain(linked).any(|it| match &it.role {
        Role::Python { contract, .. } => contract.streams(),
        Role::Gateway => false,
    })
}

/// # Errors
/// [`Error::Conflict`] when two of the modules cannot stand side by side.
fn refuse_conflicts(service: &Service, modules: &[&Module]) -> Result<(), Error> {
    for module in modules {
        let is_refused = |other: &&&Module| module.manifest.conflicts.contains(&other.folder());
        if let Some(other) = modules.iter().find(is_refused) {
            return Err(Error::Conflict {
                service: service.name.clone(),
                first: module.folder(),
                second: other.folder(),
            });
        }
    }
    Ok(())
}

/// # Errors
/// [`Error::TooManySelections`]
fn refuse_large_documents(service: &Service, contract: &Contract) -> Result<(), Error> {
    let selections = graphql::selections(contract);
    if selections <= graphql::MAX_SELECTIONS {
        return Ok(());
    }
    Err(Error::TooManySelections {
        service: service.name.clone(),
        selections,
        most: graphql::MAX_SELECTIONS,
    })
}

/// It should have been refused when the blueprint was read.
#[derive(Debug, ThisError)]
#[error("the blueprint names an option that the catalogue does not have")]
struct UnknownOption;

fn option<'a>(catalogue: &'a Catalogue, axis: Axis, name: &str) -> Result<&'a Module, Error> {
    catalogue
        .get(axis, name)
        .ok_or_else(|| Error::BrokenTemplate {
            path: format!("{axis}/{name}/module.yaml"),
            at: None,
            why: UnknownOption.into(),
        })
}
