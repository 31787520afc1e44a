//! What a system has once, whoever needs it: containers of other people's images.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::views::Views;
use crate::catalogue::Axis;
use crate::catalogue::manifest::Container;
use crate::error::Error;
use crate::render::view::*;

impl Views<'_> {
    /// The containers that the components need, by name.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a module contributes what cannot be resolved.
    pub fn containers(&self, runtimes: &[&Runtime]) -> Result<Vec<ContainerView>, Error> {
        let needed: BTreeSet<&str> = runtimes
            .iter()
            .flat_map(|runtime| &runtime.containers)
            .map(|container| container.name.as_str())
            .collect();
        let known: BTreeMap<&str, (String, &Container)> = Axis::ALL
            .into_iter()
            .flat_map(|axis| self.catalogue.options(axis))
            .flat_map(|module| {
                let path = format!("{}/module.yaml", module.folder());
                let containers = module.manifest.containers.iter();
                containers
                    .map(move |container| (container.name.as_str(), (path.clone(), container)))
            })
            .collect();
        needed
            .into_iter()
            .map(|name| {
                let (path, container) = &known[name];
                self.container(path, container, runtimes)
            })
            .collect()
    }

    fn container(
        &self,
        path: &str,
        container: &Container,
        runtimes: &[&Runtime],
    ) -> Result<ContainerView, Error> {
        let broken = |reason: String| self.catalogue.files().broken(path, None, reason);
        let context = self.context(json!({ "container": { "name": container.name } }));
        let text = |text: &str| self.engine.render_text(path, text, &context);
        let texts = |words: &[String]| -> Result<Vec<String>, Error> {
            words.iter().map(|word| text(word)).collect()
        };
        let images = &self.catalogue.versions().images;
        let image = images.get(&container.image).ok_or_else(|| {
            broken(format!(
                "`versions.yaml` has no image `{}`",
                container.image
            ))
        })?;
        let usual = runtimes
            .iter()
            .flat_map(|runtime| &runtime.env)
            .find(|variable| variable.name == container.address && variable.shared)
            .ok_or_else(|| {
                broken(format!(
                    "`env` has no shared variable `{}`, the address of `{}`",
                    container.address, container.name
                ))
            })?;
        let start = self
            .blueprint
            .targets
            .iter()
            .filter_map(|target| self.catalogue.get(Axis::Deploy, target))
            .map(|target| target.manifest.start.as_str())
            .find(|start| !start.is_empty());
        Ok(ContainerView {
            name: container.name.clone(),
            help: container.help.clone(),
            image: image.clone(),
            command: texts(&container.command)?,
            env: container
                .env
                .iter()
                .map(|variable| {
                    Ok(ContainerEnvView {
                        name: variable.name.clone(),
                        value: text(&variable.value)?,
                        secret: variable.secret.clone(),
                    })
                })
                .collect::<Result<_, Error>>()?,
            health: texts(&container.health)?,
            volumes: container
                .volumes
                .iter()
                .map(|volume| VolumeView {
                    name: volume.name.clone(),
                    path: volume.path.clone(),
                })
                .collect(),
            tmpfs: container.tmpfs.clone(),
            user: container.user.clone(),
            writable: container.writable,
            memory: container.memory.clone(),
            ports: container
                .ports
                .iter()
                .map(|port| PublishedView {
                    env: port.env.clone(),
                    port: port.port,
                    published: port.published,
                    help: port.help.clone(),
                })
                .collect(),
            address: container.address.clone(),
            usual: usual.default.clone(),
            start: text(start.unwrap_or_default())?,
        })
    }

    /// What is set once for the whole system: shared variables, and the ports of containers.
    pub fn settings(
        &self,
        runtimes: &[&Runtime],
        containers: &[ContainerView],
    ) -> Vec<SettingView> {
        let shared = runtimes
            .iter()
            .flat_map(|runtime| &runtime.env)
            .filter(|variable| variable.shared && !variable.secret)
            .map(|variable| SettingView {
                name: variable.name.clone(),
                default: variable.default.clone(),
                help: variable.help.clone(),
            });
        let ports = containers.iter().flat_map(|container| {
            container.ports.iter().map(|port| SettingView {
                name: port.env.clone(),
                default: port.published.to_string(),
                help: port.help.clone(),
            })
        });
        shared
            .chain(ports)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}
