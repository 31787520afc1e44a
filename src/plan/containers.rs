//! What a system has once, whoever needs it: containers of other people's images.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use thiserror::Error as ThisError;

use super::views::Views;
use crate::catalogue::Axis;
use crate::error::Error;
use crate::plan::view::*;
use crate::template::module::Container;

/// What a `module.yaml` says of a container and cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum ContainerError {
    #[error("`versions.yaml` has no image `{image}`")]
    NoImage { image: String },
    #[error("`env` has no shared variable `{variable}`, the address of `{container}`")]
    NoAddress { variable: String, container: String },
    #[error("`{variable}` names no port: `{address}`")]
    NoPort { variable: String, address: String },
    #[error("`user: {user}` is not `uid:gid`")]
    User { user: String },
}

impl Views<'_> {
    /// The containers that the components need, by name.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a module contributes what cannot be resolved.
    pub fn containers(&self, runtimes: &[&Runtime]) -> Result<Vec<ContainerView>, Error> {
        self.named(runtimes, |runtime| &runtime.containers)
    }

    /// The containers that run only where their profile is asked for, by name.
    ///
    /// # Errors
    /// As `containers`.
    pub fn offers(&self, runtimes: &[&Runtime]) -> Result<Vec<ContainerView>, Error> {
        self.named(runtimes, |runtime| &runtime.offers)
    }

    fn named(
        &self,
        runtimes: &[&Runtime],
        pick: fn(&Runtime) -> &[Named],
    ) -> Result<Vec<ContainerView>, Error> {
        let needed: BTreeSet<&str> = runtimes
            .iter()
            .flat_map(|runtime| pick(runtime))
            .map(|container| container.name.as_str())
            .collect();
        let known: BTreeMap<&str, (String, &Container)> = Axis::all()
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
        let broken = |why: ContainerError| self.catalogue.files().broken(path, None, why);
        let context = self.context(json!({ "container": { "name": container.name } }));
        let text = |text: &str| self.engine.render_text(path, text, &context);
        let texts = |words: &[String]| -> Result<Vec<String>, Error> {
            words.iter().map(|word| text(word)).collect()
        };
        let image = self.images.get(&container.image).ok_or_else(|| {
            broken(ContainerError::NoImage {
                image: container.image.clone(),
            })
        })?;
        let (usual, port) = match container.profile.is_empty() {
            true => Self::place(container, runtimes).map_err(broken)?,
            false => (String::new(), 0),
        };
        let start = self
            .blueprint
            .targets
            .iter()
            .filter_map(|target| self.catalogue.get(Axis::DEPLOY, target))
            .map(|target| target.manifest.start.as_str())
            .find(|start| !start.is_empty());
        let (uid, gid) = ids(&container.user).ok_or_else(|| {
            broken(ContainerError::User {
                user: container.user.clone(),
            })
        })?;
        Ok(ContainerView {
            name: container.name.clone(),
            help: container.help.clone(),
            image: image.clone(),
            image_name: container.image.clone(),
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
            uid,
            gid,
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
            profile: container.profile.clone(),
            address: container.address.clone(),
            port,
            usual,
            start: text(start.unwrap_or_default())?,
        })
    }

    /// Where components find it: while developing, and its port in containers.
    fn place(
        container: &Container,
        runtimes: &[&Runtime],
    ) -> Result<(String, u16), ContainerError> {
        let usual = runtimes
            .iter()
            .flat_map(|runtime| &runtime.env)
            .find(|variable| variable.name == container.address && variable.shared)
            .ok_or_else(|| ContainerError::NoAddress {
                variable: container.address.clone(),
                container: container.name.clone(),
            })?;
        let port = port_of(&usual.container).ok_or_else(|| ContainerError::NoPort {
            variable: container.address.clone(),
            address: usual.container.clone(),
        })?;
        Ok((usual.default.clone(), port))
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

/// The numbers of `uid:gid`; of no text, 0 and 0.
fn ids(user: &str) -> Option<(u32, u32)> {
    if user.is_empty() {
        return Some((0, 0));
    }
    let (uid, gid) = user.split_once(':')?;
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

/// The port of an address: `host:port`, several of them comma-separated, or a URL.
fn port_of(address: &str) -> Option<u16> {
    let first = address.split(',').next()?;
    let authority = first.rsplit("://").next()?.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::plan::containers::port_of;

    #[test]
    fn addresses_have_ports() {
        assert_eq!(port_of("kafka:9092"), Some(9092));
        assert_eq!(port_of("one:9092,two:9093"), Some(9092));
        assert_eq!(
            port_of("amqp://user:secret@rabbitmq:5672/vhost"),
            Some(5672)
        );
        assert_eq!(port_of("amqp://rabbitmq"), None);
    }
}
