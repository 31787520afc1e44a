//! A document as a value, and what an edit changes of it.

use serde_json::{Map, Value, json};

use super::value::{
    add, ambiguous, exists, list_mut, missing, remove, section_mut, service_mut, texts,
};
use super::{Edit, NotEdited};
use crate::blueprint::options::{GATEWAY, Options};
use crate::blueprint::overrides::ServiceFlag;
use crate::catalogue::{Axis, Catalogue};
use crate::error::part::{Lacking, PartKind, Present};

/// What a document says, while it changes.
pub(super) struct Page<'c> {
    pub value: Value,
    /// The document writes its links, otherwise they follow from the services.
    pub has_links: bool,
    pub catalogue: &'c Catalogue,
}

impl Page<'_> {
    pub fn change(&mut self, edit: &Edit) -> Result<(), NotEdited> {
        match edit {
            Edit::AddService {
                service,
                description,
                from,
                via,
            } => self.add_service(service, description.as_deref(), from, via.as_deref()),
            Edit::AddLink { from, to, via } => self.add_link(from.as_deref(), to, via.as_deref()),
            Edit::AddPart {
                section,
                service,
                name,
                value,
            } => {
                let service = service_mut(section_mut(&mut self.value, "services"), service)?;
                let section = section_mut(service, section);
                add(section, name, value.clone())
            }
            Edit::AddTarget(target) => {
                let targets = self.targets();
                if targets.iter().any(|it| it == target) {
                    return Err(exists(target));
                }
                targets.push(target.as_str().into());
                Ok(())
            }
            Edit::RemoveService(name) => self.remove_service(name),
            Edit::RemoveLink { from, to } => self.remove_link(from.as_deref(), to),
            Edit::RemovePart {
                section,
                service,
                name,
            } => {
                let service = service_mut(section_mut(&mut self.value, "services"), service)?;
                remove(section_mut(service, section), name)?;
                let is_empty = service[*section].as_object().is_some_and(Map::is_empty);
                if let (true, Some(service)) = (is_empty, service.as_object_mut()) {
                    service.shift_remove(*section);
                }
                Ok(())
            }
            Edit::RemoveTarget(target) => {
                let targets = self.targets();
                let known: Vec<String> = texts(targets);
                let at = known.iter().position(|it| it == target);
                let at = at.ok_or_else(|| missing(PartKind::Target, target, &known))?;
                targets.remove(at);
                Ok(())
            }
            Edit::Set { path, value } => self.set(path, value),
            Edit::RenameService { .. } => Ok(()),
        }
    }

    fn gateways(&self) -> Vec<String> {
        let services = self.value["services"].as_object();
        let entries = services.into_iter().flatten();
        let gateways = entries.filter(|(name, service)| {
            let kind = service.get("kind").and_then(Value::as_str);
            kind.map_or(*name == GATEWAY, |kind| kind == GATEWAY)
        });
        gateways.map(|(name, _)| name.clone()).collect()
    }

    fn services(&self) -> Vec<String> {
        let services = self.value["services"].as_object();
        services.into_iter().flat_map(Map::keys).cloned().collect()
    }

    fn add_service(
        &mut self,
        service: &ServiceFlag,
        description: Option<&str>,
        from: &[String],
        via: Option<&str>,
    ) -> Result<(), NotEdited> {
        let is_gateway = service.kind == GATEWAY;
        let gateways = self.gateways();
        for gateway in from {
            if !gateways.contains(gateway) {
                return Err(missing(PartKind::Gateway, gateway, &gateways));
            }
        }
        let mut said = Map::new();
        said.insert("kind".into(), service.kind.as_str().into());
        if let Some(framework) = &service.framework {
            said.insert("framework".into(), framework.as_str().into());
        }
        if let Some(description) = description {
            said.insert("description".into(), description.into());
        }
        let services = section_mut(&mut self.value, "services");
        add(services, &service.name, said.into())?;
        let is_as_all = from.is_empty() && via.is_none();
        if is_gateway || (!self.has_links && is_as_all) {
            return Ok(());
        }
        let from = match from.is_empty() {
            true => &gateways[..],
            false => from,
        };
        for gateway in from {
            let gateway = (gateways.len() > 1 || !self.has_links).then_some(gateway.as_str());
            self.add_link(gateway, &service.name, via)?;
        }
        Ok(())
    }

    fn add_link(
        &mut self,
        from: Option<&str>,
        to: &str,
        via: Option<&str>,
    ) -> Result<(), NotEdited> {
        let services = self.services();
        let gateways = self.gateways();
        if !services.iter().any(|it| it == to) {
            return Err(missing(PartKind::Service, to, &services));
        }
        if let Some(from) = from
            && !gateways.iter().any(|it| it == from)
        {
            return Err(missing(PartKind::Gateway, from, &gateways));
        }
        if from.is_none() && gateways.len() > 1 {
            return Err(ambiguous(to, &gateways));
        }
        if self.link(from, to)?.is_some() {
            let gateway = from.or(gateways.first().map(String::as_str));
            return Err(NotEdited::Exists {
                what: Present::Link {
                    gateway: gateway.unwrap_or_default().into(),
                    to: to.into(),
                },
            });
        }
        // As the links that are there are written.
        let names_gateway = self.links().iter().any(|it| it.get("from").is_some());
        let from = from.or_else(|| {
            gateways
                .first()
                .map(String::as_str)
                .filter(|_| names_gateway)
        });
        let mut said = Map::new();
        if let Some(from) = from {
            said.insert("from".into(), from.into());
        }
        said.insert("to".into(), to.into());
        if let Some(via) = via {
            said.insert("via".into(), via.into());
        }
        self.links().push(said.into());
        Ok(())
    }

    /// The number of the link between two ends; `from` may be left out where one gateway leads there.
    ///
    /// # Errors
    /// [`NotEdited::Ambiguous`] where it is left out and several do.
    fn link(&mut self, from: Option<&str>, to: &str) -> Result<Option<usize>, NotEdited> {
        let only = self.gateways().first().cloned().unwrap_or_default();
        let end = |link: &Value, key: &str| link.get(key)?.as_str().map(str::to_owned);
        let links = self.links().iter().enumerate();
        let found: Vec<(usize, String)> = links
            .filter(|(_, link)| end(link, "to").as_deref() == Some(to))
            .map(|(at, link)| (at, end(link, "from").unwrap_or_else(|| only.clone())))
            .filter(|(_, gateway)| from.is_none_or(|from| from == gateway))
            .collect();
        match (found.as_slice(), from) {
            ([_, _, ..], None) => {
                let gateways: Vec<String> = found.into_iter().map(|(_, gateway)| gateway).collect();
                Err(ambiguous(to, &gateways))
            }
            (found, _) => Ok(found.first().map(|(at, _)| *at)),
        }
    }

    fn links(&mut self) -> &mut Vec<Value> {
        list_mut(&mut self.value, "links")
    }

    fn targets(&mut self) -> &mut Vec<Value> {
        if self.value.get("targets").is_none() {
            let defaults = Options::new(self.catalogue).defaults(Axis::DEPLOY);
            let defaults: Vec<Value> = defaults.map(Value::from).collect();
            self.value["targets"] = defaults.into();
        }
        list_mut(&mut self.value, "targets")
    }

    fn remove_service(&mut self, name: &str) -> Result<(), NotEdited> {
        service_mut(section_mut(&mut self.value, "services"), name)?;
        remove(section_mut(&mut self.value, "services"), name)?;
        if self.has_links {
            let is_end = |link: &Value, key: &str| link.get(key).is_some_and(|it| it == name);
            self.links()
                .retain(|link| !is_end(link, "from") && !is_end(link, "to"));
        }
        Ok(())
    }

    fn remove_link(&mut self, from: Option<&str>, to: &str) -> Result<(), NotEdited> {
        match self.link(from, to)? {
            Some(at) => {
                self.links().remove(at);
                Ok(())
            }
            None => {
                let ends = self.links().iter().filter_map(|it| it["to"].as_str());
                let known: Vec<String> = ends.map(str::to_owned).collect();
                Err(missing(PartKind::Link, to, &known))
            }
        }
    }

    fn set(&mut self, path: &str, value: &Value) -> Result<(), NotEdited> {
        let mut steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        if let [section, link, ..] = steps.as_slice()
            && section == "links"
            && link.parse::<usize>().is_err()
        {
            let (from, to) = match link.split_once(':') {
                Some((from, to)) => (Some(from), to),
                None => (None, link.as_str()),
            };
            let at = self.link(from, to)?;
            let at = at.ok_or_else(|| missing(PartKind::Link, to, &self.services()))?;
            steps[1] = at.to_string();
        }
        let mut there = &mut self.value;
        for step in &steps {
            there = match there {
                Value::Array(items) => {
                    let count = items.len();
                    let item = step.parse().ok().and_then(|at: usize| items.get_mut(at));
                    item.ok_or_else(|| NotEdited::Missing {
                        what: Lacking::Item {
                            index: step.clone(),
                            count,
                            path: path.into(),
                        },
                        nearest: None,
                    })?
                }
                Value::Object(map) => map.entry(step.clone()).or_insert(Value::Null),
                // A value that was left to its default.
                Value::Null => {
                    *there = json!({ step.as_str(): null });
                    &mut there[step.as_str()]
                }
                _ => {
                    return Err(NotEdited::Missing {
                        what: Lacking::Value { path: path.into() },
                        nearest: None,
                    });
                }
            };
        }
        *there = value.clone();
        Ok(())
    }
}
