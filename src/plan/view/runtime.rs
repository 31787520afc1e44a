//! What a component runs with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Named;

/// What the component runs with.
#[derive(Debug, Clone, Serialize)]
pub struct Runtime {
    pub env: Vec<EnvView>,
    /// Hosts outside of the system that it asks.
    pub outside: Vec<OutsideView>,
    pub volumes: Vec<VolumeView>,
    pub memory: String,
    /// Those that it needs.
    pub containers: Vec<Named>,
    /// Those that may stand beside it, where their profile is asked for.
    pub offers: Vec<Named>,
    /// What must succeed before it starts.
    pub jobs: Vec<JobView>,
    /// It may run more than once at a time.
    pub scales: bool,
    /// Some of its variables have one value in the whole system.
    pub shares: bool,
    /// Where Kubernetes asks whether it is ready, other than over HTTP.
    pub probe: ProbeView,
    /// What tells how much work waits for it.
    pub scalers: Vec<ScalerView>,
}

/// `key` is that of a probe of Kubernetes; `""`: it is asked over HTTP.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProbeView {
    pub key: String,
    pub port: u16,
}

/// A trigger of KEDA.
#[derive(Debug, Clone, Serialize)]
pub struct ScalerView {
    #[serde(rename = "type")]
    pub kind: String,
    pub metadata: BTreeMap<String, String>,
}

/// A variable that has one value in the whole system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SharedView {
    pub name: String,
    /// In a cluster; an example where it is `required`.
    pub value: String,
    pub help: String,
    /// Whoever runs the system says it.
    pub required: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct JobView {
    pub name: String,
    pub help: String,
    pub command: Vec<String>,
}

/// A setting of the whole system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SettingView {
    pub name: String,
    pub default: String,
    pub help: String,
}

/// A port of a service beside that of HTTP.
#[derive(Debug, Clone, Serialize)]
pub struct PortView {
    pub name: String,
    /// The variable that sets it.
    pub env: String,
    pub port: u16,
    /// The key of a probe of Kubernetes that is answered there, or `""`.
    pub probe: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct EnvView {
    pub name: String,
    pub default: String,
    /// The value inside containers.
    pub container: String,
    /// The value in a cluster.
    pub cluster: String,
    pub help: String,
    pub secret: bool,
    /// Set once for the whole system, by its plain name.
    pub shared: bool,
    /// Whoever runs the system says it.
    pub required: bool,
    /// Whoever runs the containers may set it in `.env`.
    pub open: bool,
}

/// A host outside of the system.
#[derive(Debug, Clone, Serialize)]
pub struct OutsideView {
    pub name: String,
    pub help: String,
    pub port: u16,
}

#[derive(Debug, Clone, Serialize)]
pub struct VolumeView {
    pub name: String,
    pub path: String,
}
