//! From the blueprint and the modules in force to what templates see.

use std::collections::BTreeMap;

use handlebars::Context;
use heck::{ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::contract_views::{event_view, graphql_view, operation_view, type_view};
use super::paths::PACKAGE;
use super::ports::{self, Ports};
use crate::blueprint::digests;
use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::manifest::{EnvVar, Side};
use crate::catalogue::resolve::{GRAPHQL, Part, Parts};
use crate::catalogue::{Axis, Catalogue, MANIFEST};
use crate::contract::asyncapi::{self, Fragment};
use crate::contract::model::Contract;
use crate::contract::openapi::{self, Info};
use crate::contract::proto;
use crate::contract::proto::numbers::Numbers;
use crate::error::Error;
use crate::pack::manifest::plain;
use crate::render::engine::Engine;
use crate::render::view::*;

/// The identity of every component, in the order of the blueprint.
pub fn identities(blueprint: &Blueprint, catalogue: &Catalogue) -> BTreeMap<String, Identity> {
    let mut ports = ports::assign(blueprint, catalogue);
    blueprint
        .services
        .values()
        .filter_map(|service| Some((service, ports.remove(&service.name)?)))
        .map(|(service, ports)| (service.name.clone(), identity(service, ports, catalogue)))
        .collect()
}

fn identity(service: &Service, ports: Ports, catalogue: &Catalogue) -> Identity {
    let (axis, kind) = match &service.role {
        Role::Gateway { .. } => (Axis::Gateway, "gateway"),
        Role::Python { kind, .. } => (Axis::Python, kind.as_str()),
    };
    let label = catalogue
        .get(axis, &service.framework)
        .map(|module| module.label.clone());
    Identity {
        name: service.name.clone(),
        package: service.name.to_snake_case(),
        class: service.name.to_pascal_case(),
        camel: service.name.to_lower_camel_case(),
        env_prefix: service.name.to_shouty_snake_case(),
        port: ports.http,
        ports: ports.further,
        description: service.description.clone(),
        kind: kind.to_owned(),
        framework: label.unwrap_or_default(),
    }
}

/// Builds the views of one system.
pub struct Views<'a> {
    pub blueprint: &'a Blueprint,
    pub catalogue: &'a Catalogue,
    pub engine: &'a Engine<'a>,
    /// By name, with the digests of the blueprint.
    pub images: BTreeMap<String, String>,
    /// What every template sees, by name.
    common: Map<String, Value>,
    pub identities: BTreeMap<String, Identity>,
}

