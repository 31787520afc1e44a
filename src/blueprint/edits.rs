//! Changes of a system as edits of its document: comments, order and style stay.
//!
//! A document may leave services and links to defaults. An edit writes down what it must say and no more: a service
//! that is added to a document without `links` is linked as every other.

use serde_json::{Map, Value, json};

use super::edit::{expanded, follow};
use super::options::{GATEWAY, Options};
use super::overrides::{Overrides, ServiceFlag};
use crate::catalogue::{Axis, Catalogue};
use crate::document::Document;
use crate::document::edit::{Editor, Refused, Step};
use crate::suggest::nearest;

/// A change that a person asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    AddService {
        service: ServiceFlag,
        description: Option<String>,
        /// The gateways that call it; every one where none is named.
        from: Vec<String>,
        via: Option<String>,
    },
    AddLink {
        /// May be left out where there is one gateway.
        from: Option<String>,
        to: String,
        via: Option<String>,
    },
    /// An operation or an event: the key of the section, its service, its name, and what is said of it.
    AddPart {
        section: &'static str,
        service: String,
        name: String,
        value: Value,
    },
    AddTarget(String),
    RenameService {
        from: String,
        to: String,
    },
    RemoveService(String),
    RemoveLink {
        from: Option<String>,
        to: String,
    },
    RemovePart {
        section: &'static str,
        service: String,
        name: String,
    },
    RemoveTarget(String),
    /// A value by its path: keys and numbers of items, or `links.<service>`.
    Set {
        path: String,
        value: Value,
    },
}

/// Why a document was not edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotEdited {
    /// What the edit is about is not there; the nearest that is.
    Missing {
        what: String,
        nearest: Option<String>,
    },
    /// What it would add is there.
    Exists { what: String },
    /// Several gateways lead to the service, or could.
    Ambiguous { to: String, gateways: Vec<String> },
    /// The text is written in a way that cannot be edited without touching the rest.
    Unsupported,
}

impl From<Refused> for NotEdited {
    fn from(_: Refused) -> Self {
        Self::Unsupported
    }
}

/// The text of the document with the edit. What it says then is not checked: that is the next reader's work.
///
/// # Errors
/// [`NotEdited`]; there is no text then.
pub fn edited(
    document: &Document,
    edit: &Edit,
    catalogue: &Catalogue,
) -> Result<String, NotEdited> {
    let before = expanded(document, &Overrides::default(), catalogue);
    let before = before.ok_or(NotEdited::Unsupported)?;
    let mut editor = Editor::new(&document.source.text)?;
    if let Edit::RenameService { from, to } = edit {
        rename_service(&mut editor, &before, from, to)?;
        return Ok(editor.text().to_owned());
    }
    let mut page = Page {
        has_links: editor.value().get("links").is_some_and(|it| !it.is_null()),
        value: before.clone(),
        catalogue,
    };
    page.change(edit)?;
    follow(&mut editor, &mut Vec::new(), &before, &page.value)?;
    Ok(editor.text().to_owned())
}

/// What a document says, while it changes.
struct Page<'c> {
    value: Value,
    /// The document writes its links, otherwise they follow from the services.
    has_links: bool,
    catalogue: &'c Catalogue,
}

impl Page<'_> {
    fn change(&mut self, edit: &Edit) -> Result<(), NotEdited> {
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
                let service = entry(section_mut(&mut self.value, "services"), service, "service")?;
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
                let service = entry(section_mut(&mut self.value, "services"), service, "service")?;
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
                let at = at.ok_or_else(|| missing("target", target, &known))?;
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
                return Err(missing("gateway", gateway, &gateways));
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
            return Err(missing("service", to, &services));
        }
        if let Some(from) = from
            && !gateways.iter().any(|it| it == from)
        {
            return Err(missing("gateway", from, &gateways));
        }
        if from.is_none() && gateways.len() > 1 {
            return Err(ambiguous(to, &gateways));
        }
        if self.link(from, to)?.is_some() {
            return Err(exists(to));
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
        entry(section_mut(&mut self.value, "services"), name, "service")?;
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
                Err(missing("link to", to, &known))
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
            let at = at.ok_or_else(|| missing("link to", to, &self.services()))?;
            steps[1] = at.to_string();
        }
        let mut there = &mut self.value;
        for step in &steps {
            there = match there {
                Value::Array(items) => {
                    let count = items.len();
                    let item = step.parse().ok().and_then(|at: usize| items.get_mut(at));
                    item.ok_or_else(|| NotEdited::Missing {
                        what: format!("item `{step}` of {count} (counted from 0) in `{path}`"),
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
                        what: format!("`{path}`"),
                        nearest: None,
                    });
                }
            };
        }
        *there = value.clone();
        Ok(())
    }
}

