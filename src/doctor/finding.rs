//! What can be wrong with a machine or a project, as values: what is said of it is made of their fields.

use semver::Version;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use thiserror::Error as ThisError;

use crate::error::Error;

/// More files are counted only.
const SHOWN: usize = 3;
const MAKE_LOCK: &str = "make lock";
/// Makes `.env`, and adds the secrets that it lacks.
const MAKE_ENV: &str = "make env";
/// Fetches Node.js and uv into `.tools/`.
const MAKE_TOOLS: &str = "make tools";

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// `make dev`, `make check` or `hybridge apply` cannot do their work.
    Error,
    /// Something else cannot be done.
    Warning,
}

/// The family of a finding, for programs: findings come and messages change, these words stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A program that the tasks call is not installed.
    MissingTool,
    /// A program is there in a version that does not fit.
    WrongTool,
    /// There is no `.env`, or no value in it for a secret.
    MissingSetting,
    /// A value, or the whole file, cannot be understood.
    BadSetting,
    /// A port of a component cannot be listened on.
    PortTaken,
    /// A broker or store does not answer.
    NoAnswer,
    /// A lock file is not there.
    MissingLock,
    /// A lock file is not of the manifests beside it.
    StaleLock,
    /// What would tell whether a lock file is stale is not there.
    UnknownLock,
    /// A contract was edited by hand.
    EditedContract,
    /// A contract was deleted.
    DeletedContract,
    /// Conflicts of an earlier `hybridge apply` wait.
    Conflicts,
    /// The blueprint is wrong: `hybridge check` says what.
    BadBlueprint,
    /// The project is not what its blueprint says.
    Behind,
}

/// One thing that is wrong. `Display` says what, without what mends it.
#[derive(Debug, ThisError)]
pub enum Finding {
    #[error("Node.js {wanted} with npm is needed, and there is none")]
    NoNode { wanted: String },

    #[error("Node.js {wanted} is needed, and this is {found}")]
    OtherNode { wanted: String, found: Version },

    #[error("Node.js {found} does not run TypeScript; {wanted} is needed")]
    UntypedNode { wanted: String, found: Version },

    #[error("uv {oldest} or newer is needed, and there is none")]
    NoUv { oldest: String },

    #[error("uv {oldest} or newer is needed, and this is {found}")]
    OldUv { oldest: String, found: Version },

    /// `install` is what installs it on this machine, here and below.
    #[error("the tasks need GNU make")]
    NoMake { install: String },

    #[error("without git, `hybridge apply` cannot tell what is not committed yet")]
    NoGit { install: String },

    #[error("`{program}` is not there, which tasks of a deploy target call")]
    NoProgram { program: String, install: String },

    #[error("`{file}` is not understood: {why}")]
    UnreadableSettings {
        file: &'static str,
        /// In the words of the parser.
        why: String,
    },

    #[error("there is no `{file}`")]
    NoSettings { file: &'static str },

    #[error("`{file}` has no value for `{}`", .names.join("`, `"))]
    NoSecrets {
        file: &'static str,
        names: Vec<String>,
    },

    #[error("`{variable}` is no port: `{text}`")]
    NotAPort { variable: String, text: String },

    #[error("port {port} of {component} {}", taken(.why.as_deref()))]
    PortTaken {
        port: u16,
        component: String,
        variable: String,
        /// In the words of the system, where it is anything else than that somebody listens there.
        why: Option<String>,
        /// One that can be listened on.
        free: Option<u16>,
    },

    #[error("`{variable}` names no host and port")]
    NotAnAddress { variable: String },

    #[error("{service} does not answer at {}", .places.join(", "))]
    NoAnswer {
        service: String,
        /// Host and port of each.
        places: Vec<String>,
        variable: String,
        /// The command that starts it; empty where there is none.
        start: String,
    },

    #[error("`{path}` is missing")]
    NoLock { path: String },

    #[error("`{path}` is stale: {why}")]
    StaleLock { path: String, why: Stale },

    #[error("only uv can tell whether `{path}` is stale")]
    UnknownLock { path: String },

    #[error("`{path}` was edited by hand: what it should say belongs into `hybridge.yaml`")]
    EditedContract { path: String },

    #[error("`{path}` was deleted")]
    DeletedContract { path: String },

    #[error("conflicts of an earlier `hybridge apply` wait: {count}")]
    Conflicts { count: usize },

    #[error(transparent)]
    BadBlueprint(Error),

    /// `paths` are those of files that `hybridge apply` would touch.
    #[error("{}", behind(.paths))]
    Behind { paths: Vec<String> },
}

/// Why what is locked would not be installed.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Stale {
    #[error("it is no JSON")]
    NoJson,
    #[error("`{manifest}` is no JSON")]
    ManifestNoJson { manifest: String },
    #[error("it does not know `{manifest}`")]
    Unknown { manifest: String },
    #[error("`{manifest}` has other `{section}`")]
    Differs {
        manifest: String,
        section: &'static str,
    },
    #[error("`pyproject.toml` was changed since")]
    Changed,
}