impl<'a> Views<'a> {
    pub fn new(blueprint: &'a Blueprint, catalogue: &'a Catalogue, engine: &'a Engine<'a>) -> Self {
        let versions = catalogue.versions();
        let images = digests::pinned(&versions.images, &blueprint.digests);
        let common = CommonView {
            hybridge: HybridgeView {
                version: env!("CARGO_PKG_VERSION"),
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
        let identities = identities(blueprint, catalogue);
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
            types: contract
                .types
                .iter()
                .map(|kind| type_view(kind, contract))
                .collect(),
            graphql: match parts.needs(GRAPHQL) {
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
            generate: self.generate(service, "service", parts)?,
            proto: proto::view(
                proto::Subject {
                    system: &self.blueprint.name.to_snake_case(),
                    service: &identity.package,
                    class: &identity.class,
                    description: &identity.description,
                },
                contract,
                &Numbers::default(),
            ),
            runtime: self.runtime(service, "service", parts)?,
            identity,
        })
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
        let Role::Gateway { realtime, auth } = &service.role else {
            unreachable!("only gateways are viewed as gateways")
        };
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
                let kind = self.catalogue.get(Axis::Kind, &identity.kind)?;
                (!kind.manifest.observer.is_empty()).then(|| Observer {
                    service: identity.name.clone(),
                    operation: kind.manifest.observer.clone(),
                })
            })
            .collect();
        let [dependencies, dev_dependencies] = parts.npm(self.catalogue)?;
        Ok(GatewayView {
            services: linked,
            transports: self.transports(|link| link.from == service.name),
            realtime: named(realtime),
            auth: auth.clone(),
            npm: NpmView {
                dependencies,
                dev_dependencies,
            },
            observers,
            openapi: self.public_api(service, parts)?,
            generate: self.generate(service, "gateway", parts)?,
            runtime: self.runtime(service, "gateway", parts)?,
            identity: self.identities[&service.name].clone(),
        })
    }

    /// The document of a gateway's public API.
    fn public_api(&self, gateway: &Service, parts: &Parts<'_>) -> Result<Value, Error> {
        let services: Vec<(&str, &Contract)> = self
            .blueprint
            .links
            .iter()
            .filter(|link| link.from == gateway.name)
            .map(|link| {
                (
                    link.to.as_str(),
                    contract_of(&self.blueprint.services[&link.to]),
                )
            })
            .collect();
        let fragments: Vec<Value> = parts
            .parts
            .iter()
            // A transport's document is about the service, not about the gateway.
            .filter(|part| !part.is_transport)
            .filter_map(|part| self.fragment(&part.folder).transpose())
            .collect::<Result<_, _>>()?;
        let info = Info {
            title: &self.blueprint.name,
            description: &self.blueprint.description,
        };
        Ok(openapi::gateway(info, &services, &fragments))
    }

    /// The document of what gateways ask of a service over HTTP; `None` where the transport has none.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when the module's `openapi.yaml` cannot be read.
    pub fn service_api(&self, name: &str, transport: &Part<'_>) -> Result<Option<Value>, Error> {
        let Some(fragment) = self.fragment(&transport.folder)? else {
            return Ok(None);
        };
        let service = &self.blueprint.services[name];
        let info = Info {
            title: name,
            description: &service.description,
        };
        Ok(Some(openapi::service(
            info,
            name,
            contract_of(service),
            &[fragment],
        )))
    }

    /// The document of what a service takes from a broker and puts on it; `None` where the transport has
    /// none.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when an `asyncapi.yaml` of a module cannot be read.
    pub fn message_api(
        &self,
        name: &str,
        transport: &Part<'_>,
        parts: &Parts<'_>,
    ) -> Result<Option<Value>, Error> {
        let service = &self.blueprint.services[name];
        let context = self.context(json!({ "service": self.identities[name] }));
        let read = |folder: &str| -> Result<Option<Fragment>, Error> {
            let path = format!("{folder}/asyncapi.yaml");
            let Some(text) = self.catalogue.files().text(&path) else {
                return Ok(None);
            };
            let text = self.engine.render_text(&path, text, &context)?;
            let fragment = serde_yaml::from_str(&text).map_err(|error| {
                self.catalogue
                    .files()
                    .broken(&path, None, error.to_string())
            })?;
            Ok(Some(fragment))
        };
        let Some(own) = read(&transport.folder)? else {
            return Ok(None);
        };
        let others = parts.parts.iter().filter(|part| !part.is_transport);
        let mut fragments: Vec<Fragment> = others
            .filter_map(|part| read(&part.folder).transpose())
            .collect::<Result<_, _>>()?;
        fragments.push(own);
        let info = Info {
            title: name,
            description: &service.description,
        };
        Ok(Some(asyncapi::service(
            info,
            &self.blueprint.name,
            name,
            contract_of(service),
            &fragments,
        )))
    }

    /// A module's `openapi.yaml`.
    fn fragment(&self, folder: &str) -> Result<Option<Value>, Error> {
        let path = format!("{folder}/openapi.yaml");
        let Some(text) = self.catalogue.files().text(&path) else {
            return Ok(None);
        };
        let value = serde_yaml::from_str(text).map_err(|error| {
            let at = error.location().map(|it| (it.line(), it.column()));
            self.catalogue.files().broken(&path, at, plain(&error))
        })?;
        Ok(Some(value))
    }

    fn transports(&self, at: impl Fn(&crate::blueprint::model::Link) -> bool) -> Vec<Named> {
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

    /// The transports that are a module of their own in the service, not routes of its framework.
    fn adapters(&self, parts: &Parts<'_>) -> Vec<Named> {
        let transports = parts.parts.iter().filter(|part| part.is_transport);
        transports
            .filter(|part| {
                let folder = format!("{}/python/src/{PACKAGE}/transports/", part.folder);
                self.catalogue.files().below(&folder).next().is_some()
            })
            .map(|part| Named {
                name: part.option().to_owned(),
            })
            .collect()
    }

    fn runtime(&self, service: &Service, role: &str, parts: &Parts<'_>) -> Result<Runtime, Error> {
        let mut env: Vec<EnvView> = Vec::new();
        let mut listens = Vec::new();
        for part in &parts.parts {
            for port in part.manifest.ports.iter().filter(|_| role == "service") {
                let number = self.identities[&service.name].ports[&port.name];
                listens.push(ListenView {
                    name: port.name.clone(),
                    env: port.env.clone(),
                    port: number,
                    probe: port.probe.clone(),
                });
                env.push(EnvView {
                    name: port.env.clone(),
                    default: number.to_string(),
                    container: number.to_string(),
                    cluster: number.to_string(),
                    help: port.help.clone(),
                    secret: false,
                    shared: false,
                });
            }
            for context in self.env_contexts(service, role, part) {
                let context = self.context(context);
                for variable in &part.manifest.env {
                    if !concerns(variable.side, role) {
                        continue;
                    }
                    let variable = self.env(variable, part, &context)?;
                    if env.iter().all(|known| known.name != variable.name) {
                        env.push(variable);
                    }
                }
            }
        }
        Ok(Runtime {
            shares: env
                .iter()
                .any(|variable| variable.shared && !variable.secret),
            probe: self.probe(service, &listens),
            env,
            listens,
            volumes: parts
                .volumes()
                .map(|volume| VolumeView {
                    name: volume.name.clone(),
                    path: volume.path.clone(),
                })
                .collect(),
            memory: parts.memory().to_owned(),
            containers: parts
                .containers()
                .map(|container| Named {
                    name: container.name.clone(),
                })
                .collect(),
            jobs: self.jobs(service, role, parts)?,
            scales: self.scales(service, parts),
            scalers: self.scalers(service, role, parts)?,
        })
    }

    fn jobs(
        &self,
        service: &Service,
        role: &str,
        parts: &Parts<'_>,
    ) -> Result<Vec<JobView>, Error> {
        if role != "service" {
            return Ok(Vec::new());
        }
        let context = self.context(json!({ role: self.identities[&service.name] }));
        let each = parts.parts.iter().flat_map(|part| {
            let path = format!("{}/module.yaml", part.folder);
            part.manifest
                .jobs
                .iter()
                .map(move |job| (path.clone(), job))
        });
        each.map(|(path, job)| {
            let word = |word: &String| self.engine.render_text(&path, word, &context);
            Ok(JobView {
                name: job.name.clone(),
                help: job.help.clone(),
                command: job.command.iter().map(word).collect::<Result<_, _>>()?,
            })
        })
        .collect()
    }

    /// The commands that make source code of contracts, each once.
    fn generate(
        &self,
        service: &Service,
        role: &str,
        parts: &Parts<'_>,
    ) -> Result<Vec<GenerateView>, Error> {
        let mut steps: Vec<GenerateView> = Vec::new();
        for part in &parts.parts {
            let path = format!("{}/{MANIFEST}", part.folder);
            for context in self.env_contexts(service, role, part) {
                let context = self.context(context);
                let texts = |texts: &[String]| -> Result<Vec<String>, Error> {
                    let fill = |text: &String| self.engine.render_text(&path, text, &context);
                    texts.iter().map(fill).collect()
                };
                let steps_of = part.manifest.generate.iter();
                for step in steps_of.filter(|step| concerns(step.side, role)) {
                    let step = GenerateView {
                        command: texts(&step.command)?,
                        inputs: texts(&step.inputs)?,
                        outputs: texts(&step.outputs)?,
                    };
                    if !steps.contains(&step) {
                        steps.push(step);
                    }
                }
            }
        }
        Ok(steps)
    }

    /// One context for the component itself; for a transport, one for each of its links.
    fn env_contexts(&self, service: &Service, role: &str, part: &Part<'_>) -> Vec<Value> {
        let own = json!({ role: self.identities[&service.name] });
        if !part.is_transport {
            return vec![own];
        }
        let via = part.option();
        self.blueprint
            .links
            .iter()
            .filter(|link| {
                link.via == via && (link.from == service.name || link.to == service.name)
            })
            .map(|link| {
                json!({
                    role: self.identities[&service.name],
                    "link": {
                        "gateway": self.identities[&link.from],
                        "service": self.identities[&link.to],
                        "transport": link.via,
                    },
                })
            })
            .collect()
    }

    fn env(&self, variable: &EnvVar, part: &Part<'_>, context: &Context) -> Result<EnvView, Error> {
        let path = format!("{}/module.yaml", part.folder);
        let text = |text: &str| self.engine.render_text(&path, text, context);
        let default = text(&variable.default)?;
        let container = match &variable.container {
            Some(container) => text(container)?,
            None => default.clone(),
        };
        Ok(EnvView {
            name: text(&variable.name)?,
            cluster: match &variable.cluster {
                Some(cluster) => text(cluster)?,
                None => container.clone(),
            },
            container,
            default,
            help: text(&variable.help)?,
            secret: variable.secret,
            shared: variable.shared,
        })
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

/// Whether what stands at one end of a link, or at both, stands at this one.
fn concerns(side: Option<Side>, role: &str) -> bool {
    match side {
        Some(Side::Gateway) => role == "gateway",
        Some(Side::Service) => role == "service",
        None => true,
    }
}

/// The contract of a Python service.
pub fn contract_of(service: &Service) -> &Contract {
    match &service.role {
        Role::Python { contract, .. } => contract,
        Role::Gateway { .. } => unreachable!("a gateway has no contract of its own"),
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
