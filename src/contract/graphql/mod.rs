//! Contracts as GraphQL: the schema, the documents with which a gateway asks, and what differs between
//! a value in GraphQL and the same value in JSON.
//!
//! A schema is valid whatever the contract says: a name that is taken gets a `_`, which no name of a
//! contract ends in.

mod codec;
mod documents;
mod names;
mod schema;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::model::Contract;

pub use documents::{DEPTH, MAX_SELECTIONS, selections};

/// A contract in GraphQL.
#[derive(Debug, Clone)]
pub struct Graphql {
    /// The schema, as prettier prints it.
    pub schema: String,
    /// Each document by its identifier, `sha256:` and the hash of its text in hexadecimal.
    pub documents: Value,
    /// For the client: which document asks for what, and the fields that JSON writes differently.
    pub client: Value,
}

/// `service` is the name of the service, for descriptions.
pub fn graphql(service: &str, contract: &Contract) -> Graphql {
    let mut names = names::Names::new(contract);
    let documents = documents::Documents::new(contract, &names);
    Graphql {
        documents: documents.manifest(),
        client: codec::client(contract, &names, &documents),
        schema: schema::schema(service, contract, &mut names),
    }
}
