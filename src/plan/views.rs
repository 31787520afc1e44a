//! From the blueprint and the active modules to what templates see.

use std::collections::BTreeMap;

use handlebars::Context;
use heck::ToSnakeCase;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Upkeep;
use super::contract_views::{
    event_scopes, event_view, examples, graphql_view, operation_view, type_view,
};
use super::identities::identities;
use super::ports;
use super::record::{Record, surfaces};
use crate::blueprint::digests;
use crate::blueprint::model::{Blueprint, Link, Role, Service};
use crate::catalogue::{Axis, Catalogue, PACKAGE_SCOPE, SERVICE_SCOPE};
use crate::contract::model::Contract;
use crate::contract::proto::{self, ProtoView, numbers::Numbers};
use crate::error::Error;
use crate::plan::component::{Part, Parts};
use crate::plan::view::*;
use crate::render::engine::Engine;
use crate::template::module::{ContractLanguage, MANIFEST, Side};
use crate::template::path::PACKAGE;

/// Builds the views of one system.
pub struct Views<'a> {
    pub blueprint: &'a Blueprint,
    pub catalogue: &'a Catalogue,
    pub engine: &'a Engine<'a>,
    /// Ports as given to this system; numbers as recorded before.
    pub record: Record,
    /// By name, with the digests of the blueprint.
    pub images: BTreeMap<String, String>,
    /// What every template sees, by name.
    common: Map<String, Value>,
    pub identities: BTreeMap<String, Identity>,
}

impl<'a> Views<'a> {
    pub fn new(
        blueprint: &'a Blueprint,
        catalogue: &'a Catalogue,
        engine: &'a Engine<'a>,
        record: &Record,
        upkeep: Upkeep,
    ) -> Self {
        let record = Record {
            ports: ports::assign(blueprint, catalogue, &record.ports),
            numbers: record.numbers.clone(),
            contracts: surfaces(blueprint),
        };
        let versions = catalogue.versions();
        let images = digests::pinned(&versions.images, &blueprint.digests);
        let common = CommonView {
            hybridge: HybridgeView {
                version: env!("CARGO_PKG_VERSION"),
                managed: upkeep == Upkeep::Managed,
            },
            system: SystemView {
                name: blueprint.name.clone(),
                package: blueprint.name.to_snake_case(),
                description: blueprint.description.clone(),
                as_of: versions.as_of.clone(),
                targets: blueprint
                    .targets
                    .iter()
                    .map(|name| Named { name: name.clone() })
                    .collect(),
            },
            images: images.clone(),
            actions: versions.actions.clone(),
            tools: versions.tools.clone(),
        };
        let identities = identities(blueprint, catalogue, &record.ports);
        let Value::Object(mut common) = to_value(&common) else {
            unreachable!("a struct is an object")
        };
        let answers = blueprint
            .packs
            .iter()
            .map(|(name, used)| (name.clone(), json!(used.answers)));
        common.insert("packs".to_owned(), Value::Object(answers.collect()));
        Self {
            blueprint,
            catalogue,
            engine,
            record,
            images,
            common,
            identities,
        }
    }

