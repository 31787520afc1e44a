//! From the contract to messages, with the recorded numbers.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToShoutySnakeCase};

use super::model::{Coding, Document, Enum, EventCase, Field, Message, Method, Reserved};
use super::names::{KNOWN, Names, json_name, value_key};
use super::numbers::{Claim, Numbers, Scope, ScopeNumbers, allocate};
use crate::contract::model::{self, Contract, Type};

/// Asked for events: from where on.
pub const EVENTS_REQUEST: &str = "EventsRequest";
/// Answers of the stream of events.
pub const EVENTS_RESPONSE: &str = "EventsResponse";
/// Stands for events that were missed.
pub const STREAM_GAP: &str = "StreamGap";
/// The case of `EventsResponse` that holds a `StreamGap`.
pub const GAP_CASE: &str = "stream_gap";

/// Who the contract is of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// snake_case.
    pub system: &'a str,
    /// snake_case.
    pub service: &'a str,
    /// PascalCase.
    pub class: &'a str,
    pub description: &'a str,
}

/// The contract as Protocol Buffers has it, and the record for the next time.
pub fn build(subject: Subject<'_>, contract: &Contract, record: &Numbers) -> (Document, Numbers) {
    let service = format!("{}Service", subject.class);
    let mut names = Names::new(KNOWN.into_iter().chain([
        service.as_str(),
        EVENTS_REQUEST,
        EVENTS_RESPONSE,
        STREAM_GAP,
    ]));
    let plan = Plan::new(contract, &mut names);
    // Nothing within a message may hide what stands outside of it.
    let numbers = allocate(&plan.scopes(&names), record);
    let builder = Builder {
        names: &names,
        types: &plan.types,
        numbers: &numbers,
    };
    let document = Document {
        package: format!("{}.{}.v1", subject.system, subject.service),
        service,
        description: subject.description.to_owned(),
        messages: plan.messages(&builder),
        methods: plan.methods,
        events: plan.events,
    };
    (document, numbers)
}

/// A record of the contract, and the message that it becomes.
struct Record<'c> {
    message: String,
    /// Its class in TypeScript and Python.
    record: String,
    description: String,
    fields: &'c [model::Field],
}

/// What there is, by its names.
struct Plan<'c> {
    records: Vec<Record<'c>>,
    methods: Vec<Method>,
    events: Vec<EventCase>,
    /// Name of a type -> name of its message.
    types: BTreeMap<&'c str, String>,
}

