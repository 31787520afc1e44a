//! Where a planned file comes from, and what went into it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{Plan, PlannedFile, header};
use crate::blueprint::model::Blueprint;
use crate::catalogue::{Axis, Catalogue};
use crate::error::Error;
use crate::plan::component::Parts;
use crate::render::engine::SOURCE_HEADER;
use crate::template::includes::{self, BLOCKS};
use crate::template::module::MANIFEST;
use crate::template::scan;
use crate::tree::Owner;

/// All that is known of one file.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    pub path: String,
    /// Folder of the module that writes it.
    pub module: String,
    pub template: TemplateOf,
    /// What the template replaced, the lowest layer first.
    pub replaced: Vec<String>,
    /// Partials and blocks in it, at any depth, and the head of source files.
    pub includes: Vec<TemplateOf>,
    pub contributions: Vec<Contribution>,
    pub variables: Vec<Variable>,
    pub owner: Owner,
    pub executable: bool,
}

/// A template and who wrote it.
#[derive(Debug, Clone, Serialize)]
pub struct TemplateOf {
    /// Below `templates/`.
    pub path: String,
    /// `hybridge`, or the pack with its version.
    pub origin: String,
}

/// What one layer of a `module.yaml` gives to the file.
#[derive(Debug, Clone, Serialize)]
pub struct Contribution {
    pub path: String,
    pub origin: String,
    /// Key of `module.yaml`.
    pub key: String,
    pub names: Vec<String>,
}

/// A name that the template uses.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    pub name: String,
    /// In short; empty for what is another thing at each turn of a loop.
    pub value: String,
}

/// Explains the file at a path.
///
/// # Errors
/// [`Error::NoSuchFile`] when the system has none.
pub fn explain(
    plan: &Plan,
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    path: &str,
) -> Result<Explanation, Error> {
    let file = plan.files().get(path).ok_or_else(|| Error::NoSuchFile {
        path: path.to_owned(),
        nearest: crate::suggest::nearest(path, plan.files().keys().map(String::as_str))
            .map(str::to_owned),
    })?;
    let mut words = Vec::new();
    let included = included(path, file, catalogue, &mut words);
    Ok(Explanation {
        path: path.to_owned(),
        module: file.module.clone(),
        template: template(&file.template, catalogue),
        replaced: replaced(&file.template, catalogue),
        includes: included.iter().map(|it| template(it, catalogue)).collect(),
        contributions: contributions(path, plan, &words, blueprint, catalogue)?,
        variables: variables(file, &words),
        owner: file.owner,
        executable: file.executable,
    })
}

fn template(path: &str, catalogue: &Catalogue) -> TemplateOf {
    TemplateOf {
        path: path.to_owned(),
        origin: catalogue.files().origin(path).to_string(),
    }
}

fn replaced(path: &str, catalogue: &Catalogue) -> Vec<String> {
    let versions = catalogue.files().versions(path);
    let below = &versions[..versions.len().saturating_sub(1)];
    below.iter().map(|it| it.origin.to_string()).collect()
}

/// Everything that a template includes, in the order of the text; the variables of all go into `words`.
fn included(
    path: &str,
    file: &PlannedFile,
    catalogue: &Catalogue,
    words: &mut Vec<String>,
) -> Vec<String> {
    let files = catalogue.files();
    let mut found: Vec<String> = Vec::new();
    let mut open = Vec::new();
    if file.context.is_some() {
        open.push(file.template.clone());
    }
    let head = format!("{BLOCKS}{SOURCE_HEADER}.hbs");
    if files.get(&head).is_some() && header::put(path, "x", b"x").is_some() {
        found.push(head.clone());
        open.push(head);
    }
    while let Some(path) = open.pop() {
        let facts = scan::read_all(files.text(&path).unwrap_or_default());
        for variable in &facts.variables {
            if !words.contains(variable) {
                words.push(variable.clone());
            }
        }
        for (included, _) in includes::of(&facts, files) {
            if !found.contains(&included) {
                found.push(included.clone());
                open.push(included);
            }
        }
    }
    found
}

/// What modules contribute to what the file prints: of its own component, or of all where it is the project's.
fn contributions(
    path: &str,
    plan: &Plan,
    words: &[String],
    blueprint: &Blueprint,
    catalogue: &Catalogue,
) -> Result<Vec<Contribution>, Error> {
    // What modules contribute stands in the views under the key that it has in `module.yaml`.
    let segments: BTreeSet<&str> = words.iter().flat_map(|word| word.split('.')).collect();
    let is_named = |key: &&String| segments.contains(key.as_str());
    let keys: Vec<&String> = plan.view_keys.iter().filter(is_named).collect();
    let component = path
        .strip_prefix("services/")
        .and_then(|rest| Some(rest.split_once('/')?.0));
    let mut folders: Vec<String> = Vec::new();
    if component.is_none() {
        folders.push("base".to_owned());
        let targets = blueprint
            .targets
            .iter()
            .filter_map(|name| catalogue.get(Axis::DEPLOY, name));
        folders.extend(targets.map(|module| module.folder()));
    }
    for service in blueprint
        .services
        .values()
        .filter(|it| component.is_none_or(|name| it.name == name))
    {
        let parts = Parts::of(blueprint, service, catalogue)?;
        folders.extend(parts.parts.into_iter().map(|part| part.folder));
    }
    let module = &plan.files()[path].module;
    if !folders.contains(module) {
        folders.push(module.clone());
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in folders.into_iter().filter(|it| seen.insert(it.clone())) {
        let path = format!("{folder}/{MANIFEST}");
        for version in catalogue.files().versions(&path) {
            let manifest: Value = serde_yaml::from_slice(&version.bytes).unwrap_or_default();
            for key in &keys {
                let names = names(&manifest[key.as_str()]);
                if !names.is_empty() {
                    found.push(Contribution {
                        path: path.clone(),
                        origin: version.origin.to_string(),
                        key: (*key).clone(),
                        names,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// What a part of a manifest names.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(map) => match map.get("name") {
            Some(Value::String(name)) => vec![name.clone()],
            // A settings class, which is no package.
            _ if map.contains_key("module") => Vec::new(),
            _ => map.values().flat_map(names).collect(),
        },
        _ => Vec::new(),
    }
}

fn variables(file: &PlannedFile, words: &[String]) -> Vec<Variable> {
    let data = file.context.as_ref().map(|context| context.data());
    words
        .iter()
        .map(|word| {
            let pointer = format!("/{}", word.replace('.', "/"));
            let value = data.and_then(|data| data.pointer(&pointer));
            Variable {
                name: word.clone(),
                value: value.map(short).unwrap_or_default(),
            }
        })
        .collect()
}

fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    match value {
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(map) => format!("a mapping of {}", map.len()),
        single => {
            let text = single.to_string();
            match text.chars().count() > LONGEST {
                true => format!("{}...", text.chars().take(LONGEST).collect::<String>()),
                false => text,
            }
        }
    }
}
