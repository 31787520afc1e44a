//! A contract as templates see it.

use serde::Serialize;
use serde_json::Value;

/// The contract in GraphQL; empty where no transport needs it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GraphqlView {
    /// SDL.
    pub schema: String,
    /// Texts by identifier.
    pub documents: Value,
    /// What a client must know: see `contract::graphql`.
    pub client: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct OperationView {
    pub name: String,
    pub camel: String,
    pub class: String,
    pub description: String,
    pub safe: bool,
    pub internal: bool,
    pub own: bool,
    pub has_observe: bool,
    pub observe: ObserveView,
    /// What a client needs to ask for it.
    pub scopes: Vec<String>,
    pub input: MessageView,
    pub output: MessageView,
    /// It answers in parts.
    pub has_stream: bool,
    /// Of each of them; without fields unless `has_stream`.
    pub part: MessageView,
}

/// Empty unless `has_observe`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ObserveView {
    pub name: String,
    pub attributes: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// `PredictInput`
    pub class: String,
    /// Its name among the components of the gateway's document: `VisionPredictInput`.
    pub schema: String,
    pub fields: Vec<FieldView>,
    pub example: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventView {
    pub name: String,
    pub class: String,
    pub description: String,
    /// `<service>.<event>`
    pub channel: String,
    pub fields: Vec<FieldView>,
    pub example: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct TypeView {
    pub name: String,
    pub description: String,
    pub fields: Vec<FieldView>,
    pub example: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct FieldView {
    pub name: String,
    pub description: String,
    pub required: bool,
    /// TypeScript type.
    pub ts: String,
    /// Annotation of a pydantic model.
    pub py: String,
    /// `""`, or ` = ` and the default.
    pub py_default: String,
    pub schema: Value,
}
