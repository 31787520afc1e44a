//! The page that describes a system: from text and flags to a value that holds every decision.
//!
//! `document` (text to nodes) -> `expand` (flags and defaults) -> `schema` and `build` -> `check` ->
//! [`model::Blueprint`]; `write` goes the other way.

pub mod build;
pub mod check;
pub mod digests;
pub mod expand;
pub mod model;
pub mod names;
pub mod options;
pub mod overrides;
pub mod packs;
pub mod schema;
pub mod write;

use model::Blueprint;
use options::Options;
use overrides::Overrides;

use crate::catalogue::Catalogue;
use crate::document::finding::{BlueprintErrors, Findings, Place};
use crate::document::node::Node;
use crate::document::parse;
use crate::document::source::Source;
use crate::document::validate::Structure;

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
