//! YAML whose every value knows where it stands, what is wrong with it, and how it is printed.
//!
//! [`source`] -> [`parse`] -> [`node`] -> [`validate`] (against a JSON Schema); [`print`] goes the other way.

mod builder;
pub mod finding;
pub mod node;
pub mod parse;
pub mod print;
pub mod source;
pub mod validate;
pub mod yaml;