impl<'c> Plan<'c> {
    fn new(contract: &'c Contract, names: &mut Names) -> Self {
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
            for (message, suffix, fields) in [
                (&request, "Input", &operation.input),
                (&response, "Output", &operation.output),
            ] {
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
    fn scopes(&self, names: &Names) -> Vec<Scope> {
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

    fn messages(&self, builder: &Builder<'_>) -> Vec<Message> {
        let records = self.records.iter().map(|record| builder.message(record));
        let mut messages: Vec<Message> = records.collect();
        messages.extend(builder.events(&self.events));
        messages
    }
}

/// An enum of a field.
struct FoundEnum<'c> {
    field: String,
    name: String,
    words: &'c [String],
}

/// What stands inside a message, found field by field.
struct Inner<'c, 'p> {
    message: &'p str,
    types: &'p BTreeMap<&'c str, String>,
    names: Names,
    enums: Vec<FoundEnum<'c>>,
    wrappers: Vec<Message>,
}

/// A field, as far as it does not need numbers.
struct Shape {
    /// `optional `, `repeated ` or nothing, and the type.
    kind: String,
    /// As `kind`, without what changes nothing on the wire.
    wire: String,
    coding: Coding,
    has_presence: bool,
}

impl<'c, 'p> Inner<'c, 'p> {
    fn new(record: &'p Record<'c>, names: &Names, types: &'p BTreeMap<&'c str, String>) -> Self {
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

    fn field(&mut self, field: &'c model::Field) -> Shape {
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

/// Puts the numbers in.
struct Builder<'p> {
    names: &'p Names,
    types: &'p BTreeMap<&'p str, String>,
    numbers: &'p Numbers,
}

impl Builder<'_> {
    fn message(&self, record: &Record<'_>) -> Message {
        let numbers = &self.numbers.scopes[&record.message];
        let mut inner = Inner::new(record, self.names, self.types);
        let mut json_names = Names::default();
        let fields = record.fields.iter().map(|field| {
            let shape = inner.field(field);
            let own = json_name(&field.name);
            let is_first = json_names.take(&own, "_") == own;
            Field {
                name: field.name.clone(),
                description: field.description.clone(),
                kind: shape.kind,
                number: numbers.number(&field.name),
                json_name: (!is_first).then(|| field.name.clone()),
                coding: shape.coding,
                may_be_absent: field.optional || field.default.is_some(),
                has_presence: shape.has_presence,
            }
        });
        let fields = fields.collect();
        Message {
            name: record.message.clone(),
            path: record.message.clone(),
            description: record.description.clone(),
            record: record.record.clone(),
            fields,
            oneof: None,
            enums: self.enums(&inner),
            wrappers: inner.wrappers,
            reserved: reserved(numbers, str::to_owned),
        }
    }

    fn enums(&self, inner: &Inner<'_, '_>) -> Vec<Enum> {
        // Values of an enum stand in the scope around it.
        let prefix = |name: &str| format!("{}_", name.to_shouty_snake_case());
        let zeros: Vec<String> = inner
            .enums
            .iter()
            .map(|found| format!("{}UNSPECIFIED", prefix(&found.name)))
            .collect();
        let mut values = Names::new(zeros.iter().map(String::as_str));
        let enums = inner.enums.iter().zip(&zeros).map(|(found, zero)| {
            let numbers = &self.numbers.scopes[&format!("{}.{}", inner.message, found.field)];
            let prefix = prefix(&found.name);
            let mut keys = Names::new(["Unspecified"]);
            let value_of = |word: &str| format!("{prefix}{}", word.to_shouty_snake_case());
            let named = found.words.iter().map(|word| {
                let key = value_key(word);
                let suffix = keys.take(&key, "X").len() - key.len();
                let value = format!("{}{}", value_of(word), "_X".repeat(suffix));
                (
                    word.clone(),
                    values.take(&value, "_X"),
                    numbers.number(word),
                )
            });
            Enum {
                name: found.name.clone(),
                path: format!("{}.{}", inner.message, found.name),
                zero: zero.clone(),
                values: named.collect(),
                reserved: reserved(numbers, value_of),
            }
        });
        enums.collect()
    }

    /// What the stream of events takes and gives.
    fn events(&self, events: &[EventCase]) -> [Message; 3] {
        let numbers = &self.numbers.scopes[EVENTS_RESPONSE];
        let message = |name: &str, description: &str, fields| Message {
            name: name.to_owned(),
            path: name.to_owned(),
            description: description.to_owned(),
            record: String::new(),
            fields,
            oneof: None,
            enums: Vec::new(),
            wrappers: Vec::new(),
            reserved: Reserved::default(),
        };
        let field = |name: &str, kind: &str, number, description: &str| Field {
            name: name.to_owned(),
            description: description.to_owned(),
            kind: kind.to_owned(),
            number,
            json_name: None,
            coding: Coding::Same,
            may_be_absent: false,
            has_presence: false,
        };
        let request = message(
            EVENTS_REQUEST,
            "From where on events are asked for.",
            vec![field(
                "after",
                "string",
                1,
                "The id of the last event that arrived; empty: from the oldest that is kept.",
            )],
        );
        let told = |name: &str, kind: &str, description: &str| {
            field(name, kind, numbers.number(name), description)
        };
        let mut fields = vec![
            told("id", "string", "Where to resume."),
            told("time", "google.protobuf.Timestamp", "When it happened."),
            told(
                GAP_CASE,
                STREAM_GAP,
                "Events before this one were missed, or the stream begins here.",
            ),
        ];
        fields.extend(
            events
                .iter()
                .map(|event| told(&event.case, &event.message, "")),
        );
        let response = Message {
            oneof: Some((2, "event".to_owned())),
            reserved: reserved(numbers, str::to_owned),
            ..message(EVENTS_RESPONSE, "What happened.", fields)
        };
        let gap = message(STREAM_GAP, "Events that are no longer kept.", Vec::new());
        [request, response, gap]
    }
}

fn reserved(numbers: &ScopeNumbers, name: impl Fn(&str) -> String) -> Reserved {
    Reserved {
        numbers: numbers.reserved.keys().copied().collect(),
        names: numbers.reserved_names().into_iter().map(name).collect(),
    }
}
