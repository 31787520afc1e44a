//! What a system needs of the machine that it is developed on.

use super::view::{ContainerView, GatewayView, Identity, ServiceView};

/// All of it, in the order of the blueprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    pub ports: Vec<NeededPort>,
    pub services: Vec<BackingService>,
    /// Programs that the tasks of targets call.
    pub programs: Vec<String>,
}

/// A TCP port that a component listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededPort {
    pub component: String,
    /// What moves it, as `.env` has it: `GATEWAY_PORT`.
    pub variable: String,
    pub usual: u16,
}

/// Somebody else's program that runs beside the system, on this machine or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackingService {
    pub name: String,
    /// The variable that says where it is: `host:port`, comma-separated, or a URL.
    pub variable: String,
    /// The value of the variable where nobody sets it.
    pub usual: String,
    /// The command that starts one; `""` where no target has one.
    pub start: String,
}

impl Needs {
    pub(super) fn of(
        gateways: &[GatewayView],
        services: &[ServiceView],
        containers: &[ContainerView],
    ) -> Self {
        let gateways = gateways.iter().map(|view| &view.identity);
        let services = services.iter().map(|view| &view.identity);
        let containers = containers.iter().map(|view| BackingService {
            name: view.name.clone(),
            variable: view.address.clone(),
            usual: view.usual.clone(),
            start: view.start.clone(),
        });
        Self {
            ports: gateways.chain(services).flat_map(ports).collect(),
            services: containers.collect(),
            programs: Vec::new(),
        }
    }
}

fn ports(identity: &Identity) -> Vec<NeededPort> {
    let further = identity.ports.values();
    let further = further.map(|it| (it.env.as_str(), it.port));
    let all = std::iter::once(("PORT", identity.port)).chain(further);
    let port = |(variable, usual): (&str, u16)| NeededPort {
        component: identity.name.clone(),
        variable: format!("{}_{variable}", identity.env_prefix),
        usual,
    };
    all.map(port).collect()
}
