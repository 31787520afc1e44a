//! `module.yaml` and `versions.yaml` as they are written.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::question::prompt::Prompt;

/// The file in which a module, or a capability of a runtime, says what it contributes.
pub const MANIFEST: &str = "module.yaml";

/// Where versions stand.
pub const VERSIONS: &str = "versions.yaml";

/// What a module says of itself and contributes. See `docs/architecture.md`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    pub label: String,
    pub help: String,
    /// The axis's default option; an axis of many choices may have several.
    pub default: bool,
    /// Place in lists; options of equal order are listed by name.
    pub order: Option<u32>,
    pub provides: Vec<String>,
    pub needs: Vec<String>,
    pub conflicts: Vec<String>,
    /// What is made of the contract of a service for the module's files, beside what is made of every contract.
    pub contracts: Vec<ContractLanguage>,
    /// Globs over output paths inside the scope, before placeholders are filled in.
    pub seeded: Vec<String>,
    /// Output paths that get the executable bit.
    pub executable: Vec<String>,
    pub npm: Npm,
    /// For transports: what they add to the root of the project.
    pub project: Project,
    pub python: Python,
    pub env: Vec<EnvVar>,
    /// For transports: what a service listens on beside HTTP.
    pub ports: Vec<ListenPort>,
    /// For ways of authentication: the header that says who is asking while developing, as a shell reads it
    /// between double quotes.
    pub credential: String,
    /// Hosts outside of the system that a component asks, containers apart.
    pub outside: Vec<Outside>,
    pub volumes: Vec<Volume>,
    /// Memory limit of the container, as compose writes it (`512M`).
    pub memory: String,
    /// For kinds: what a service of the kind is called where nobody names it.
    pub service: String,
    /// For kinds: the operation to which gateways report what happens.
    pub observer: String,
    /// For kinds: what the README of a system says of a service of the kind, in Markdown. A template.
    pub note: String,
    /// What must be made before the service can start.
    pub prepare: Vec<Prepare>,
    /// What a system has once, whoever needs it.
    pub containers: Vec<Container>,
    /// What runs to its end, in the service's own image, before the service starts.
    pub jobs: Vec<Job>,
    /// For transports: what tells how much work waits for a service.
    pub scalers: Vec<Scaler>,
    /// For targets: hosts beside the services that their files name, containers of modules apart.
    pub hosts: Vec<String>,
    /// For targets: how one container is started for development. A template; sees `container.name`.
    pub start: String,
    /// For targets: programs of this machine that its tasks call, and that hybridge does not bring.
    pub programs: Vec<String>,
    /// Source code that is made of contracts, before anything else.
    pub generate: Vec<Generate>,
    /// How the lock file of a component is made.
    pub lock: Option<Lock>,
    /// For packs: what `hybridge new` asks where the module is chosen, behind what `pack.yaml` asks. Each has
    /// a default, which holds where it is not.
    pub prompts: IndexMap<String, Prompt>,
}

/// A language that contracts are written in where a module asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContractLanguage {
    /// `service.graphql`
    Graphql,
    /// Protocol Buffers: `service.proto`
    Proto,
}

/// Packages of a component itself, and of the shared package that the components of its language use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Npm {
    pub dependencies: Vec<String>,
    pub dev_dependencies: Vec<String>,
    pub package: NpmPackage,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct NpmPackage {
    pub dependencies: Vec<String>,
    pub dev_dependencies: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    /// npm packages for tasks of the whole.
    pub npm: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// PyPI names, with extras where needed (`uvicorn[standard]`).
    pub dependencies: Vec<String>,
    pub dev: Vec<String>,
    /// Further dependency groups by name.
    pub groups: BTreeMap<String, Vec<String>>,
    /// What dependencies require and what is never installed, because nothing of it is used (PyPI names).
    pub without: Vec<String>,
    /// Debian packages of libraries that dependencies load and that the image of Python lacks.
    pub libraries: Vec<String>,
    pub settings: Vec<SettingsClass>,
    /// What remembers outcomes by their idempotency keys, instead of the memory of the service; of several
    /// modules the most specific one says it.
    pub keys: Option<KeysFunction>,
    pub package: PythonPackage,
}

/// What the shared package of the Python services depends on: its own, or under the extra of an option.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PythonPackage {
    pub dependencies: Vec<String>,
    pub dev: Vec<String>,
}

/// A settings class that is mixed into the service's `Settings`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsClass {
    /// As it stands behind `from`: of the shared package, or with a dot of the service's own.
    pub module: String,
    pub class: String,
}

/// A function that opens `IdempotencyKeys` with the settings and the resources of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysFunction {
    /// As it stands behind `from`: of the shared package, or with a dot of the service's own.
    pub module: String,
    pub function: String,
}

