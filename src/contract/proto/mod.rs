//! A contract in Protocol Buffers (proto3), and the codecs between its messages and the contract's values.
//!
//! | blueprint | proto3 |
//! | --- | --- |
//! | `string`, `uuid` | `string` |
//! | `int` | `int64`, within ±(2^53 - 1) |
//! | `float` | `double` |
//! | `bool` | `bool` |
//! | `timestamp` | `google.protobuf.Timestamp`: the instant, without the offset in which it was written |
//! | `bytes` | `bytes` |
//! | `json` | `google.protobuf.Value` |
//! | `a \| b` | an `enum` inside the message, with a prefix and `_UNSPECIFIED = 0` |
//! | `[T]` | `repeated T` |
//! | `{string: T}` | `map<string, T>` |
//! | a list or map inside another one, `[T]?`, `{string: T}?` | a message inside the message, with `items` or `entries` |
//! | `T?`, and what has a default | `optional T`; a message is absent by itself |
//! | an operation with `stream` | a server stream of messages that hold a part, the output, or a problem behind parts |
//!
//! Numbers are recorded ([`numbers`]): a contract that changes keeps those of what stays, and reserves those
//! of what goes.

mod build;
pub mod codec;
mod document;
mod model;
mod names;
pub mod numbers;
mod python;
#[cfg(test)]
mod tests;
mod typescript;

use serde::Serialize;

use self::codec::{CodecView, End, Language};
use self::model::{Method, Stream};
use self::numbers::Numbers;
use super::model::Contract;

pub use self::build::Subject;

/// What templates see of a contract in Protocol Buffers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProtoView {
    /// `shop.vision.v1.VisionService`
    pub service: String,
    /// The text of the `.proto` file.
    pub document: String,
    /// Operations that answer once.
    pub methods: Vec<MethodView>,
    /// Operations that answer in parts.
    pub streams: Vec<StreamView>,
    pub events: Vec<EventView>,
    /// Some message holds a value of `json`.
    pub has_json: bool,
    /// The gateway's end.
    pub client: CodecView,
    /// What the gateway's tests put in the place of the service.
    pub stand_in: CodecView,
    /// The service's end.
    pub server: CodecView,
    /// What the next rendering begins with.
    pub numbers: Numbers,
}

#[derive(Debug, Clone, Serialize)]
pub struct MethodView {
    /// `Predict`
    pub name: String,
    pub operation: String,
    /// As HTTP/2 has it: `/shop.vision.v1.VisionService/Predict`.
    pub path: String,
    pub request: String,
    pub response: String,
    pub input: String,
    pub output: String,
}

/// A method whose responses hold one of two messages.
#[derive(Debug, Clone, Serialize)]
pub struct StreamView {
    #[serde(flatten)]
    pub method: MethodView,
    /// `TellPart`: the message, and the record in either language.
    pub part_message: String,
    pub part: String,
    pub output_message: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventView {
    pub event: String,
    pub case: String,
    pub message: String,
    pub class: String,
}

/// The contract, with the numbers that `record` has.
pub fn view(subject: Subject<'_>, contract: &Contract, record: &Numbers) -> ProtoView {
    let (document, numbers) = build::build(subject, contract, record);
    let service = format!("{}.{}", document.package, document.service);
    let method_view = |method: &Method| MethodView {
        name: method.name.clone(),
        operation: method.operation.clone(),
        path: format!("/{service}/{}", method.name),
        request: method.request.clone(),
        response: method.response.clone(),
        input: format!("{}Input", method.class),
        output: format!("{}Output", method.class),
    };
    let methods = document.methods.iter();
    let streams = methods.clone().filter_map(|method| {
        let Stream { part, output } = method.stream.as_ref()?;
        Some(StreamView {
            method: method_view(method),
            part_message: part.clone(),
            part: format!("{}Part", method.class),
            output_message: output.clone(),
        })
    });
    let methods = methods
        .filter(|method| method.stream.is_none())
        .map(method_view);
    let events = document.events.iter().map(|event| EventView {
        event: event.event.clone(),
        case: event.case.clone(),
        message: event.message.clone(),
        class: event.class.clone(),
    });
    ProtoView {
        methods: methods.collect(),
        streams: streams.collect(),
        events: events.collect(),
        has_json: document::uses(&document.messages, document::JSON),
        document: document::text(&document),
        client: codec::view(&document, Language::TypeScript, End::Client),
        stand_in: codec::view(&document, Language::TypeScript, End::Server),
        server: codec::view(&document, Language::Python, End::Server),
        service,
        numbers,
    }
}