fn rename_service(
    editor: &mut Editor,
    before: &Value,
    from: &str,
    to: &str,
) -> Result<(), NotEdited> {
    let services = before["services"].as_object().cloned().unwrap_or_default();
    let known: Vec<String> = services.keys().cloned().collect();
    if !services.contains_key(from) {
        return Err(missing("service", from, &known));
    }
    if services.contains_key(to) {
        return Err(exists(to));
    }
    let key = |key: &str| Step::Key(key.to_owned());
    let place = [key("services"), key(from)];
    // Of a service that does not say so, the name may say what kind it is.
    let kind = [key("services"), key(from), key("kind")];
    let is_told = editor.get(&place).is_some() && editor.get(&kind).is_none();
    if is_told && [from, to].contains(&GATEWAY) {
        return Err(NotEdited::Unsupported);
    }
    if editor.get(&place).is_none() {
        // Left to the defaults, which know no other name.
        let mut after = before.clone();
        let renamed = services
            .into_iter()
            .map(|(name, value)| match name == from {
                true => (to.to_owned(), value),
                false => (name, value),
            });
        after["services"] = Value::Object(renamed.collect());
        after["links"] = before["links"].clone();
        follow(editor, &mut Vec::new(), before, &after)?;
    } else {
        editor.rename(&place, to)?;
    }
    let count = editor.get(&[key("links")]).and_then(Value::as_array);
    for number in 0..count.map_or(0, Vec::len) {
        for end in ["from", "to"] {
            let place = [key("links"), Step::Index(number), key(end)];
            if editor.get(&place).is_some_and(|it| it == from) {
                editor.set(&place, &to.into())?;
            }
        }
    }
    Ok(())
}

fn ambiguous(to: &str, gateways: &[String]) -> NotEdited {
    NotEdited::Ambiguous {
        to: to.to_owned(),
        gateways: gateways.to_vec(),
    }
}

/// The mapping at a key, which is made where it is missing.
fn section_mut<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    let section = &mut value[key];
    if !section.is_object() {
        *section = json!({});
    }
    section
}

fn list_mut<'v>(value: &'v mut Value, key: &str) -> &'v mut Vec<Value> {
    if !value[key].is_array() {
        value[key] = json!([]);
    }
    value[key].as_array_mut().expect("made above")
}

fn entry<'v>(section: &'v mut Value, name: &str, what: &str) -> Result<&'v mut Value, NotEdited> {
    let known: Vec<String> = section
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .cloned()
        .collect();
    section
        .get_mut(name)
        .ok_or_else(|| missing(what, name, &known))
}

fn add(section: &mut Value, name: &str, value: Value) -> Result<(), NotEdited> {
    if section.get(name).is_some() {
        return Err(exists(name));
    }
    section[name] = value;
    Ok(())
}

fn remove(section: &mut Value, name: &str) -> Result<(), NotEdited> {
    let known: Vec<String> = section
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .cloned()
        .collect();
    let map = section.as_object_mut().ok_or(NotEdited::Unsupported)?;
    match map.shift_remove(name) {
        Some(_) => Ok(()),
        None => Err(missing("entry", name, &known)),
    }
}

fn texts(values: &[Value]) -> Vec<String> {
    let texts = values.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn exists(name: &str) -> NotEdited {
    NotEdited::Exists {
        what: format!("`{name}`"),
    }
}

fn missing(what: &str, name: &str, known: &[String]) -> NotEdited {
    NotEdited::Missing {
        what: format!("{what} `{name}`"),
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    }
}
