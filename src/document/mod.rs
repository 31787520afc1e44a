//! YAML whose every value knows where it stands, what is wrong with it, and how it is printed.
//!
//! [`source`] -> [`parse`] -> [`node`] -> [`validate`] (against a JSON Schema); [`print`] goes the other way.

pub mod answer;
mod builder;
pub mod edit;
pub mod excerpt;
pub mod finding;
pub mod layout;
pub mod mistake;
pub mod name;
pub mod node;
pub mod parse;
pub mod place;
pub mod print;
pub mod quote;
pub mod source;
pub mod validate;
pub mod yaml;

use finding::{BlueprintErrors, Findings};
use node::Node;
use source::Source;

/// A text that was parsed, once for all who look into it.
#[derive(Debug, Clone)]
pub struct Document {
    pub source: Source,
    pub root: Node,
    /// What is wrong with it and still leaves a tree to look at.
    pub findings: Findings,
}

impl Document {
    /// # Errors
    /// All findings, when there is no tree.
    pub fn parse(source: Source) -> Result<Self, BlueprintErrors> {
        let mut findings = Findings::default();
        let root = parse::parse(&source, &mut findings)?;
        Ok(Self {
            source,
            root,
            findings,
        })
    }

    /// What it is called in messages: its path, or `standard input`.
    pub fn name(&self) -> &str {
        &self.source.name
    }
}