fn taken(why: Option<&str>) -> String {
    match why {
        Some(why) => format!("cannot be listened on: {why}"),
        None => "is taken, by this system or by another program".to_owned(),
    }
}

fn behind(paths: &[String]) -> String {
    let shown = paths[..paths.len().min(SHOWN)].join("`, `");
    match paths.len() {
        0 => "what hybridge remembers is of an older one".to_owned(),
        count if count > SHOWN => {
            format!("{count} files are not what the blueprint says: `{shown}` and more")
        }
        _ => format!("not what the blueprint says: `{shown}`"),
    }
}

impl Finding {
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoGit { .. }
            | Self::NoProgram { .. }
            | Self::NoSettings { .. }
            | Self::NoSecrets { .. }
            | Self::UnknownLock { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    pub fn code(&self) -> Code {
        match self {
            Self::NoNode { .. }
            | Self::NoUv { .. }
            | Self::NoMake { .. }
            | Self::NoGit { .. }
            | Self::NoProgram { .. } => Code::MissingTool,
            Self::OtherNode { .. } | Self::UntypedNode { .. } | Self::OldUv { .. } => {
                Code::WrongTool
            }
            Self::NoSettings { .. } | Self::NoSecrets { .. } => Code::MissingSetting,
            Self::UnreadableSettings { .. } | Self::NotAPort { .. } | Self::NotAnAddress { .. } => {
                Code::BadSetting
            }
            Self::PortTaken { .. } => Code::PortTaken,
            Self::NoAnswer { .. } => Code::NoAnswer,
            Self::NoLock { .. } => Code::MissingLock,
            Self::StaleLock { .. } => Code::StaleLock,
            Self::UnknownLock { .. } => Code::UnknownLock,
            Self::EditedContract { .. } => Code::EditedContract,
            Self::DeletedContract { .. } => Code::DeletedContract,
            Self::Conflicts { .. } => Code::Conflicts,
            Self::BadBlueprint(_) => Code::BadBlueprint,
            Self::Behind { .. } => Code::Behind,
        }
    }

    /// The file that it is about, below the project.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::UnreadableSettings { file, .. }
            | Self::NoSettings { file }
            | Self::NoSecrets { file, .. } => Some(file),
            Self::NoLock { path }
            | Self::StaleLock { path, .. }
            | Self::UnknownLock { path }
            | Self::EditedContract { path }
            | Self::DeletedContract { path } => Some(path),
            _ => None,
        }
    }

    /// A command that mends it; where no command can, what a person does.
    pub fn mend(&self) -> String {
        match self {
            Self::NoNode { .. }
            | Self::OtherNode { .. }
            | Self::UntypedNode { .. }
            | Self::NoUv { .. }
            | Self::OldUv { .. }
            | Self::UnknownLock { .. } => MAKE_TOOLS.to_owned(),
            Self::NoMake { install }
            | Self::NoGit { install }
            | Self::NoProgram { install, .. } => install.clone(),
            Self::UnreadableSettings { .. } => "correct it".to_owned(),
            Self::NoSettings { .. } | Self::NoSecrets { .. } => MAKE_ENV.to_owned(),
            Self::NotAPort { variable, .. } => format!("set `{variable}` in `.env` to a number"),
            Self::PortTaken {
                variable,
                free: Some(free),
                ..
            } => format!("echo {variable}={free} >>.env"),
            Self::PortTaken { variable, .. } => {
                format!("set `{variable}` in `.env` to another one")
            }
            Self::NoAnswer { start, .. } if !start.is_empty() => start.clone(),
            Self::NoAnswer { variable, .. } | Self::NotAnAddress { variable } => {
                format!("set `{variable}` in `.env` to one that runs")
            }
            Self::NoLock { .. } | Self::StaleLock { .. } => MAKE_LOCK.to_owned(),
            Self::EditedContract { path } => format!("rm {path} && hybridge restore {path}"),
            Self::DeletedContract { path } => format!("hybridge restore {path}"),
            Self::Conflicts { .. } => "resolve them, then hybridge apply --continue".to_owned(),
            Self::BadBlueprint(_) => "hybridge check".to_owned(),
            Self::Behind { .. } => "hybridge apply".to_owned(),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 5)?;
        fields.serialize_field("severity", &self.severity())?;
        fields.serialize_field("code", &self.code())?;
        match self.file() {
            Some(source) => fields.serialize_field("source", source)?,
            None => fields.skip_field("source")?,
        }
        fields.serialize_field("what", &self.to_string())?;
        fields.serialize_field("mend", &self.mend())?;
        fields.end()
    }
}
