//! The page that describes a system: from text and flags to a value that holds every decision.
//!
//! `source` -> `parse` -> `document` -> `expand` (flags and defaults) -> `structure` (the schema) and
//! `build` -> `check` -> [`model::Blueprint`]; `write` goes the other way.

pub mod build;
pub mod check;
pub mod digests;
pub mod document;
pub mod expand;
pub mod finding;
pub mod model;
pub mod names;
pub mod options;
pub mod overrides;
pub mod packs;
pub mod parse;
pub mod schema;
pub mod source;
pub mod structure;
mod tree;
pub mod words;
pub mod write;
pub mod yaml;

pub use finding::{BlueprintErrors, Finding, Findings, Place};
pub use source::{ReadError, Source, read};

use document::Node;
use model::Blueprint;
use options::Options;
use overrides::Overrides;
use structure::Structure;

use crate::catalogue::Catalogue;

/// Reads a blueprint.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(source: &Source, catalogue: &Catalogue) -> Result<Blueprint, BlueprintErrors> {
    compose(Some(source), &Overrides::default(), catalogue)
}

/// Makes a blueprint of flags, and of a page where there is one. Flags win.
///
/// # Errors
/// Everything that is wrong, placed in the page or at the flag that says it.
pub fn compose(
    source: Option<&Source>,
    overrides: &Overrides,
    catalogue: &Catalogue,
) -> Result<Blueprint, BlueprintErrors> {
    let mut findings = Findings::default();
    let name = source.map_or("command line", |source| &source.name);
    let mut root = match source {
        Some(source) => parse::parse(source, &mut findings)?,
        None => Node::map(Place::Flag("NAME"), Vec::new()),
    };
    let options = Options::new(catalogue);
    expand::expand(&mut root, overrides, options, &mut findings);
    let names = Structure::new(schema::schema(catalogue)).check(&root, &mut findings);
    let blueprint = build::build(&root, options, &mut findings)?;
    check::check(&root, &blueprint, options, &mut findings);
    for place in names {
        if !findings.any_at(place) {
            findings.push(place, "this is not a name");
        }
    }
    findings.into_result(name)?;
    Ok(blueprint)
}

#[cfg(test)]
pub(crate) mod tests;
