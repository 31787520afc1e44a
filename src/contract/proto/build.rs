//! From the contract to messages, with the recorded numbers.

mod inner;
mod plan;

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase;

use self::inner::{Inner, Record};
use self::plan::Plan;
use super::model::{Coding, Document, Enum, EventCase, Field, Message, Method, Reserved, Stream};
use super::names::{KNOWN, Names, json_name, value_key};
use super::numbers::{Numbers, ScopeNumbers, allocate};
use crate::contract::model::Contract;

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

    /// What an answer in parts is made of, where the method gives one.
    fn response(&self, method: &Method) -> Option<Message> {
        let items = items(method.stream.as_ref()?);
        let numbers = &self.numbers.scopes[&method.response];
        let fields = items
            .map(|(name, kind, description)| field(name, kind, numbers.number(name), description));
        Some(Message {
            oneof: Some((0, "item".to_owned())),
            reserved: reserved(numbers, str::to_owned),
            ..message(&method.response, ANSWERED, fields.into())
        })
    }

    /// What the stream of events takes and gives.
    fn events(&self, events: &[EventCase]) -> [Message; 3] {
        let numbers = &self.numbers.scopes[EVENTS_RESPONSE];
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

/// Of the responses of an answer in parts.
const ANSWERED: &str = "One of those that an answer is made of.";

/// The cases of a response that is one of many: name, type and description of each.
///
/// A problem that comes behind parts is one of them. As the status of the call it would overtake
/// them: clients may drop what they have not read when a call ends with an error, and grpc-js does.
fn items(stream: &Stream) -> [(&'static str, &str, &'static str); 3] {
    [
        ("part", &stream.part, ""),
        ("output", &stream.output, "Nothing follows."),
        (
            "problem",
            "bytes",
            "Why there is no output: a google.rpc.Status, as grpc-status-details-bin has it. \
             Nothing follows.",
        ),
    ]
}

/// A message that only Protocol Buffers needs.
fn message(name: &str, description: &str, fields: Vec<Field>) -> Message {
    Message {
        name: name.to_owned(),
        path: name.to_owned(),
        description: description.to_owned(),
        record: String::new(),
        fields,
        oneof: None,
        enums: Vec::new(),
        wrappers: Vec::new(),
        reserved: Reserved::default(),
    }
}

/// Its field.
fn field(name: &str, kind: &str, number: u32, description: &str) -> Field {
    Field {
        name: name.to_owned(),
        description: description.to_owned(),
        kind: kind.to_owned(),
        number,
        json_name: None,
        coding: Coding::Same,
        may_be_absent: false,
        has_presence: false,
    }
}

fn reserved(numbers: &ScopeNumbers, name: impl Fn(&str) -> String) -> Reserved {
    Reserved {
        numbers: numbers.reserved.keys().copied().collect(),
        names: numbers.reserved_names().into_iter().map(name).collect(),
    }
}
