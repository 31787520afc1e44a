//! What templates see. No value is ever null: an absent text is `""`, an absent list is empty.

mod container;
mod contract;
mod runtime;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::contract::proto::ProtoView;

pub use container::{ContainerEnvView, ContainerView, PublishedView};
pub use contract::{
    EventView, FieldView, GraphqlView, MessageView, ObserveView, OperationView, TypeView,
};
pub use runtime::{
    EnvView, JobView, OutsideView, PortView, ProbeView, Runtime, ScalerView, SettingView,
    SharedView, VolumeView,
};

/// What every template sees.
#[derive(Debug, Clone, Serialize)]
pub struct CommonView {
    pub hybridge: HybridgeView,
    pub system: SystemView,
    pub images: BTreeMap<String, String>,
    /// What workflows use, each with the comment that names its version.
    pub actions: BTreeMap<String, String>,
    pub tools: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct HybridgeView {
    pub version: &'static str,
    /// The project is kept current by hybridge. Where not, no file speaks of it.
    pub managed: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct SystemView {
    pub name: String,
    pub package: String,
    pub description: String,
    /// The instant as of which the registries are read, RFC 3339.
    pub as_of: String,
    pub targets: Vec<Named>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    pub name: String,
}

/// The names of a component, one for each place where it stands, and its port.
#[derive(Debug, Clone, Serialize)]
pub struct Identity {
    /// DNS label.
    pub name: String,
    /// snake_case.
    pub package: String,
    /// PascalCase.
    pub class: String,
    /// camelCase.
    pub camel: String,
    /// SCREAMING_SNAKE_CASE.
    pub env_prefix: String,
    pub port: u16,
    /// What it listens on beside HTTP, by name.
    pub ports: BTreeMap<String, PortView>,
    pub description: String,
    pub kind: String,
    /// The framework's label, for documents.
    pub framework: String,
    /// The framework as the blueprint names it, for imports.
    pub framework_option: String,
}

/// A package of the project that hybridge writes once, whoever uses it.
#[derive(Debug, Clone, Serialize)]
pub struct PackageView {
    /// Its folder below `packages/`.
    pub name: String,
    #[serde(skip)]
    pub(super) language: &'static str,
    pub npm: NpmView,
    pub python: PackagePythonView,
    pub generate: Vec<GenerateView>,
    /// Those that some component which uses it has, distinct, by name.
    pub transports: Vec<Named>,
    pub frameworks: Vec<Named>,
    /// Transports that bring an adapter of their own beside the framework.
    pub adapters: Vec<Named>,
    /// A component that uses it answers in parts, or asks for such answers.
    pub streams: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct PackagePythonView {
    /// Requirement strings (PEP 508), sorted.
    pub dependencies: Vec<String>,
    pub dev: Vec<String>,
    /// What options need, each under its name.
    pub extras: Vec<GroupView>,
    /// As [`PythonView::without`].
    pub without: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct GatewayView {
    #[serde(flatten)]
    pub identity: Identity,
    pub services: Vec<LinkedService>,
    /// Distinct, by name.
    pub transports: Vec<TransportView>,
    /// What it chose, by axis.
    #[serde(flatten)]
    pub choices: Map<String, Value>,
    pub npm: NpmView,
    pub observers: Vec<Observer>,
    /// A service that it is linked with answers in parts.
    pub streams: bool,
    /// The header that says who is asking while developing, or `""`.
    pub credential: String,
    pub openapi: Value,
    /// By service and operation that clients may call, a valid `input` and `output`.
    pub examples: Value,
    pub generate: Vec<GenerateView>,
    #[serde(flatten)]
    pub runtime: Runtime,
}

#[derive(Debug, Clone, Serialize)]
pub struct LinkedService {
    #[serde(flatten)]
    pub service: ServiceView,
    pub link: Via,
}

/// A transport as a gateway has it.
#[derive(Debug, Clone, Serialize)]
pub struct TransportView {
    pub name: String,
    /// It has a module of its own in the gateway, made of contracts; otherwise it is used as the shared
    /// package brings it.
    pub is_own: bool,
}

/// How a service is reached.
#[derive(Debug, Clone, Serialize)]
pub struct Via {
    pub transport: String,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NpmView {
    /// Name -> version range.
    pub dependencies: BTreeMap<String, String>,
    pub dev_dependencies: BTreeMap<String, String>,
}

/// A service that wants to be told what happens, and the operation that takes it.
#[derive(Debug, Clone, Serialize)]
pub struct Observer {
    pub service: String,
    pub operation: String,
}

/// A way between two components.
#[derive(Debug, Clone, Serialize)]
pub struct LinkView {
    pub gateway: String,
    pub service: String,
    pub transport: String,
    /// Where the gateway connects to the service; empty where all goes through a container.
    pub ports: Vec<u16>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ServiceView {
    #[serde(flatten)]
    pub identity: Identity,
    pub operations: Vec<OperationView>,
    pub own_operations: Vec<OperationView>,
    pub events: Vec<EventView>,
    /// What a client needs to receive an event, by its name.
    pub event_scopes: Map<String, Value>,
    pub types: Vec<TypeView>,
    /// Something of it is answered once.
    pub answers: bool,
    /// Something of it is answered in parts.
    pub streams: bool,
    pub graphql: GraphqlView,
    pub python: PythonView,
    pub capabilities: Vec<Named>,
    pub transports: Vec<Named>,
    /// Those of the transports that bring an adapter of their own beside the framework.
    pub adapters: Vec<AdapterView>,
    pub prepare: Vec<PrepareView>,
    /// What the README says of it beside the rest, in Markdown; empty for most kinds.
    pub note: String,
    pub generate: Vec<GenerateView>,
    pub proto: ProtoView,
    #[serde(flatten)]
    pub runtime: Runtime,
}

/// A transport that brings an adapter of its own beside the framework.
#[derive(Debug, Clone, Serialize)]
pub struct AdapterView {
    pub name: String,
    /// Where it stands, as Python imports it: in the shared package, or with a dot in the service, where it
    /// is made of the contract.
    pub module: String,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct PythonView {
    /// Requirement strings (PEP 508), sorted.
    pub dependencies: Vec<String>,
    pub dev: Vec<String>,
    pub groups: Vec<GroupView>,
    pub settings: Vec<SettingsView>,
    /// What remembers outcomes by their idempotency keys: none, or one.
    pub keys: Vec<KeysView>,
    /// Extras of the shared package that the service needs.
    pub extras: Vec<String>,
    /// Requirements (PEP 508) that hold nowhere, of what dependencies require and nothing uses; sorted.
    pub without: Vec<String>,
    /// Debian packages of libraries that the image needs, sorted.
    pub libraries: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    pub name: String,
    pub dependencies: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct KeysView {
    pub module: String,
    pub function: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct SettingsView {
    pub module: String,
    pub class: String,
}

/// Source code that is made of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GenerateView {
    pub command: Vec<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PrepareView {
    pub name: String,
    pub help: String,
    pub command: Vec<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}
