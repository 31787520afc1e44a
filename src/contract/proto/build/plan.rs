//! What of a contract becomes what in Protocol Buffers, by names; numbers come later.

use std::collections::BTreeMap;

use heck::ToPascalCase;

use super::inner::{Inner, Record};
use super::{Builder, EVENTS_REQUEST, EVENTS_RESPONSE, GAP_CASE, STREAM_GAP, items};
use crate::contract::model::Contract;
use crate::contract::proto::model::{EventCase, Message, Method, Stream};
use crate::contract::proto::names::Names;
use crate::contract::proto::numbers::{Claim, Scope};

/// What there is, by its names.
pub(super) struct Plan<'c> {
    pub(super) records: Vec<Record<'c>>,
    pub(super) methods: Vec<Method>,
    pub(super) events: Vec<EventCase>,
    /// Name of a type -> name of its message.
    pub(super) types: BTreeMap<&'c str, String>,
}

impl<'c> Plan<'c> {
    pub(super) fn new(contract: &'c Contract, names: &mut Names) -> Self {
        let mut methods = Vec::new();
        let mut records = Vec::new();
        // Within the service a method hides a message of its name. Those that come first keep theirs.
        let mut method_names = Names::new(["Events", EVENTS_REQUEST, EVENTS_RESPONSE]);
        let mut exchanged = Names::default();
        for operation in &contract.operations {
            let class = operation.name.to_pascal_case();
            let name = method_names.take_beside(&exchanged, &class, "Operation");
            let mut message = |suffix| {
                let wanted = format!("{name}{suffix}");
                let message = names.take_beside(&method_names, &wanted, "Message");
                exchanged.take(&message, "")
            };
            let request = message("Request");
            let response = message("Response");
            let stream = operation.stream.as_ref().map(|_| Stream {
                part: names.take(&format!("{name}Part"), "Message"),
                output: names.take(&format!("{name}Output"), "Message"),
            });
            let output = stream.as_ref().map_or(&response, |it| &it.output);
            let part = stream.as_ref().zip(operation.stream.as_ref());
            let part = part.map(|(it, fields)| (&it.part, "Part", fields));
            for (message, suffix, fields) in [(&request, "Input", &operation.input)]
                .into_iter()
                .chain(part)
                .chain([(output, "Output", &operation.output)])
            {
                records.push(Record {
                    message: message.clone(),
                    record: format!("{class}{suffix}"),
                    description: String::new(),
                    fields,
                });
            }
            methods.push(Method {
                operation: operation.name.clone(),
                name,
                description: operation.description.clone(),
                request,
                response,
                stream,
                class,
            });
        }
        // The members of a `oneof` are members of the message around it.
        let mut cases = Names::new(["id", "time", "event", GAP_CASE]);
        let events = contract.events.iter().map(|event| {
            let class = format!("{}Event", event.name.to_pascal_case());
            let message = names.take(&class, "Message");
            records.push(Record {
                message: message.clone(),
                record: class.clone(),
                description: event.description.clone(),
                fields: &event.fields,
            });
            EventCase {
                event: event.name.clone(),
                case: cases.take(&event.name, "_event"),
                message,
                class,
            }
        });
        let events = events.collect();
        let types: BTreeMap<_, _> = contract
            .types
            .iter()
            .map(|kind| (kind.name.as_str(), names.take(&kind.name, "Type")))
            .collect();
        records.extend(contract.types.iter().map(|kind| Record {
            message: types[kind.name.as_str()].clone(),
            record: kind.name.clone(),
            description: kind.description.clone(),
            fields: &kind.fields,
        }));
        Self {
            records,
            methods,
            events,
            types,
        }
    }

    /// What needs numbers.
    pub(super) fn scopes(&self, names: &Names) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for record in &self.records {
            let mut inner = Inner::new(record, names, &self.types);
            let claims = record.fields.iter().map(|field| Claim {
                name: field.name.clone(),
                kind: inner.field(field).wire,
            });
            let members = claims.collect();
            scopes.push(Scope {
                key: record.message.clone(),
                members,
            });
            scopes.extend(inner.enums.iter().map(|found| {
                Scope {
                    key: format!("{}.{}", record.message, found.field),
                    members: found
                        .words
                        .iter()
                        .map(|word| Claim {
                            name: word.clone(),
                            kind: String::new(),
                        })
                        .collect(),
                }
            }));
        }
        for method in &self.methods {
            let Some(stream) = &method.stream else {
                continue;
            };
            let members = items(stream).map(|(name, kind, _)| Claim {
                name: name.to_owned(),
                kind: kind.to_owned(),
            });
            scopes.push(Scope {
                key: method.response.clone(),
                members: members.into(),
            });
        }
        let fixed = [
            ("id", "string"),
            ("time", "google.protobuf.Timestamp"),
            (GAP_CASE, STREAM_GAP),
        ];
        let fixed = fixed.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        let events = self.events.iter();
        let events = events.map(|event| (event.case.clone(), event.message.clone()));
        let members = fixed.into_iter().chain(events);
        scopes.push(Scope {
            key: EVENTS_RESPONSE.into(),
            members: members.map(|(name, kind)| Claim { name, kind }).collect(),
        });
        scopes
    }

    pub(super) fn messages(&self, builder: &Builder<'_>) -> Vec<Message> {
        let records = self.records.iter().map(|record| builder.message(record));
        let mut messages: Vec<Message> = records.collect();
        let streams = self.methods.iter();
        messages.extend(streams.filter_map(|method| builder.response(method)));
        messages.extend(builder.events(&self.events));
        messages
    }
}
