pub mod document;
pub mod finding;
pub mod model;
pub mod parse;
pub mod source;

pub use finding::{BlueprintErrors, Finding, Findings, Place};
pub use source::{ReadError, Source, read};
