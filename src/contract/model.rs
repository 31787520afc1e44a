//! The contract of a service: what it can be asked and what it tells unasked.

use serde_json::Value;

/// A field type of the blueprint, independent of any language or transport.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    String,
    /// Within ±(2^53 - 1): exact in JavaScript and Python (RFC 7493, I-JSON).
    Int,
    /// A finite 64-bit float.
    Float,
    Bool,
    /// RFC 3339 with an offset.
    Timestamp,
    Uuid,
    /// Base64 (RFC 4648) in JSON.
    Bytes,
    /// Any JSON value.
    Json,
    /// One of these words, in the order written.
    Enum(Vec<String>),
    List(Box<Type>),
    /// Keys are strings.
    Map(Box<Type>),
    /// A name from `types` of the same service.
    Named(String),
}

/// One field of an input, an output, an event or a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// snake_case, as on the wire.
    pub name: String,
    pub kind: Type,
    /// May be absent.
    pub optional: bool,
    pub description: String,
    /// Taken when absent.
    pub default: Option<Value>,
    /// Shown in documents and forms; made up from the type when not given.
    pub example: Option<Value>,
    /// Bounds of the number, or of each number in a list or map.
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Bounds of the length of the outermost string, list, map or byte string.
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    /// What a `bytes` field holds, as an IANA media type.
    pub media_type: Option<String>,
}

/// What a service can be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// snake_case.
    pub name: String,
    pub description: String,
    pub input: Vec<Field>,
    pub output: Vec<Field>,
    /// The fields of a part, where it answers in parts; `output` is known at their end.
    pub stream: Option<Vec<Field>>,
    /// Changes nothing (RFC 9110, 9.2.1): may be retried freely.
    pub safe: bool,
    /// Not part of the gateway's public API.
    pub internal: bool,
    /// What the gateway reports to observers after each success.
    pub observe: Option<Observe>,
    /// What a client needs to ask for it, all of them.
    pub scopes: Vec<String>,
    /// Written by the person, not brought by the kind.
    pub own: bool,
}

impl Operation {
    /// The fields of all its records, as [`RECORDS`] names them: an absent one has none.
    pub fn records(&self) -> [&[Field]; RECORDS.len()] {
        [
            &self.input,
            &self.output,
            self.stream.as_deref().unwrap_or_default(),
        ]
    }
}

/// The keys of an operation under which fields stand.
pub const RECORDS: [&str; 3] = ["input", "output", "stream"];

/// An observation made of an operation's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Observe {
    pub name: String,
    /// Output fields that go along.
    pub attributes: Vec<String>,
}

/// What a service tells unasked; its channel is `<service>.<event>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub description: String,
    pub fields: Vec<Field>,
    /// What a client needs to receive it, all of them.
    pub scopes: Vec<String>,
    pub own: bool,
}

impl Contract {
    /// Whether something is answered in parts.
    pub fn streams(&self) -> bool {
        self.operations.iter().any(|it| it.stream.is_some())
    }
}

/// A named record type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDef {
    /// PascalCase.
    pub name: String,
    pub description: String,
    pub fields: Vec<Field>,
    pub own: bool,
}

/// Operations, events and types of one service, in the order written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contract {
    pub operations: Vec<Operation>,
    pub events: Vec<Event>,
    pub types: Vec<TypeDef>,
}
