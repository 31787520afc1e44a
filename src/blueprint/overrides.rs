//! What flags and prompts say of a blueprint.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// Everything that can be said without a page. What is absent comes from the page or the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    pub name: Option<String>,
    pub description: Option<String>,
    /// Added to those of the page; one of the same name replaces kind and framework there.
    pub services: Vec<ServiceFlag>,
    pub via: Vec<ViaFlag>,
    /// For every gateway.
    pub realtime: Option<Vec<String>>,
    /// For every gateway.
    pub auth: Option<String>,
    /// For every service that keeps something.
    pub store: Option<String>,
    pub targets: Option<Vec<String>>,
}

/// `--service NAME:KIND[:FRAMEWORK]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFlag {
    pub name: String,
    pub kind: String,
    pub framework: Option<String>,
}

/// `--via [SERVICE=]TRANSPORT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViaFlag {
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
                reason: "write NAME:KIND or NAME:KIND:FRAMEWORK, as in `vision:inference`".into(),
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
        let (service, transport) = match text.split_once('=') {
            Some((service, transport)) => (Some(service.to_owned()), transport),
            None => (None, text),
        };
        if transport.is_empty() || service.as_deref() == Some("") {
            return Err(Error::BadFlag {
                flag: "--via",
                value: text.to_owned(),
                reason: "write TRANSPORT or SERVICE=TRANSPORT, as in `vision=rest`".into(),
            });
        }
        Ok(Self {
            service,
            transport: transport.to_owned(),
        })
    }
}

impl fmt::Display for ViaFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.service
            .as_ref()
            .map_or(Ok(()), |service| write!(f, "{service}="))?;
        f.write_str(&self.transport)
    }
}
