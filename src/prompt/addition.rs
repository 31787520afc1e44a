//! What `hybridge add` asks when it is not given.

use super::interview::Interview;
use super::{Check, Choice, Prompter, Refusal};
use crate::blueprint::model::{Blueprint, Role};
use crate::blueprint::options::GATEWAY;
use crate::blueprint::overrides::ServiceFlag;
use crate::catalogue::{Axis, Catalogue, Module};
use crate::error::Error;
use crate::error::part::{Lacking, Present};

/// Asks for one thing that a system gets in addition. Every method ends in [`Error::Cancelled`] on Esc and Ctrl-C.
pub struct Addition<'a> {
    pub prompter: &'a mut dyn Prompter,
    pub catalogue: &'a Catalogue,
    pub blueprint: &'a Blueprint,
}

impl Addition<'_> {
    /// A service, and how it is reached. `via` is the transport where it is given.
    ///
    /// # Errors
    /// As the prompts.
    pub fn service(
        &mut self,
        via: Option<String>,
        check_name: Check<'_>,
    ) -> Result<(ServiceFlag, Option<String>), Error> {
        let taken: Vec<ServiceFlag> = self.blueprint.services.keys().map(|it| taken(it)).collect();
        let kinds: Vec<&Module> = self.catalogue.options(Axis::KIND).collect();
        let choices: Vec<Choice> = kinds
            .iter()
            .map(|kind| super::interview::choice(kind))
            .collect();
        let is_first = |kind: &&Module| kind.is_default && kind.name != GATEWAY;
        let default = kinds.iter().position(is_first).unwrap_or(0);
        let kind = kinds[self.prompter.choose("Of which kind?", &choices, default)?];
        let mut interview = self.interview(check_name);
        let service = interview.service(kind, &taken)?;
        let via = match (via, kind.name == GATEWAY) {
            (None, false) => {
                let question = format!("How does the gateway reach `{}`?", service.name);
                Some(interview.one(&question, Axis::TRANSPORT)?)
            }
            (via, _) => via,
        };
        Ok((service, via))
    }

    /// Gateway, service and transport of a link.
    ///
    /// # Errors
    /// As the prompts.
    pub fn link(&mut self, via: Option<String>) -> Result<(String, String, String), Error> {
        let from = self.one_of("From which gateway?", true)?;
        let to = self.one_of("To which service?", false)?;
        let via = match via {
            Some(via) => via,
            None => {
                let question = format!("How does `{from}` reach `{to}`?");
                self.interview(&|_| Ok(()))
                    .one(&question, Axis::TRANSPORT)?
            }
        };
        Ok((from, to, via))
    }

    /// A service, where it is not given, and the name of the operation or event that it gets.
    ///
    /// # Errors
    /// As the prompts.
    pub fn part(&mut self, service: Option<String>, what: &str) -> Result<(String, String), Error> {
        let service = match service {
            Some(service) => service,
            None => self.one_of("Of which service?", false)?,
        };
        let check = |name: &str| match name.is_empty() {
            true => Err(Refusal::NoName),
            false => Ok(()),
        };
        let question = format!("Name of the {what}");
        let name = self.prompter.text(&question, "", &check)?;
        Ok((service, name))
    }

    /// Fields as `limit:int`, until none is given.
    ///
    /// # Errors
    /// As the prompts.
    pub fn fields(&mut self, question: &str, check: Check<'_>) -> Result<Vec<String>, Error> {
        let question = format!("{question} (`limit:int`; enter when there is no more)");
        let check = |text: &str| match text.is_empty() {
            true => Ok(()),
            false => check(text),
        };
        let mut fields = Vec::new();
        loop {
            match self.prompter.text(&question, "", &check)? {
                text if text.is_empty() => return Ok(fields),
                text => fields.push(text),
            }
        }
    }

    /// Whether an operation changes nothing.
    ///
    /// # Errors
    /// As the prompts.
    pub fn is_safe(&mut self) -> Result<bool, Error> {
        let question = "Does it change nothing, so that it may be asked again?";
        Ok(self.prompter.confirm(question, false)?)
    }

    /// A target that the system does not have.
    ///
    /// # Errors
    /// As the prompts; [`Error::HasPart`] where it has all of them.
    pub fn target(&mut self) -> Result<String, Error> {
        let targets = self.catalogue.options(Axis::DEPLOY);
        let left: Vec<&Module> = targets
            .filter(|target| !self.blueprint.targets.contains(&target.name))
            .collect();
        if left.is_empty() {
            return Err(Error::HasPart {
                what: Present::Targets,
            });
        }
        let choices: Vec<Choice> = left.iter().map(|it| super::interview::choice(it)).collect();
        let chosen = self.prompter.choose("Which target?", &choices, 0)?;
        Ok(left[chosen].name.clone())
    }

    /// One of the gateways or of the services behind them; nothing is asked where there is one.
    fn one_of(&mut self, question: &str, gateways: bool) -> Result<String, Error> {
        let services = self.blueprint.services.values();
        let all: Vec<Choice> = services
            .filter(|service| matches!(service.role, Role::Gateway) == gateways)
            .map(|service| Choice {
                label: service.name.clone(),
                help: service.description.clone(),
            })
            .collect();
        match all.as_slice() {
            [] => Err(Error::NoSuchPart {
                what: Lacking::Choice,
                nearest: None,
            }),
            [one] => Ok(one.label.clone()),
            all => Ok(all[self.prompter.choose(question, all, 0)?].label.clone()),
        }
    }

    fn interview<'i>(&'i mut self, check_name: Check<'i>) -> Interview<'i> {
        Interview {
            prompter: self.prompter,
            catalogue: self.catalogue,
            check_name,
        }
    }
}

/// A service of the blueprint, of which only the name counts.
fn taken(name: &str) -> ServiceFlag {
    ServiceFlag {
        name: name.to_owned(),
        kind: String::new(),
        framework: None,
    }
}
