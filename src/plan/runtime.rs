//! What a component needs to run: its variables, its ports, what is made and run before it starts.

use handlebars::Context;
use serde_json::{Value, json};

use super::views::Views;
use crate::blueprint::model::Service;
use crate::error::Error;
use crate::plan::component::{Part, Parts};
use crate::plan::view::*;
use crate::template::module::{Container, EnvVar, MANIFEST, Side};

impl Views<'_> {
    /// What a component, needs while it runs.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] for a text that cannot be filled in.
    pub fn runtime(
        &self,
        service: &Service,
        role: Side,
        parts: &Parts<'_>,
    ) -> Result<Runtime, Error> {
        let mut env: Vec<EnvView> = Vec::new();
        for part in &parts.parts {
            for port in part.manifest.ports.iter().filter(|_| role == Side::Service) {
                let number = self.identities[&service.name].ports[&port.name].port;
                env.push(EnvView {
                    name: port.env.clone(),
                    default: number.to_string(),
                    container: number.to_string(),
                    cluster: number.to_string(),
                    help: port.help.clone(),
                    secret: false,
                    shared: false,
                    required: false,
                    open: false,
                });
            }
            for context in self.env_contexts(service, role, part) {
                let context = self.context(context);
                for variable in &part.manifest.env {
                    let is_needed = |need: &String| parts.needs.contains(need);
                    if !concerns(variable.side, role) || !variable.with.iter().all(is_needed) {
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
            probe: self.probe(service),
            env,
            outside: parts
                .outside()
                .map(|host| OutsideView {
                    name: host.name.clone(),
                    help: host.help.clone(),
                    port: host.port,
                })
                .collect(),
            volumes: parts
                .volumes()
                .map(|volume| VolumeView {
                    name: volume.name.clone(),
                    path: volume.path.clone(),
                })
                .collect(),
            memory: parts.memory().to_owned(),
            containers: named(parts.containers().filter(|it| it.profile.is_empty())),
            offers: named(parts.containers().filter(|it| !it.profile.is_empty())),
            jobs: self.jobs(service, role, parts)?,
            scales: self.scales(service, parts),
            scalers: self.scalers(service, role, parts)?,
        })
    }

    /// What is run to its end before a service starts; gateways have none.
    fn jobs(
        &self,
        service: &Service,
        role: Side,
        parts: &Parts<'_>,
    ) -> Result<Vec<JobView>, Error> {
        if role != Side::Service {
            return Ok(Vec::new());
        }
        let context = self.context(json!({ role.name(): self.identities[&service.name] }));
        let each = parts.parts.iter().flat_map(|part| {
            let path = format!("{}/{MANIFEST}", part.folder);
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
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] for a text that cannot be filled in.
    pub fn generate(
        &self,
        service: &Service,
        role: Side,
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
                for step in steps_of.filter(|step| !step.package && concerns(step.side, role)) {
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
    fn env_contexts(&self, service: &Service, role: Side, part: &Part<'_>) -> Vec<Value> {
        let own = json!({ role.name(): self.identities[&service.name] });
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
                    role.name(): self.identities[&service.name],
                    "link": {
                        "gateway": self.identities[&link.from],
                        "service": self.identities[&link.to],
                        "transport": link.via,
                    },
                })
            })
            .collect()
    }

    /// A variable, with its values where the component is developed, in a container and in a cluster.
    fn env(&self, variable: &EnvVar, part: &Part<'_>, context: &Context) -> Result<EnvView, Error> {
        let path = format!("{}/{MANIFEST}", part.folder);
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
            required: variable.required,
            open: variable.open,
        })
    }
}

fn named<'c>(containers: impl Iterator<Item = &'c Container>) -> Vec<Named> {
    containers
        .map(|container| Named {
            name: container.name.clone(),
        })
        .collect()
}

/// Whether what stands at one end of a link, or at both, stands at this one.
pub fn concerns(side: Option<Side>, role: Side) -> bool {
    side.is_none_or(|side| side == role)
}