    /// The view of a Python service.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a module contributes what cannot be resolved.
    pub fn service(&self, service: &Service, parts: &Parts<'_>) -> Result<ServiceView, Error> {
        let contract = contract_of(service);
        let identity = self.identities[&service.name].clone();
        let operations: Vec<OperationView> = contract
            .operations
            .iter()
            .map(|operation| operation_view(operation, &identity, contract))
            .collect();
        let python = |pick: fn(&_) -> &[String]| parts.python(self.catalogue, pick);
        Ok(ServiceView {
            own_operations: operations
                .iter()
                .filter(|operation| operation.own)
                .cloned()
                .collect(),
            operations,
            events: contract
                .events
                .iter()
                .map(|event| event_view(event, &identity, contract))
                .collect(),
            event_scopes: event_scopes(contract),
            types: contract
                .types
                .iter()
                .map(|kind| type_view(kind, contract))
                .collect(),
            answers: contract.operations.iter().any(|it| it.stream.is_none()),
            streams: contract.streams(),
            graphql: match parts.asks_for(ContractLanguage::Graphql) {
                true => graphql_view(&identity, contract),
                false => GraphqlView::default(),
            },
            python: PythonView {
                dependencies: python(|manifest| &manifest.python.dependencies)?,
                dev: python(|manifest| &manifest.python.dev)?,
                groups: parts
                    .python_groups(self.catalogue)?
                    .into_iter()
                    .map(|(name, dependencies)| GroupView { name, dependencies })
                    .collect(),
                settings: parts
                    .settings()
                    .map(|class| SettingsView {
                        module: class.module.clone(),
                        class: class.class.clone(),
                    })
                    .collect(),
                keys: parts
                    .keys()
                    .map(|keys| KeysView {
                        module: keys.module.clone(),
                        function: keys.function.clone(),
                    })
                    .into_iter()
                    .collect(),
                extras: parts.extras(),
                without: parts.without(),
                libraries: parts.libraries(),
            },
            capabilities: named(&parts.capabilities),
            adapters: self.adapters(parts),
            transports: self.transports(|link| link.to == service.name),
            prepare: parts
                .prepare()
                .map(|prepare| PrepareView {
                    name: prepare.name.clone(),
                    help: prepare.help.clone(),
                    command: prepare.command.clone(),
                    inputs: prepare.inputs.clone(),
                    outputs: prepare.outputs.clone(),
                })
                .collect(),
            note: self.note(service, parts)?,
            generate: self.generate(service, Side::Service, parts)?,
            proto: match parts.asks_for(ContractLanguage::Proto) {
                true => self.proto(&identity, contract),
                false => ProtoView::default(),
            },
            runtime: self.runtime(service, Side::Service, parts)?,
            identity,
        })
    }

    /// What the kind has to say of a service in the README of the system.
    fn note(&self, service: &Service, parts: &Parts<'_>) -> Result<String, Error> {
        let mut notes = parts
            .parts
            .iter()
            .filter(|part| !part.manifest.note.is_empty());
        let Some(part) = notes.next_back() else {
            return Ok(String::new());
        };
        let path = format!("{}/{MANIFEST}", part.folder);
        let context = self.context(json!({ "service": self.identities[&service.name] }));
        self.engine
            .render_text(&path, &part.manifest.note, &context)
    }

    fn proto(&self, identity: &Identity, contract: &Contract) -> ProtoView {
        let subject = proto::Subject {
            system: &self.blueprint.name.to_snake_case(),
            service: &identity.package,
            class: &identity.class,
            description: &identity.description,
        };
        let recorded = self.record.numbers.get(&identity.name);
        proto::view(subject, contract, recorded.unwrap_or(&Numbers::default()))
    }

    /// The view of a gateway, with the views of the services linked to it.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a module contributes what cannot be resolved.
    pub fn gateway(
        &self,
        service: &Service,
        parts: &Parts<'_>,
        services: &BTreeMap<String, ServiceView>,
    ) -> Result<GatewayView, Error> {
        let linked: Vec<LinkedService> = self
            .blueprint
            .links
            .iter()
            .filter(|link| link.from == service.name)
            .map(|link| LinkedService {
                service: services[&link.to].clone(),
                link: Via {
                    transport: link.via.clone(),
                },
            })
            .collect();
        let observers = linked
            .iter()
            .filter_map(|linked| {
                let identity = &linked.service.identity;
                let kind = self.catalogue.get(Axis::KIND, &identity.kind)?;
                (!kind.manifest.observer.is_empty()).then(|| Observer {
                    service: identity.name.clone(),
                    operation: kind.manifest.observer.clone(),
                })
            })
            .collect();
        let [dependencies, dev_dependencies] = parts.npm(self.catalogue)?;
        Ok(GatewayView {
            examples: examples(&linked),
            streams: linked.iter().any(|it| it.service.streams),
            services: linked,
            transports: self.own_transports(parts),
            choices: self.choices(service),
            npm: NpmView {
                dependencies,
                dev_dependencies,
            },
            observers,
            credential: parts.credential().to_owned(),
            openapi: self.public_api(service, parts)?,
            generate: self.generate(service, Side::Gateway, parts)?,
            runtime: self.runtime(service, Side::Gateway, parts)?,
            identity: self.identities[&service.name].clone(),
        })
    }

