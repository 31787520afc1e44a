//! The documents that describe what is said between components, put together of the contract and of what
//! modules add to it.

use serde_json::{Value, json};

use super::views::{Views, contract_of};
use crate::blueprint::model::Service;
use crate::contract::asyncapi::{self, Fragment};
use crate::contract::model::Contract;
use crate::contract::openapi::{self, Info};
use crate::document::yaml::YamlError;
use crate::error::Error;
use crate::plan::component::{Part, Parts};

impl Views<'_> {
    /// The document of a gateway's public API.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when an `openapi.yaml` of a module cannot be read.
    pub fn public_api(&self, gateway: &Service, parts: &Parts<'_>) -> Result<Value, Error> {
        let services: Vec<(&str, &Contract)> = self
            .blueprint
            .links
            .iter()
            .filter(|link| link.from == gateway.name)
            .map(|link| {
                (
                    link.to.as_str(),
                    contract_of(&self.blueprint.services[&link.to]),
                )
            })
            .collect();
        let fragments: Vec<Value> = parts
            .parts
            .iter()
            // A transport's document is about the service, not about the gateway.
            .filter(|part| !part.is_transport)
            .filter_map(|part| self.fragment(&part.folder).transpose())
            .collect::<Result<_, _>>()?;
        let info = Info {
            title: &self.blueprint.name,
            description: &self.blueprint.description,
        };
        Ok(openapi::gateway(info, &services, &fragments))
    }

    /// The document of what gateways ask of a service over HTTP; `None` where the transport has none.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when the module's `openapi.yaml` cannot be read.
    pub fn service_api(&self, name: &str, transport: &Part<'_>) -> Result<Option<Value>, Error> {
        let Some(fragment) = self.fragment(&transport.folder)? else {
            return Ok(None);
        };
        let service = &self.blueprint.services[name];
        let info = Info {
            title: name,
            description: &service.description,
        };
        Ok(Some(openapi::service(
            info,
            name,
            contract_of(service),
            &[fragment],
        )))
    }

    /// The document of what a service takes from a broker and puts on it; `None` where the transport has
    /// none.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when an `asyncapi.yaml` of a module cannot be read.
    pub fn message_api(
        &self,
        name: &str,
        transport: &Part<'_>,
        parts: &Parts<'_>,
    ) -> Result<Option<Value>, Error> {
        let service = &self.blueprint.services[name];
        let context = self.context(json!({ "service": self.identities[name] }));
        let read = |folder: &str| -> Result<Option<Fragment>, Error> {
            let path = format!("{folder}/asyncapi.yaml");
            let Some(text) = self.catalogue.files().text(&path) else {
                return Ok(None);
            };
            let text = self.engine.render_text(&path, text, &context)?;
            let fragment = serde_yaml::from_str(&text)
                .map_err(|error| self.catalogue.files().broken(&path, None, error))?;
            Ok(Some(fragment))
        };
        let Some(own) = read(&transport.folder)? else {
            return Ok(None);
        };
        let others = parts.parts.iter().filter(|part| !part.is_transport);
        let mut fragments: Vec<Fragment> = others
            .filter_map(|part| read(&part.folder).transpose())
            .collect::<Result<_, _>>()?;
        fragments.push(own);
        let info = Info {
            title: name,
            description: &service.description,
        };
        Ok(Some(asyncapi::service(
            info,
            &self.blueprint.name,
            name,
            contract_of(service),
            &fragments,
        )))
    }

    /// A module's `openapi.yaml`.
    fn fragment(&self, folder: &str) -> Result<Option<Value>, Error> {
        let path = format!("{folder}/openapi.yaml");
        let Some(text) = self.catalogue.files().text(&path) else {
            return Ok(None);
        };
        let value = serde_yaml::from_str(text).map_err(|error| {
            let error = YamlError::from(error);
            self.catalogue.files().broken(&path, error.place(), error)
        })?;
        Ok(Some(value))
    }
}
