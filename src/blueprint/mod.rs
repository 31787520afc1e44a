//! The page that describes a system: from text and flags to a value that holds every decision.
//!
//! `document` (text to nodes) -> `expand` (flags and defaults) -> `schema` and `build` -> `check` ->
//! [`model::Blueprint`]; `write` goes the other way.

pub mod build;
pub mod check;
pub mod derived;
pub mod digests;
pub mod edit;
pub mod edits;
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
use crate::document::Document;
use crate::document::finding::{BlueprintErrors, Findings, Place};
use crate::document::mistake::SystemMistake;
use crate::document::node::Node;
use crate::document::source::Source;
use crate::document::validate::Structure;

/// Reads a blueprint.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(source: &Source, catalogue: &Catalogue) -> Result<Blueprint, BlueprintErrors> {
    let document = Document::parse(source.clone())?;
    compose(Some(&document), &Overrides::default(), catalogue)
}

/// The name that a document gives to its system, whatever else is wrong with it.
pub fn name(document: &Document) -> Option<String> {
    Some(document.root.get("name")?.as_text()?.to_owned())
}

/// Makes a blueprint of flags, and of a page where there is one. Flags win.
///
/// # Errors
/// Everything that is wrong, placed in the page or at the flag that says it.
pub fn compose(
    document: Option<&Document>,
    overrides: &Overrides,
    catalogue: &Catalogue,
) -> Result<Blueprint, BlueprintErrors> {
    let (mut root, mut findings) = match document {
        Some(document) => (document.root.clone(), document.findings.clone()),
        None => (
            Node::map(Place::Flag("NAME"), Vec::new()),
            Findings::default(),
        ),
    };
    let options = Options::new(catalogue);
    expand::expand(&mut root, overrides, options, &mut findings);
    let names = Structure::new(schema::schema(catalogue)).check(&root, &mut findings);
    let blueprint = build::build(&root, options, &mut findings)?;
    check::check(&root, &blueprint, options, &mut findings);
    for place in names {
        if !findings.any_at(place) {
            findings.push(place, SystemMistake::NotAName);
        }
    }
    let flags = Source::of_name("command line");
    findings.into_result(document.map_or(&flags, |document| &document.source))?;
    Ok(blueprint)
}

#[cfg(test)]
pub(crate) mod tests;
