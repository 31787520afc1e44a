//! What flags and prompts say of a blueprint.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use serde_json::Value;

use crate::catalogue::Axis;
use crate::error::Error;
use crate::error::flag::FlagError;

/// Everything that can be said without a page. What is absent comes from the page or the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    pub name: Option<String>,
    pub description: Option<String>,
    /// Added to those of the page; one of the same name replaces kind and framework there.
    pub services: Vec<ServiceFlag>,
    pub via: Vec<ViaFlag>,
    /// For every component that chooses of the axis; one option where it is no choice of many.
    pub choices: IndexMap<Axis, Vec<String>>,
    /// For every service that keeps something.
    pub store: Option<String>,
    pub targets: Option<Vec<String>>,
    /// Packs by name, each with where it comes from; stacked on those of the page.
    pub packs: Vec<(String, String)>,
    /// Answers to prompts: pack, key, value.
    pub answers: Vec<(String, String, Value)>,
}

/// `--service NAME:KIND[:FRAMEWORK]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFlag {
    pub name: String,
    pub kind: String,
    pub framework: Option<String>,
}

/// `--via [[GATEWAY:]SERVICE=]TRANSPORT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViaFlag {
    /// Those of every gateway when absent.
    pub gateway: Option<String>,
    /// Every link when absent.
    pub service: Option<String>,
    pub transport: String,
}

impl FromStr for ServiceFlag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.split(':').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(kind), framework, None)
                if !name.is_empty() && !kind.is_empty() && framework.as_deref() != Some("") =>
            {
                Ok(Self {
                    name,
                    kind,
                    framework,
                })
            }
            _ => Err(Error::BadFlag {
                flag: "--service",
                value: text.to_owned(),
                why: FlagError::NotAService,
            }),
        }
    }
}

impl fmt::Display for ServiceFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.kind)?;
        self.framework
            .as_ref()
            .map_or(Ok(()), |framework| write!(f, ":{framework}"))
    }
}

impl FromStr for ViaFlag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (link, transport) = match text.split_once('=') {
            Some((link, transport)) => (Some(link), transport),
            None => (None, text),
        };
        let (gateway, service) = match link.map(|link| (link, link.split_once(':'))) {
            Some((_, Some((gateway, service)))) => (Some(gateway), Some(service)),
            Some((service, None)) => (None, Some(service)),
            None => (None, None),
        };
        if transport.is_empty() || gateway == Some("") || service == Some("") {
            return Err(Error::BadFlag {
                flag: "--via",
                value: text.to_owned(),
                why: FlagError::NotATransport,
            });
        }
        Ok(Self {
            gateway: gateway.map(str::to_owned),
            service: service.map(str::to_owned),
            transport: transport.to_owned(),
        })
    }
}

impl fmt::Display for ViaFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gateway
            .as_ref()
            .map_or(Ok(()), |gateway| write!(f, "{gateway}:"))?;
        self.service
            .as_ref()
            .map_or(Ok(()), |service| write!(f, "{service}="))?;
        f.write_str(&self.transport)
    }
}