/// An environment variable of a component. All texts may be templates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvVar {
    pub name: String,
    #[serde(default)]
    pub default: String,
    /// The value inside containers, where it differs.
    pub container: Option<String>,
    /// The value in a cluster, where it differs from that in containers.
    pub cluster: Option<String>,
    pub help: String,
    #[serde(default)]
    pub secret: bool,
    /// One value for the whole system, under its plain name.
    #[serde(default)]
    pub shared: bool,
    /// Whoever runs the system says it: `cluster` is an example. Only of what is shared.
    #[serde(default)]
    pub required: bool,
    /// Whoever runs the containers may set it in `.env`, by its name there; a secret, too, where one component has
    /// another one than the system.
    #[serde(default)]
    pub open: bool,
    /// For transports: the end of the link that reads it; both when absent.
    pub side: Option<Side>,
    /// A need without which nobody reads it.
    pub with: Option<String>,
}

/// A host outside of the system that a component asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    pub name: String,
    pub help: String,
    /// The usual port.
    pub port: u16,
}

/// A port of a service beside that of HTTP; the number is given out by the planner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenPort {
    /// What `service.ports` calls it.
    pub name: String,
    /// The variable that sets it.
    pub env: String,
    pub help: String,
    /// The protocol, other than HTTP, by which Kubernetes can ask there whether the service is ready: the
    /// key of a probe.
    #[serde(default)]
    pub probe: String,
}

/// A measure of the work that waits, as a trigger of KEDA (<https://keda.sh/docs/latest/scalers/>).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    #[serde(rename = "type")]
    pub kind: String,
    /// Values may be templates, which see the service.
    pub metadata: BTreeMap<String, String>,
}

/// The ends of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Node.js, in front.
    Gateway,
    /// Python, behind it.
    Service,
}

impl Side {
    /// What templates know a component of this side by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Service => "service",
        }
    }
}

/// A container of somebody else's image (a broker). Its name is its host name beside the services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    pub name: String,
    pub help: String,
    /// A name among the images of `versions.yaml`.
    pub image: String,
    /// Instead of the image's own; words may be templates.
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub env: Vec<ContainerEnv>,
    /// The words of a command that succeeds when the container is ready; no shell reads them.
    pub health: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<Volume>,
    /// Folders in memory beside `/tmp`.
    #[serde(default)]
    pub tmpfs: Vec<String>,
    /// Numeric `uid:gid`, where the image's own user is root.
    #[serde(default)]
    pub user: String,
    /// The image writes beside its volumes and `tmpfs`.
    #[serde(default)]
    pub writable: bool,
    pub memory: String,
    /// What `make dev` on the same machine reaches.
    #[serde(default)]
    pub ports: Vec<PublishedPort>,
    /// The shared variable of components that says where it is: `host:port`, several of them
    /// comma-separated, or a URL. One with a `profile` has none.
    #[serde(default)]
    pub address: String,
    /// A profile of compose: the container runs only where that is asked for, with a way out, and nobody waits
    /// for it. Other targets leave it out.
    #[serde(default)]
    pub profile: String,
}

/// A variable of a container: a text, or the value of one of the system's secrets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerEnv {
    pub name: String,
    #[serde(default)]
    pub value: String,
    /// The name of the secret.
    #[serde(default)]
    pub secret: String,
}

/// A port of a container that is open on the loopback address of the machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedPort {
    /// The setting that moves it; the container gets it as a variable too.
    pub env: String,
    /// In the container.
    pub port: u16,
    /// On the machine.
    pub published: u16,
    pub help: String,
}

/// A command that ends, and must succeed before the service starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub name: String,
    pub help: String,
    /// A program of the service's environment and its words, which may be templates.
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    pub name: String,
    pub path: String,
}

/// A command that makes files which are not written by hybridge (a trained model).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    pub name: String,
    pub help: String,
    pub command: Vec<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}

/// A command that makes source code of a contract: stubs. Run in the folder of the component. All texts may
/// be templates, filled as those of `env` are; of a transport, once for each link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// Run once, in the folder of the shared package instead; texts see what its files see.
    #[serde(default)]
    pub package: bool,
    pub command: Vec<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// For transports: the end of the link that needs it; both when absent.
    pub side: Option<Side>,
}

/// How a lock file is made, run in the folder of the component.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Words may be templates.
    pub command: Vec<String>,
    /// The file that it makes.
    pub output: String,
}

/// `versions.yaml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Versions {
    pub as_of: String,
    pub tools: BTreeMap<String, String>,
    pub images: BTreeMap<String, String>,
    /// `owner/name@commit # version`, as `uses:` of a workflow takes it.
    pub actions: BTreeMap<String, String>,
    pub npm: BTreeMap<String, String>,
    pub pypi: BTreeMap<String, String>,
}
