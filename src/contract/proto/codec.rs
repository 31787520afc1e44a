//! What the codecs of both ends are rendered from.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Coding, Document, Enum, Field, Message, Method};
use super::names::Tables;
use super::{python, typescript};

/// Functions of one codec.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CodecView {
    pub encoders: Vec<FunctionView>,
    pub decoders: Vec<FunctionView>,
    /// Enums of either.
    pub enums: Vec<EnumView>,
}

/// One message, from or to a record.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionView {
    pub message: String,
    /// Its class in the contract.
    pub record: String,
    /// The fields that are always there.
    pub fields: Vec<FieldView>,
    /// The fields that may be absent.
    pub optional: Vec<FieldView>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FieldView {
    pub name: String,
    /// Of `value`, the record, or of `message`.
    pub expression: String,
    /// The record's value is the message's.
    pub is_same: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct EnumView {
    /// The constant that holds it.
    pub table: String,
    /// What the generator of the stubs calls it.
    pub name: String,
    /// What the generator calls the message around it.
    pub scope: String,
    pub values: Vec<EnumValueView>,
    /// Read from messages.
    pub is_decoded: bool,
    pub is_encoded: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct EnumValueView {
    pub word: String,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    TypeScript,
    Python,
}

/// Which end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Sends requests, reads answers and events.
    Client,
    Server,
}

/// The functions that one end needs.
pub fn view(document: &Document, language: Language, end: End) -> CodecView {
    let requests = document
        .methods
        .iter()
        .map(|method| method.request.as_str());
    let requests = reached(document, requests);
    let answers = document.methods.iter().flat_map(Method::answers);
    let events = document.events.iter().map(|event| event.message.as_str());
    let answers = reached(document, answers.chain(events));
    let (encoded, decoded) = match end {
        End::Client => (requests, answers),
        End::Server => (answers, requests),
    };
    let all = || document.messages.iter().flat_map(|message| &message.enums);
    let paths = all().map(|found| found.path.as_str());
    let tables = match language {
        Language::TypeScript => typescript::tables(paths),
        Language::Python => python::tables(paths),
    };
    let functions = |names: &BTreeSet<&str>, is_encode: bool| -> Vec<FunctionView> {
        let messages = document.messages.iter();
        messages
            .filter(|message| names.contains(message.name.as_str()))
            .map(|message| function(message, language, is_encode, &tables))
            .collect()
    };
    let is_used = |names: &BTreeSet<&str>, found: &Enum| {
        let message = found.path.split('.').next().unwrap_or_default();
        names.contains(message)
    };
    let enums = all().filter(|found| is_used(&encoded, found) || is_used(&decoded, found));
    CodecView {
        encoders: functions(&encoded, true),
        decoders: functions(&decoded, false),
        enums: enums
            .map(|found| EnumView {
                is_decoded: is_used(&decoded, found),
                is_encoded: is_used(&encoded, found),
                ..enum_view(found, language, &tables)
            })
            .collect(),
    }
}

/// The messages of records that these ones hold, themselves included.
fn reached<'d>(document: &'d Document, from: impl Iterator<Item = &'d str>) -> BTreeSet<&'d str> {
    let mut waiting: Vec<&str> = from.collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if !reached.insert(name) {
            continue;
        }
        let message = document.messages.iter().find(|found| found.name == name);
        let fields = message.into_iter().flat_map(|message| &message.fields);
        waiting.extend(fields.filter_map(|field| held(&field.coding)));
    }
    reached
}

fn held(coding: &Coding) -> Option<&str> {
    match coding {
        Coding::Message(name) => Some(name),
        Coding::List(of) | Coding::Map(of) => held(of),
        Coding::Wrapped { value, .. } => held(value),
        _ => None,
    }
}

fn function(
    message: &Message,
    language: Language,
    is_encode: bool,
    tables: &Tables,
) -> FunctionView {
    let view = |field: &Field| {
        let source = if is_encode { "value" } else { "message" };
        let value = format!("{source}.{}", field.name);
        let expression = match (language, is_encode) {
            (Language::TypeScript, true) => typescript::encode(&field.coding, &value, tables),
            (Language::TypeScript, false) => typescript::decode(&field.coding, &value, tables),
            (Language::Python, true) => python::encode(&field.coding, &value, tables),
            (Language::Python, false) => python::decode(&field.coding, &value, tables),
        };
        FieldView {
            name: field.name.clone(),
            is_same: expression == value,
            expression,
        }
    };
    let (optional, fields): (Vec<&Field>, Vec<&Field>) =
        message.fields.iter().partition(|field| match is_encode {
            true => field.may_be_absent,
            // A message that is not there is not an empty one: what is missing is found where
            // the record is checked.
            false => field.may_be_absent || (language == Language::Python && field.has_presence),
        });
    FunctionView {
        message: message.name.clone(),
        record: message.record.clone(),
        fields: fields.into_iter().map(view).collect(),
        optional: optional.into_iter().map(view).collect(),
    }
}

fn enum_view(found: &Enum, language: Language, tables: &Tables) -> EnumView {
    let (scope, _) = found.path.rsplit_once('.').unwrap_or_default();
    let name = match language {
        Language::TypeScript => typescript::name(&found.path),
        Language::Python => found.path.clone(),
    };
    EnumView {
        table: tables[&found.path].to_owned(),
        name,
        scope: scope.to_owned(),
        values: found
            .values
            .iter()
            .map(|(word, value, _)| EnumValueView {
                word: word.clone(),
                value: value.clone(),
            })
            .collect(),
        is_decoded: false,
        is_encoded: false,
    }
}
