//! What would be written: which template becomes which file, for whom, owned by whom.
//!
//! A plan is a value. Making it writes nothing; [`Plan::render`] makes the tree of files in memory.

pub mod component;
mod containers;
mod contract_views;
mod documents;
pub mod explain;
pub mod guard;
mod header;
mod identities;
mod links;
pub mod needs;
mod planner;
pub mod ports;
pub mod record;
mod requirements;
mod runtime;
mod system;
pub mod variables;
pub mod view;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use handlebars::Context;
use rayon::prelude::*;
use serde::Serialize;

use crate::blueprint::model::Blueprint;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::render::engine::{Engine, SOURCE_HEADER};
use crate::template::files::TemplateFiles;
use crate::tree::{Owner, Tree, TreeFile};
use needs::Needs;
use planner::{Planned, Planner};
use record::Record;
use views::Views;

/// Who keeps the files of a project current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// hybridge, from the blueprint.
    Managed,
    /// The people who own it; no file speaks of hybridge.
    Ejected,
}

/// How a component's lock file is made.
#[derive(Debug, Clone, Serialize)]
pub struct LockStep {
    /// Relative to the project.
    pub folder: String,
    pub command: Vec<String>,
    /// Relative to the folder.
    pub output: String,
    /// Packs are active: no package that they name is built to look into it.
    pub is_guarded: bool,
}

/// Every file of a system, before any is rendered.
#[derive(Debug)]
pub struct Plan {
    files: BTreeMap<String, PlannedFile>,
    /// Made after writing, in this order.
    pub locks: Vec<LockStep>,
    /// Lock files that are not made, because a pack writes what the tool that makes them would act on.
    pub unlocked: Vec<guard::Unlocked>,
    /// The ports that this system has, and the numbers that were recorded before it.
    pub record: Record,
    /// Variables of `.env` that would belong to two components.
    pub clashes: Vec<variables::Clash>,
    /// What the system needs of the machine that it is developed on.
    pub needs: Needs,
    /// What every file of the system sees.
    common: Context,
    /// What templates know of a component or of a package, by the first word of each name.
    view_keys: BTreeSet<String>,
}

/// A file before it is rendered.
#[derive(Debug)]
pub struct PlannedFile {
    /// Below `templates/`.
    pub template: String,
    /// What the template sees; `None`: copied byte for byte.
    pub context: Option<Arc<Context>>,
    pub executable: bool,
    pub owner: Owner,
    /// Folder of the module that writes it.
    pub module: String,
}

impl Plan {
    /// Plans the whole system over what the project was given before.
    ///
    /// # Errors
    /// [`Error::Unmet`] and [`Error::Conflict`] for options that do not fit together, otherwise
    /// [`Error::BrokenTemplate`] and [`Error::TwoWriters`] for bugs of ours.
    pub fn new(
        blueprint: &Blueprint,
        catalogue: &Catalogue,
        engine: &Engine<'_>,
        record: &Record,
        upkeep: Upkeep,
    ) -> Result<Self, Error> {
        let views = Views::new(blueprint, catalogue, engine, record, upkeep);
        let planned = Planner::new(blueprint, catalogue, &views).plan()?;
        let Planned {
            files,
            locks,
            clashes,
            needs,
            view_keys,
        } = planned;
        guard::check(&files, catalogue.files())?;
        let (locks, unlocked) = guard::locks(locks, &files, catalogue.files());
        let common = views.context(serde_json::json!({}));
        let record = views.record;
        Ok(Self {
            files,
            locks,
            unlocked,
            record,
            clashes,
            needs,
            common,
            view_keys,
        })
    }

    /// Every file by its path.
    pub fn files(&self) -> &BTreeMap<String, PlannedFile> {
        &self.files
    }

    /// Fills every template of `templates`.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] with the place of the first template that cannot be filled.
    pub fn render(&self, mut engine: Engine<'_>, templates: &TemplateFiles) -> Result<Tree, Error> {
        let filled: BTreeSet<&str> = self
            .files
            .values()
            .filter(|file| file.context.is_some())
            .map(|file| file.template.as_str())
            .collect();
        engine.register(&filled)?;
        let head = engine.render_block(SOURCE_HEADER, &self.common)?;
        let head = head.as_deref().unwrap_or_default();
        engine.run(|| {
            self.files
                .par_iter()
                .map(|(path, file)| {
                    let bytes = match &file.context {
                        Some(context) => engine.render(&file.template, context)?,
                        None => {
                            let bytes = templates.get(&file.template);
                            bytes.expect("planned from these templates").to_vec()
                        }
                    };
                    let headed = header::put(path, head, &bytes);
                    let pack = templates.origin(&file.template).pack();
                    let file = TreeFile {
                        bytes: headed.unwrap_or(bytes),
                        executable: file.executable,
                        owner: file.owner,
                        module: file.module.clone(),
                        template: file.template.clone(),
                        pack: pack.map(|id| id.name.clone()),
                    };
                    Ok((path.clone(), file))
                })
                .collect()
        })
    }
}
