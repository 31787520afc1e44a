//! Templates to text.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use handlebars::{Context, Handlebars, RenderError, Template, no_escape};
use rayon::prelude::*;

use super::blocks::{self, registered};
use super::budget::{Bounded, Exceeded, Page};
use super::error::Unfilled;
use super::helpers;
use super::threads::{self, RenderThreads};
use crate::error::Error;
use crate::template::files::TemplateFiles;
use crate::template::includes::{BLOCKS, PARTIALS};
use crate::template::limits;

/// The block that stands at the head of every source file.
pub const SOURCE_HEADER: &str = "source-header";

/// Renders the templates among the active files. Each is parsed once, and only when it is used.
pub struct Engine<'a> {
    files: &'a TemplateFiles,
    registry: Handlebars<'a>,
    /// What packs are held to; none while only built-in templates are active.
    bounds: Option<Bounds>,
}

struct Bounds {
    threads: &'static RenderThreads,
    written: AtomicUsize,
    end: Instant,
}

impl<'a> Engine<'a> {
    /// An engine that knows the helpers, the partials and what fills the blocks.
    ///
    /// # Errors
    /// The error for the first partial or block that cannot be parsed, with its place.
    pub fn new(files: &'a TemplateFiles) -> Result<Self, Error> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        helpers::register(&mut registry);
        registry.register_helper("block", Box::new(blocks::Block));
        let mut bounds = None;
        if files.has_packs() {
            registry.register_helper("each", Box::new(blocks::Each));
            bounds = Some(Bounds {
                threads: threads::start()?,
                written: AtomicUsize::new(0),
                end: Instant::now() + limits::RENDER_TIME,
            });
        }
        let mut engine = Self {
            files,
            registry,
            bounds,
        };
        let names = |folder, name: fn(&str) -> String| {
            let below = files.below(folder);
            below.filter_map(move |(path, rest)| Some((name(rest.strip_suffix(".hbs")?), path)))
        };
        let partials = names(PARTIALS, str::to_owned);
        engine.register_all(partials.chain(names(BLOCKS, registered)).collect())?;
        Ok(engine)
    }

    /// Parses the templates at `paths`.
    ///
    /// # Errors
    /// The error for the first that cannot be parsed, with its place.
    pub fn register(&mut self, paths: &BTreeSet<&str>) -> Result<(), Error> {
        self.register_all(
            paths
                .iter()
                .map(|path| ((*path).to_owned(), *path))
                .collect(),
        )
    }

    /// Parses templates by name and path, side by side: parsing is most of the work of a small system.
    fn register_all(&mut self, templates: Vec<(String, &str)>) -> Result<(), Error> {
        let files = self.files;
        let compiled: Vec<(String, Template)> = self.run(|| {
            templates
                .into_par_iter()
                .map(|(name, path)| {
                    let text = files
                        .text(path)
                        .ok_or_else(|| files.broken(path, None, Unfilled::NoText))?;
                    let template = Template::compile_with_name(text, name.clone())
                        .map_err(|error| files.broken(path, error.pos(), Unfilled::from(error)))?;
                    Ok((name, template))
                })
                .collect::<Result<_, Error>>()
        })?;
        for (name, template) in compiled {
            self.registry.register_template(&name, template);
        }
        Ok(())
    }

    /// Does work in which templates are parsed or rendered.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.bounds {
            Some(bounds) => bounds.threads.run(work),
            None => work(),
        }
    }

    /// The template at `path`, filled from `context`.
    ///
    /// # Errors
    /// The error for the template that names what is not there, or goes beyond the bounds of packs.
    pub fn render(&self, path: &str, context: &Context) -> Result<Vec<u8>, Error> {
        let mut page = Page {
            bytes: Vec::new(),
            total: self.bounds.as_ref().map(|it| &it.written),
        };
        let _bounded = self.bounds.as_ref().map(|it| Bounded::until(it.end));
        if self
            .bounds
            .as_ref()
            .is_some_and(|it| Instant::now() > it.end)
        {
            return Err(self.files.broken(path, None, Exceeded::Time));
        }
        self.registry
            .render_with_context_to_write(path, context, &mut page)
            .map_err(|error| self.failed(path, error))?;
        Ok(page.bytes)
    }

    /// What a pack has for a block, filled; `None` when there is nothing.
    ///
    /// # Errors
    /// As for [`Engine::render`].
    pub fn render_block(&self, block: &str, context: &Context) -> Result<Option<String>, Error> {
        let name = registered(block);
        if !self.registry.has_template(&name) {
            return Ok(None);
        }
        let text = self.render(&name, context)?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }

    /// A short text of a `module.yaml` in which `{{ }}` stands for values.
    ///
    /// # Errors
    /// As for [`Engine::render`]; `path` names the file that holds the text.
    pub fn render_text(&self, path: &str, text: &str, context: &Context) -> Result<String, Error> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let _bounded = self.bounds.as_ref().map(|it| Bounded::until(it.end));
        self.registry
            .render_template_with_context(text, context)
            .map_err(|error| self.files.broken(path, None, Unfilled::from(error)))
    }

    /// The error for the template in which rendering `path` came to its end.
    fn failed(&self, path: &str, error: RenderError) -> Error {
        let name = error.template_name.clone();
        let name = name.as_deref().unwrap_or(path);
        let own = match name.strip_prefix("block ") {
            Some(block) => format!("{BLOCKS}{block}.hbs"),
            None => format!("{PARTIALS}{name}.hbs"),
        };
        let at = error.line_no.zip(error.column_no);
        let path = if self.files.get(&own).is_some() {
            &own
        } else {
            name
        };
        self.files.broken(path, at, Unfilled::from(error))
    }
}
