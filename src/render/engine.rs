//! Templates to text.

use std::collections::BTreeSet;

use handlebars::{Context, Handlebars, Template, no_escape};
use rayon::prelude::*;

use super::helpers;
use crate::catalogue::files::TemplateFiles;
use crate::error::Error;

/// Renders the templates among the files in force. Each is parsed once, and only when it is used.
pub struct Engine<'a> {
    files: &'a TemplateFiles,
    registry: Handlebars<'a>,
}

impl<'a> Engine<'a> {
    /// An engine that knows the helpers and the partials.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] with line and column when a partial cannot be parsed.
    pub fn new(files: &'a TemplateFiles) -> Result<Self, Error> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        helpers::register(&mut registry);
        let mut engine = Self { files, registry };
        let partials = files
            .below("partials/")
            .filter_map(|(path, rest)| Some((rest.strip_suffix(".hbs")?, path)));
        engine.register_all(partials.collect())?;
        Ok(engine)
    }

    /// Parses the templates at `paths`.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] with line and column when one cannot be parsed.
    pub fn register(&mut self, paths: &BTreeSet<&str>) -> Result<(), Error> {
        self.register_all(paths.iter().map(|path| (*path, *path)).collect())
    }

    /// Parses templates by name and path, side by side: parsing is most of the work of a small system.
    fn register_all(&mut self, templates: Vec<(&str, &str)>) -> Result<(), Error> {
        let files = self.files;
        let compiled: Vec<(&str, Template)> = templates
            .into_par_iter()
            .map(|(name, path)| {
                let text = files
                    .text(path)
                    .ok_or_else(|| broken(path, "the file is missing or not UTF-8"))?;
                let template = Template::compile_with_name(text, name.to_owned())
                    .map_err(|error| broken(path, error))?;
                Ok((name, template))
            })
            .collect::<Result<_, Error>>()?;
        for (name, template) in compiled {
            self.registry.register_template(name, template);
        }
        Ok(())
    }

    /// The template at `path`, filled from `context`.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a name is missing in the context or a helper refuses its value.
    pub fn render(&self, path: &str, context: &Context) -> Result<String, Error> {
        self.registry
            .render_with_context(path, context)
            .map_err(|error| broken(path, error))
    }

    /// A short text of a `module.yaml` in which `{{ }}` stands for values.
    ///
    /// # Errors
    /// As for [`Engine::render`]; `path` names the file that holds the text.
    pub fn render_text(&self, path: &str, text: &str, context: &Context) -> Result<String, Error> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        self.registry
            .render_template_with_context(text, context)
            .map_err(|error| broken(path, error))
    }
}

fn broken(path: &str, reason: impl ToString) -> Error {
    Error::BrokenTemplate {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
