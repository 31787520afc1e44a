//! What stands inside a message: the types of its fields, its enums, and messages that wrap what cannot be nested.

use std::collections::BTreeMap;

use heck::ToPascalCase;

use crate::contract::model::{self, Type};
use crate::contract::proto::model::{Coding, Field, Message, Reserved};
use crate::contract::proto::names::Names;

/// A record of the contract, and the message that it becomes.
pub(super) struct Record<'c> {
    pub(super) message: String,
    /// Its class in TypeScript and Python.
    pub(super) record: String,
    pub(super) description: String,
    pub(super) fields: &'c [model::Field],
}

/// An enum of a field.
pub(super) struct FoundEnum<'c> {
    pub(super) field: String,
    pub(super) name: String,
    pub(super) words: &'c [String],
}

/// What stands inside a message, found field by field.
pub(super) struct Inner<'c, 'p> {
    pub(super) message: &'p str,
    types: &'p BTreeMap<&'c str, String>,
    names: Names,
    pub(super) enums: Vec<FoundEnum<'c>>,
    pub(super) wrappers: Vec<Message>,
}

/// A field, as far as it does not need numbers.
pub(super) struct Shape {
    /// `optional `, `repeated ` or nothing, and the type.
    pub(super) kind: String,
    /// As `kind`, without what changes nothing on the wire.
    pub(super) wire: String,
    pub(super) coding: Coding,
    pub(super) has_presence: bool,
}

impl<'c, 'p> Inner<'c, 'p> {
    pub(super) fn new(
        record: &'p Record<'c>,
        names: &Names,
        types: &'p BTreeMap<&'c str, String>,
    ) -> Self {
        let mut names = names.clone();
        for field in record.fields {
            if matches!(field.kind, Type::Map(_)) {
                // The message that protobuf makes for the entries of a map.
                names.take(&format!("{}Entry", field.name.to_pascal_case()), "Entry");
            }
        }
        Self {
            message: &record.message,
            types,
            names,
            enums: Vec::new(),
            wrappers: Vec::new(),
        }
    }

    pub(super) fn field(&mut self, field: &'c model::Field) -> Shape {
        let may_be_absent = field.optional || field.default.is_some();
        let (kind, coding) = self.outermost(field, &field.kind);
        if !may_be_absent {
            let has_presence = matches!(
                coding,
                Coding::Message(_) | Coding::Timestamp | Coding::Json
            );
            let wire = kind.clone();
            return Shape {
                kind,
                wire,
                coding,
                has_presence,
            };
        }
        let (kind, wire, coding) = match coding {
            Coding::List(_) | Coding::Map(_) => {
                let name = format!("Optional{}", field.name.to_pascal_case());
                let (name, coding) = self.wrapper(&name, kind, coding);
                (name.clone(), name, coding)
            }
            // A message can be told from none as it is.
            Coding::Message(_) | Coding::Timestamp | Coding::Json => (kind.clone(), kind, coding),
            _ => (format!("optional {kind}"), kind, coding),
        };
        Shape {
            kind,
            wire,
            coding,
            has_presence: true,
        }
    }

    /// The type of a field itself, which may be a list or a map.
    fn outermost(&mut self, field: &'c model::Field, kind: &'c Type) -> (String, Coding) {
        let item_name = format!("{}Item", field.name.to_pascal_case());
        match kind {
            Type::List(item) => {
                let (kind, coding) = self.item(field, item, &item_name);
                (format!("repeated {kind}"), Coding::List(Box::new(coding)))
            }
            Type::Map(value) => {
                let (kind, coding) = self.item(field, value, &item_name);
                (
                    format!("map<string, {kind}>"),
                    Coding::Map(Box::new(coding)),
                )
            }
            kind => self.item(field, kind, &item_name),
        }
    }

    /// A type that can stand in a list or map: one that is itself a list or map is wrapped.
    fn item(&mut self, field: &'c model::Field, kind: &'c Type, wrapper: &str) -> (String, Coding) {
        let plain = |kind: &str, coding| (kind.to_owned(), coding);
        match kind {
            Type::String => plain("string", Coding::Same),
            Type::Int => plain("int64", Coding::Same),
            Type::Float => plain("double", Coding::Same),
            Type::Bool => plain("bool", Coding::Same),
            Type::Uuid => plain("string", Coding::Uuid),
            Type::Timestamp => plain("google.protobuf.Timestamp", Coding::Timestamp),
            Type::Bytes => plain("bytes", Coding::Bytes),
            Type::Json => plain("google.protobuf.Value", Coding::Json),
            Type::Named(name) => {
                let message = self.types[name.as_str()].clone();
                (message.clone(), Coding::Message(message))
            }
            Type::Enum(words) => {
                let name = self.names.take(&field.name.to_pascal_case(), "Enum");
                let path = format!("{}.{name}", self.message);
                self.enums.push(FoundEnum {
                    field: field.name.clone(),
                    name: name.clone(),
                    words,
                });
                (name, Coding::Enum(path))
            }
            Type::List(item) => {
                let (kind, coding) = self.item(field, item, &format!("{wrapper}Item"));
                let coding = Coding::List(Box::new(coding));
                self.wrapper(wrapper, format!("repeated {kind}"), coding)
            }
            Type::Map(value) => {
                let (kind, coding) = self.item(field, value, &format!("{wrapper}Item"));
                let coding = Coding::Map(Box::new(coding));
                self.wrapper(wrapper, format!("map<string, {kind}>"), coding)
            }
        }
    }

    /// A message with one field, which holds a list or map.
    fn wrapper(&mut self, name: &str, kind: String, coding: Coding) -> (String, Coding) {
        let name = self.names.take(name, "Message");
        let path = format!("{}.{name}", self.message);
        let member = match coding {
            Coding::Map(_) => "entries",
            _ => "items",
        };
        self.wrappers.push(Message {
            name: name.clone(),
            path: path.clone(),
            description: String::new(),
            record: String::new(),
            fields: vec![Field {
                name: member.to_owned(),
                description: String::new(),
                kind,
                number: 1,
                json_name: None,
                coding: coding.clone(),
                may_be_absent: false,
                has_presence: false,
            }],
            oneof: None,
            enums: Vec::new(),
            wrappers: Vec::new(),
            reserved: Reserved::default(),
        });
        let coding = Coding::Wrapped {
            message: path,
            member,
            value: Box::new(coding),
        };
        (name, coding)
    }
}
