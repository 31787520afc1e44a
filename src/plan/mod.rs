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
mod planner;
pub mod ports;
pub mod record;
mod runtime;
pub mod view;
mod views;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use handlebars::Context;
use rayon::prelude::*;
use serde::Serialize;

use crate::blueprint::model::Blueprint;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::render::engine::{Engine, SOURCE_HEADER};
use crate::tree::{Owner, Tree, TreeFile};
use planner::Planner;
use record::Record;
use views::Views;

/// How a component's lock file is made.
#[derive(Debug, Clone, Serialize)]
pub struct LockStep {
    /// Relative to the project.
    pub folder: String,
    pub command: Vec<String>,
    /// Relative to the folder.
    pub output: String,
    /// Packs are in force: no package that they name is built to look into it.
    pub is_guarded: bool,
}

/// Every file of a system, before any is rendered.
pub struct Plan<'a> {
    catalogue: &'a Catalogue,
    engine: Engine<'a>,
    files: BTreeMap<String, PlannedFile>,
    /// Made after writing, in this order.
    pub locks: Vec<LockStep>,
    /// Lock files that are not made, because a pack writes what the tool that makes them would act on.
    pub unlocked: Vec<guard::Unlocked>,
    /// The ports that this system has, and the numbers that were recorded before it.
    pub record: Record,
    /// What every file of the system sees.
    common: Context,
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

impl<'a> Plan<'a> {
    /// Plans the whole system.
    ///
    /// # Errors
    /// [`Error::Unmet`] and [`Error::Conflict`] for options that do not fit together, otherwise
    /// [`Error::BrokenTemplate`] and [`Error::TwoWriters`] for bugs of ours.
    pub fn new(blueprint: &Blueprint, catalogue: &'a Catalogue) -> Result<Self, Error> {
        Self::over(blueprint, catalogue, &Record::default())
    }

    /// Plans the whole system over what the project was given before.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn over(
        blueprint: &Blueprint,
        catalogue: &'a Catalogue,
        record: &Record,
    ) -> Result<Self, Error> {
        let engine = Engine::new(catalogue.files())?;
        let views = Views::new(blueprint, catalogue, &engine, record);
        let (files, locks) = Planner::new(blueprint, catalogue, &views).plan()?;
        guard::check(&files, catalogue.files())?;
        let (locks, unlocked) = guard::locks(locks, &files, catalogue.files());
        let common = views.context(serde_json::json!({}));
        let record = views.record;
        Ok(Self {
            catalogue,
            engine,
            files,
            locks,
            unlocked,
            record,
            common,
        })
    }

    pub fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// Every file by its path.
    pub fn files(&self) -> &BTreeMap<String, PlannedFile> {
        &self.files
    }

    /// Fills every template.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] with the place of the first template that cannot be filled.
    pub fn render(mut self) -> Result<Tree, Error> {
        let templates: BTreeSet<&str> = self
            .files
            .values()
            .filter(|file| file.context.is_some())
            .map(|file| file.template.as_str())
            .collect();
        self.engine.register(&templates)?;
        let head = self.engine.render_block(SOURCE_HEADER, &self.common)?;
        let head = head.as_deref().unwrap_or_default();
        self.engine.run(|| {
            self.files
                .par_iter()
                .map(|(path, file)| Ok((path.clone(), self.render_file(path, file, head)?)))
                .collect()
        })
    }

    fn render_file(&self, path: &str, file: &PlannedFile, head: &str) -> Result<TreeFile, Error> {
        let mut bytes = match &file.context {
            Some(context) => self.engine.render(&file.template, context)?,
            None => {
                let bytes = self.catalogue.files().get(&file.template);
                bytes.expect("planned from this catalogue").to_vec()
            }
        };
        if let Some(headed) = header::put(path, head, &bytes) {
            bytes = headed;
        }
        Ok(TreeFile {
            bytes,
            executable: file.executable,
            owner: file.owner,
            module: file.module.clone(),
            template: file.template.clone(),
            pack: self
                .catalogue
                .files()
                .origin(&file.template)
                .pack()
                .map(|id| id.name.clone()),
        })
    }
}