    /// What a component chose: of each axis its option, or a list of `{name}` where it is a choice of many, and
    /// as `has_<axis>` whether that brings a package to the project.
    fn choices(&self, service: &Service) -> Map<String, Value> {
        let mut view = Map::new();
        for (axis, words) in &service.choices {
            let value = match (axis.is_many(), words.as_slice()) {
                (false, [word]) => json!(word),
                _ => json!(named(words)),
            };
            let has_package = words.iter().any(|word| {
                let package = format!("{axis}/{word}/{PACKAGE_SCOPE}/");
                self.catalogue.files().below(&package).next().is_some()
            });
            view.insert(axis.folder().to_owned(), value);
            view.insert(format!("has_{axis}"), json!(has_package));
        }
        view
    }

    fn transports(&self, at: impl Fn(&Link) -> bool) -> Vec<Named> {
        let mut names: Vec<Named> = self
            .blueprint
            .links
            .iter()
            .filter(|link| at(link))
            .map(|link| Named {
                name: link.via.clone(),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn own_transports(&self, parts: &Parts<'_>) -> Vec<TransportView> {
        let transports = parts.parts.iter().filter(|part| part.is_transport);
        transports
            .map(|part| {
                let folder = format!("{}/node/{SERVICE_SCOPE}/src/transports/", part.folder);
                TransportView {
                    name: part.option().to_owned(),
                    is_own: self.catalogue.files().below(&folder).next().is_some(),
                }
            })
            .collect()
    }

    /// The transports that are a module of their own in the service, not routes of its framework.
    fn adapters(&self, parts: &Parts<'_>) -> Vec<AdapterView> {
        let adapters = parts.parts.iter().filter(|part| self.is_adapter(part));
        adapters
            .map(|part| {
                let name = part.option().to_owned();
                let own = format!("{}/python/service/src/{PACKAGE}/{name}/", part.folder);
                let module = match self.catalogue.files().below(&own).next() {
                    Some(_) => format!(".{name}"),
                    None => format!("service_runtime.transports.{name}"),
                };
                AdapterView { name, module }
            })
            .collect()
    }

    /// A transport that brings code of its own to the package of the Python services.
    pub fn is_adapter(&self, part: &Part<'_>) -> bool {
        let folder = format!("{}/python/{PACKAGE_SCOPE}/", part.folder);
        part.is_transport && self.catalogue.files().below(&folder).next().is_some()
    }

    /// The common names and those of `own`, as templates see them.
    ///
    /// `own` is an object.
    pub fn context(&self, own: Value) -> Context {
        let mut all = self.common.clone();
        if let Value::Object(own) = own {
            all.extend(own);
        }
        Context::from(Value::Object(all))
    }
}

/// The contract of a Python service.
pub fn contract_of(service: &Service) -> &Contract {
    match &service.role {
        Role::Python { contract, .. } => contract,
        Role::Gateway => unreachable!("a gateway has no contract of its own"),
    }
}

pub fn to_value(view: &impl Serialize) -> Value {
    serde_json::to_value(view).expect("views are plain data with string keys")
}

fn named(names: &[String]) -> Vec<Named> {
    names
        .iter()
        .map(|name| Named { name: name.clone() })
        .collect()
}
