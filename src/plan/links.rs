//! Who reaches whom, and who may run more than once.

use serde_json::json;

use super::views::Views;
use crate::blueprint::model::{Link, Role, Service};
use crate::catalogue::Axis;
use crate::error::Error;
use crate::plan::component::Parts;
use crate::plan::view::*;
use crate::template::module::{MANIFEST, Side};

/// What a module provides that keeps for all replicas of a gateway what one of them would keep.
const REPLICAS: &str = "replicas";

impl Views<'_> {
    /// Every link, in the order of the blueprint.
    pub fn links(&self) -> Vec<LinkView> {
        self.blueprint
            .links
            .iter()
            .map(|link| LinkView {
                gateway: link.from.clone(),
                service: link.to.clone(),
                transport: link.via.clone(),
                ports: self.reached(link),
            })
            .collect()
    }

    /// The ports of the service that the gateway of a link connects to: those that the transport declares,
    /// otherwise that of HTTP, and none where a container stands between them.
    fn reached(&self, link: &Link) -> Vec<u16> {
        if self.is_carried(link) {
            return Vec::new();
        }
        let identity = &self.identities[&link.to];
        let declared: Vec<u16> = self
            .catalogue
            .get(Axis::TRANSPORT, &link.via)
            .into_iter()
            .flat_map(|module| &module.manifest.ports)
            .map(|port| identity.ports[&port.name].port)
            .collect();
        match declared.is_empty() {
            true => vec![identity.port],
            false => declared,
        }
    }

    /// Whether a container stands between the ends of a link, a broker.
    fn is_carried(&self, link: &Link) -> bool {
        self.catalogue
            .get(Axis::TRANSPORT, &link.via)
            .is_some_and(|module| {
                let mut containers = module.manifest.containers.iter();
                containers.any(|container| container.profile.is_empty())
            })
    }

    /// Whether something that a gateway chose is between its replicas.
    fn is_shared(&self, gateway: &Service) -> bool {
        gateway.has_chosen(REPLICAS, self.catalogue)
    }

    /// Whether a component may run more than once at a time: it keeps nothing of its own. Over a connection a
    /// gateway without a backplane keeps the jobs of a service; a broker keeps them for all.
    pub fn scales(&self, service: &Service, parts: &Parts<'_>) -> bool {
        if parts.volumes().next().is_some() {
            return false;
        }
        let mut links = self.blueprint.links.iter();
        match &service.role {
            Role::Gateway => {
                self.is_shared(service)
                    || links.all(|link| link.from != service.name || self.is_carried(link))
            }
            Role::Python { .. } => true,
        }
    }

    /// How Kubernetes asks a service whether it is ready. A port beside HTTP knows of the calls that come
    /// there; where some come another way, HTTP knows of all.
    pub fn probe(&self, service: &Service) -> ProbeView {
        let links = self.blueprint.links.iter();
        let mut ways: Vec<&str> = links
            .filter(|link| link.to == service.name)
            .map(|link| link.via.as_str())
            .collect();
        ways.dedup();
        let mut ports = self.identities[&service.name].ports.values();
        match (ways.as_slice(), ports.next(), ports.next()) {
            ([_], Some(only), None) if !only.probe.is_empty() => ProbeView {
                key: only.probe.clone(),
                port: only.port,
            },
            _ => ProbeView::default(),
        }
    }

    /// The triggers that the transports of a service bring, where it may run more than once.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] for a text that cannot be filled in.
    pub fn scalers(
        &self,
        service: &Service,
        role: Side,
        parts: &Parts<'_>,
    ) -> Result<Vec<ScalerView>, Error> {
        if role != Side::Service || !self.scales(service, parts) {
            return Ok(Vec::new());
        }
        let context = self.context(json!({ role.name(): self.identities[&service.name] }));
        let mut scalers = Vec::new();
        for part in &parts.parts {
            let path = format!("{}/{MANIFEST}", part.folder);
            for scaler in &part.manifest.scalers {
                let filled = scaler.metadata.iter().map(|(key, value)| {
                    let value = self.engine.render_text(&path, value, &context)?;
                    Ok((key.clone(), value))
                });
                scalers.push(ScalerView {
                    kind: scaler.kind.clone(),
                    metadata: filled.collect::<Result<_, Error>>()?,
                });
            }
        }
        Ok(scalers)
    }
}
