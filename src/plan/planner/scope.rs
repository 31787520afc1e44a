//! A folder of templates: which file of the project each of them becomes.

use std::sync::Arc;

use glob::Pattern;
use handlebars::Context;
use serde_json::Value;

use super::Planner;
use crate::error::Error;
use crate::plan::{PlannedFile, guard};
use crate::template::glob::pattern;
use crate::template::module::{MANIFEST, Manifest};
use crate::template::path::{PACKAGE, REPEATING, SERVICE, TemplatePath};
use crate::tree::Owner;

/// What stands beside files and is read, not rendered.
const DATA: [&str; 3] = [MANIFEST, "asyncapi.yaml", "openapi.yaml"];

/// A name, and what a file that is made for it sees.
pub type Repeated = Vec<(String, Arc<Context>)>;

/// One folder of templates, and where its files go.
pub struct Scope<'s> {
    /// Below `templates/`.
    pub folder: String,
    pub module: &'s str,
    pub manifest: &'s Manifest,
    /// Before each output path: `""` or a folder that ends in `/`.
    pub prefix: String,
    /// What `__package__` stands for.
    pub package: &'s str,
    /// What a file sees that is not repeated; without it, only repeated ones are rendered.
    pub context: Option<&'s Arc<Context>>,
    /// What a placeholder in a path repeats the file over.
    pub repeated: &'s [(&'static str, &'s Repeated)],
}

impl Planner<'_, '_> {
    /// What a placeholder is repeated over: the name of each item, and what its file sees beside the common
    /// names.
    pub fn each<'i, T: 'i>(
        &self,
        items: impl IntoIterator<Item = &'i T>,
        own: impl Fn(&'i T) -> (&'i str, Value),
    ) -> Repeated {
        let seen = items.into_iter().map(own);
        seen.map(|(name, own)| (name.to_owned(), Arc::new(self.views.context(own))))
            .collect()
    }

    /// Plans every file of a scope.
    ///
    /// # Errors
    /// [`Error::TwoWriters`] where another module writes the same file, [`Error::BrokenTemplate`] for a glob
    /// that is none.
    pub fn add(&mut self, scope: &Scope<'_>) -> Result<(), Error> {
        let seeded: Vec<Pattern> = scope
            .manifest
            .seeded
            .iter()
            .map(|glob| {
                let path = format!("{}/{MANIFEST}", scope.module);
                pattern(glob).map_err(|error| self.catalogue.files().broken(&path, None, error))
            })
            .collect::<Result<_, _>>()?;
        let catalogue = self.catalogue;
        for (template, rest) in catalogue.files().below(&scope.folder) {
            if DATA.contains(&rest) || self.is_left_out(template) {
                continue;
            }
            let path = TemplatePath::read(rest);
            let owner = match seeded.iter().any(|glob| glob.matches(&path.output)) {
                true => Owner::Seeded,
                false => Owner::Managed,
            };
            let executable = scope.manifest.executable.contains(&path.output)
                || catalogue
                    .files()
                    .version(template)
                    .is_some_and(|it| it.executable);
            let once: Repeated = scope
                .context
                .map(|context| (String::new(), Arc::clone(context)))
                .into_iter()
                .collect();
            let found = REPEATING.into_iter().find(|it| path.has(it));
            let Some((placeholder, each)) = repeat(found, &once, scope.repeated) else {
                continue;
            };
            for (name, context) in each {
                let output = path
                    .output
                    .replace(placeholder, name)
                    .replace(PACKAGE, scope.package);
                let file = PlannedFile {
                    template: template.to_owned(),
                    context: path.is_template.then(|| Arc::clone(context)),
                    executable,
                    owner,
                    module: scope.module.to_owned(),
                };
                self.insert(format!("{}{output}", scope.prefix), file)?;
            }
        }
        Ok(())
    }

    /// A pack takes it away while the answers are these.
    fn is_left_out(&self, template: &str) -> bool {
        self.catalogue.packs().iter().any(|pack| {
            let Some(used) = self.blueprint.packs.get(&pack.id.name) else {
                return false;
            };
            pack.manifest.remove.iter().any(|remove| {
                let holds = remove
                    .condition()
                    .is_some_and(|when| when.holds(&used.answers));
                holds && Pattern::new(remove.path()).is_ok_and(|glob| glob.matches(template))
            })
        })
    }

    fn insert(&mut self, path: String, file: PlannedFile) -> Result<(), Error> {
        if let Some(other) = self.files.get(&path) {
            return Err(guard::two_writers(
                path,
                other,
                &file,
                self.catalogue.files(),
            ));
        }
        self.files.insert(path, file);
        Ok(())
    }
}

/// What a file is rendered for: once, or each of what its placeholder stands for; `None` where the scope has
/// nothing of that name.
fn repeat<'s>(
    placeholder: Option<&'static str>,
    once: &'s Repeated,
    repeated: &[(&'static str, &'s Repeated)],
) -> Option<(&'static str, &'s Repeated)> {
    let Some(placeholder) = placeholder else {
        // Not in the path: nothing is put in its place.
        return Some((SERVICE, once));
    };
    let found = repeated.iter().find(|(name, _)| *name == placeholder);
    found.copied()
}
