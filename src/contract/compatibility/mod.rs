//! What a change of a contract breaks.
//!
//! Two [`Surface`]s of each service, the one before and the one after, become a list of [`Change`]s. A change that no
//! client can notice is none of them. Those that are have a [`Severity`]: `breaking` where a client or a gateway that
//! was right stops working, `dangerous` where it may.
//!
//! A contract holds whichever transport its links take, so a change is judged by the strictest reader there is. The
//! rules follow oasdiff's checks for JSON over HTTP (`oasdiff checks`, levels ERR and WARN), `buf breaking` in its
//! categories `FILE` and `WIRE_JSON` (<https://buf.build/docs/breaking/rules/>), and GraphQL Inspector's levels
//! (<https://the-guild.dev/graphql/inspector/docs/commands/diff>). Who judges what:
//!
//! | change | direction | here | oasdiff | buf | GraphQL Inspector |
//! | --- | --- | --- | --- | --- | --- |
//! | operation removed, or `internal` now | | breaking | `api-removed-without-deprecation` | `RPC_NO_DELETE` | `FIELD_REMOVED` |
//! | event removed | | breaking | | `FIELD_NO_DELETE` | `FIELD_REMOVED` |
//! | service or link removed | | breaking | as its operations | `FILE_NO_DELETE` | |
//! | `safe` no more | | breaking | another method is another endpoint | `RPC_SAME_IDEMPOTENCY_LEVEL` | `FIELD_REMOVED` of `Query` |
//! | `safe` now | | dangerous | | | `FIELD_REMOVED` of `Mutation` |
//! | scope added | | breaking | `api-security-scope-added` (INFO) | | |
//! | `stream` added | | breaking | `response-media-type-removed` | `RPC_SAME_SERVER_STREAMING` | `FIELD_REMOVED` |
//! | `stream` removed | | breaking | `response-media-type-removed` | `RPC_SAME_SERVER_STREAMING` | `FIELD_REMOVED` |
//! | required field added | input | breaking | `new-required-request-property` | | `INPUT_FIELD_ADDED` |
//! | field required now | input | breaking | `request-property-became-required` | | `INPUT_FIELD_TYPE_CHANGED` |
//! | field optional now | output, event | breaking | `response-property-became-optional` | | `FIELD_TYPE_CHANGED` |
//! | field removed | input | breaking | `request-property-removed` (WARN) | `FIELD_NO_DELETE` | `INPUT_FIELD_REMOVED` |
//! | field removed | output, event | breaking | `response-required-property-removed` | `FIELD_NO_DELETE` | `FIELD_REMOVED` |
//! | type changed | any | breaking | `*-property-type-changed` | `FIELD_SAME_TYPE`, `FIELD_NO_DELETE` | `FIELD_TYPE_CHANGED` |
//! | word of an enum removed | input | breaking | `request-property-enum-value-removed` | `ENUM_VALUE_NO_DELETE` | `ENUM_VALUE_REMOVED` |
//! | word of an enum removed | output, event | dangerous | `response-property-enum-value-removed` (INFO) | `ENUM_VALUE_NO_DELETE` | `ENUM_VALUE_REMOVED` |
//! | word of an enum added | output, event | dangerous | `response-property-enum-value-added` | | `ENUM_VALUE_ADDED` (dangerous) |
//! | bounds narrowed | input | breaking | `request-property-max-decreased`, `*-min-increased`, `*-length-*` | | |
//! | bounds widened | output, event | breaking | `response-property-max-increased`, `*-min-decreased`, `*-length-*` | | |
//! | default changed | input | dangerous | `request-property-default-value-changed` | | `INPUT_FIELD_DEFAULT_VALUE_CHANGED` |
//! | media type changed | any | dangerous | | | |
//! | a list or map may be absent that could not, or the other way | any | breaking where numbers are recorded | | `FIELD_SAME_TYPE` | |
//!
//! Where they differ from each other, and why this side is taken:
//!
//! - A field that is removed from an input is breaking, though oasdiff only warns: services refuse what nobody
//!   declared (`docs/types.md`). A field of an answer may be added: what nobody declared is dropped there.
//! - A type is never widened in place (`int` to `float`, `uuid` to `string`): JSON would take it in an input, but
//!   Protocol Buffers write another field and GraphQL has another type.
//! - Protocol Buffers know neither bounds nor required fields, so buf judges none of those rules.
//! - `WIRE_JSON` lets a number go that is `reserved`: the bytes are still read. What the client asked for is missing
//!   all the same, so it is breaking here, and `FILE`, which generated systems check, agrees.
//! - A scope that is asked for, the first one too, is breaking, though oasdiff only informs: who has a token without
//!   it is refused. One that is asked for no more is noticed by nobody.
//! - Enums belong to one field, so their direction is known; buf and GraphQL Inspector do not know it and refuse a
//!   word less in an answer, too.
//! - The wrapper of an optional list or map is a matter of Protocol Buffers alone, see
//!   [`contract::proto`](super::proto).
//!
//! What clients do not see is not compared: descriptions, examples, the order of anything, what observers receive.
//! Errors are the same for every operation and are no part of a contract.

mod advice;
mod change;
mod compare;
pub mod field;
mod fields;
mod reach;
mod rule;
pub mod surface;
#[cfg(test)]
mod tests;

pub use change::Change;
pub use compare::compare;
pub use rule::{Rule, Severity};
pub use surface::{Surface, Surfaces};
