//! Mistakes of services, links and what is made of their names.

use std::fmt;

use thiserror::Error;

use super::{Code, list};
use crate::document::answer::AnswerError;
use crate::document::place::Located;
use crate::document::quote::quoted;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SystemMistake {
    #[error("this is not a name")]
    NotAName,

    #[error("the character U+{:04X} cannot stand in a text", u32::from(*.character))]
    UnfitCharacter { character: char },

    #[error("the examples of all contracts need more than {limit} values")]
    ExamplesTooLarge { limit: u64 },

    #[error("{first} and `{second}` are one name where hyphens cannot stand")]
    SameName { first: Located, second: String },

    /// `kinds` are those that it may be of.
    #[error("there is no service behind the {gateway}")]
    NoService {
        gateway: &'static str,
        kinds: Vec<String>,
    },

    #[error("{first} and `{second}` would both have a schema `{schema}` in the public API")]
    SameSchema {
        first: Located,
        second: String,
        schema: String,
    },

    #[error(
        "`{name}` would stand for {} and for {there}",
        .of.as_ref().map_or_else(|| "this service".to_owned(), |of| format!("`{of}`"))
    )]
    NameTaken {
        name: String,
        /// The service at the place, where the name is not its own.
        of: Option<String>,
        there: NameHolder,
    },

    #[error(
        "`{variable}` would be a variable of `{second}` and of {} in `.env`",
        .first.as_ref().map_or_else(|| "the whole system".to_owned(), Located::to_string)
    )]
    SameVariable {
        variable: String,
        /// `None` where all components read it.
        first: Option<Located>,
        second: String,
    },

    #[error("{} is no digest", quoted(.text))]
    NotADigest { text: String },

    #[error("`{prompt}` {why}")]
    NotAnAnswer { prompt: String, why: AnswerError },

    #[error("there are several gateways, so the link needs the key `from`")]
    NoFrom,

    #[error("`{from}` is linked to `{to}` twice")]
    LinkedTwice { from: String, to: String },

    #[error("no link leads to {}", quoted(.service))]
    NotLinked { service: String },

    #[error("a link goes from a gateway, and {} is none", quoted(.name))]
    NotAGateway { name: String },

    #[error("a link goes to a Python service, and {} is a gateway", quoted(.name))]
    AGateway { name: String },

    #[error("unknown service {}", quoted(.name))]
    UnknownService {
        name: String,
        nearest: Option<String>,
    },

    /// A flag speaks of a link that is not there.
    #[error(
        "no link leads {}to a service {}",
        .gateway.as_ref().map(|it| format!("from {} ", quoted(it))).unwrap_or_default(), quoted(.service)
    )]
    NoSuchLink {
        gateway: Option<String>,
        service: String,
        nearest: Option<String>,
    },

    /// `ways` are the options that would, each as its key is written.
    #[error("nothing that `{gateway}` has chosen says which scopes its clients have")]
    NoScopes { gateway: String, ways: Vec<String> },

    /// `ways` are the transports that would.
    #[error("`{service}` answers in parts, which {via} does not bring")]
    NoStreams {
        service: String,
        via: String,
        ways: Vec<String>,
    },

    #[error("every gateway with every service makes more than {limit} links")]
    TooManyLinks { limit: usize },
}

/// What stands beside the services and has a name as they do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Held {
    #[error("a host")]
    Host,
    #[error("a volume")]
    Volume,
    #[error("the network policy of a link")]
    PolicyOfLink,
    /// `module` is the label of the option that has the job.
    #[error("what {module} runs before the start")]
    Job { module: String },
    #[error("what all components share in Kubernetes")]
    Shared,
    #[error("a network policy of every system")]
    PolicyOfSystem,
    #[error("the network policy of a container")]
    PolicyOfContainer,
    #[error("a volume of a container")]
    VolumeOfContainer,
}

/// What else has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameHolder {
    /// What of the service it is for; `None`: the service itself.
    pub what: Option<Held>,
    /// `None` for hybridge itself.
    pub service: Option<Located>,
}

impl fmt::Display for NameHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.service, &self.what) {
            (Some(service), Some(what)) => write!(f, "{what} of {service}"),
            (Some(service), None) => write!(f, "the service {service}"),
            (None, Some(what)) => what.fmt(f),
            (None, None) => f.write_str("hybridge"),
        }
    }
}

impl SystemMistake {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::NotAName => Code::NotAName,
            Self::UnfitCharacter { .. } => Code::Syntax,
            Self::ExamplesTooLarge { .. } | Self::TooManyLinks { .. } => Code::TooLarge,
            Self::SameName { .. }
            | Self::SameSchema { .. }
            | Self::NameTaken { .. }
            | Self::SameVariable { .. }
            | Self::LinkedTwice { .. } => Code::Duplicate,
            Self::NoService { .. } | Self::NotLinked { .. } | Self::NoScopes { .. } => {
                Code::Incomplete
            }
            Self::NoStreams { .. } => Code::Contradiction,
            Self::NotADigest { .. } | Self::NotAnAnswer { .. } => Code::NotAValue,
            Self::NoFrom => Code::MissingKey,
            Self::NotAGateway { .. } | Self::AGateway { .. } => Code::Misplaced,
            Self::UnknownService { .. } | Self::NoSuchLink { .. } => Code::UnknownWord,
        }
    }

    pub(super) fn instead(&self) -> Option<String> {
        let instead = match self {
            Self::UnknownService { nearest, .. } | Self::NoSuchLink { nearest, .. } => {
                return super::nearest(nearest.as_ref());
            }
            Self::NoService { kinds, .. } => {
                return Some(format!("add one of kind {}", list(kinds)));
            }
            Self::NoScopes { gateway, ways } => {
                return Some(format!("choose for `{gateway}` one of {}", list(ways)));
            }
            Self::NoStreams { ways, .. } => {
                return Some(format!("link it by one of {}", list(ways)));
            }
            Self::ExamplesTooLarge { .. } => "ask for less by `min_length`",
            Self::SameSchema { .. } => "choose another name for one of the services",
            Self::NameTaken { .. } | Self::SameVariable { .. } => "choose another name",
            Self::NotADigest { .. } => "`sha256:` and 64 hexadecimal digits, in lower case",
            Self::NotLinked { .. } => "add one under `links`",
            Self::TooManyLinks { .. } => "write the `links` that are needed",
            _ => return None,
        };
        Some(instead.to_owned())
    }
}
