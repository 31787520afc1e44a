//! Operations, events and types of a service: read from a blueprint, mapped to each language.

pub mod asyncapi;
pub mod bounds;
pub mod check;
pub mod comment;
pub mod compatibility;
pub mod example;
pub mod graphql;
pub mod identifiers;
pub mod lookup;
pub mod mapping;
pub mod model;
pub mod notation;
pub mod openapi;
pub mod proto;
pub mod read;
pub mod scopes;
pub mod sections;
pub mod size;
pub mod types;
pub mod value;

#[cfg(test)]
mod tests;
