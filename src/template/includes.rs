//! What includes what: partials and blocks may not go in circles, nor grow beyond bounds.

use std::collections::BTreeMap;

use thiserror::Error as ThisError;

use super::limits;
use super::scan::{self, Facts};
use crate::error::Error;
use crate::template::files::TemplateFiles;

/// Folder of the partials: `{{> name}}` is `partials/name.hbs`.
pub const PARTIALS: &str = "partials/";
/// Folder of what fills the blocks: `{{#block "name"}}` is `blocks/name.hbs` where that is there.
pub const BLOCKS: &str = "blocks/";

/// Why a template may not include what it does.
#[derive(Debug, PartialEq, Eq, ThisError)]
pub enum IncludeError {
    #[error("there is no partial `{path}`")]
    NoPartial { path: String },
    #[error("this includes itself: {}", .paths.join(" -> "))]
    Circle {
        /// From the template back to it.
        paths: Vec<String>,
    },
    #[error("more than {} partials inside each other", limits::INCLUDE_DEPTH)]
    TooDeep,
    #[error(
        "with all that it includes this has more than {} tags, or more than {} partials inside each other",
        limits::EXPANDED_TAGS,
        limits::INCLUDE_DEPTH
    )]
    TooMuch,
}

/// The templates that a template includes, by path.
pub fn of<'f>(
    facts: &'f Facts,
    files: &'f TemplateFiles,
) -> impl Iterator<Item = (String, usize)> + 'f {
    let partials = facts
        .partials
        .iter()
        .map(|(name, at)| (format!("{PARTIALS}{name}.hbs"), *at));
    let blocks = facts
        .blocks
        .iter()
        .map(|(name, at)| (format!("{BLOCKS}{name}.hbs"), *at))
        .filter(|(path, _)| files.get(path).is_some());
    partials.chain(blocks)
}

/// Checks every template of a pack, and every partial and block whoever wrote it.
///
/// # Errors
/// The error for the template that includes what it should not.
pub fn check(files: &TemplateFiles) -> Result<(), Error> {
    let mut graph = Graph {
        files,
        facts: BTreeMap::new(),
        sizes: BTreeMap::new(),
    };
    for path in files.paths().filter(|path| path.ends_with(".hbs")) {
        let is_included = path.starts_with(PARTIALS) || path.starts_with(BLOCKS);
        if is_included || files.origin(path).is_pack() {
            graph.size(path, &mut Vec::new())?;
        }
    }
    Ok(())
}

struct Graph<'f> {
    files: &'f TemplateFiles,
    facts: BTreeMap<String, Facts>,
    /// Tags of a template with all that it includes, and how many stand inside each other.
    sizes: BTreeMap<String, (usize, usize)>,
}

impl Graph<'_> {
    fn size(&mut self, path: &str, above: &mut Vec<String>) -> Result<(usize, usize), Error> {
        if let Some(size) = self.sizes.get(path) {
            return Ok(*size);
        }
        let text = self.files.text(path).unwrap_or_default();
        if !self.facts.contains_key(path) {
            let facts = scan::read(text, true).unwrap_or_default();
            self.facts.insert(path.to_owned(), facts);
        }
        let includes: Vec<(String, usize)> = of(&self.facts[path], self.files).collect();
        let (mut tags, mut depth) = (self.facts[path].tags, 0);
        above.push(path.to_owned());
        for (included, at) in includes {
            let broken = |why: IncludeError| {
                let at = scan::place(text, at);
                self.files.broken(path, Some(at), why)
            };
            if self.files.get(&included).is_none() {
                return Err(broken(IncludeError::NoPartial { path: included }));
            }
            if let Some(begin) = above.iter().position(|it| *it == included) {
                let mut circle = above[begin..].to_vec();
                circle.push(included);
                return Err(broken(IncludeError::Circle { paths: circle }));
            }
            if above.len() > limits::INCLUDE_DEPTH {
                return Err(broken(IncludeError::TooDeep));
            }
            let (more, deeper) = self.size(&included, above)?;
            tags = tags.saturating_add(more);
            depth = depth.max(deeper + 1);
            if tags > limits::EXPANDED_TAGS || depth > limits::INCLUDE_DEPTH {
                let at = scan::place(text, at);
                return Err(self.files.broken(path, Some(at), IncludeError::TooMuch));
            }
        }
        above.pop();
        self.sizes.insert(path.to_owned(), (tags, depth));
        Ok((tags, depth))
    }
}
