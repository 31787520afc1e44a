//! What contracts become in Protocol Buffers, for any contract that is right.

use std::collections::HashSet;

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::codec::CodecView;
use super::numbers::Numbers;
use super::{ProtoView, Subject, view};
use crate::blueprint::tests::arbitrary::own_contract;
use crate::contract::model::{Contract, Event, Field, Operation, Type, TypeDef};

const SUBJECT: Subject<'static> = Subject {
    system: "shop",
    service: "vision",
    class: "Vision",
    description: "",
};

fn field(name: &str, kind: Type) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        optional: false,
        description: String::new(),
        default: None,
        example: None,
        minimum: None,
        maximum: None,
        min_length: None,
        max_length: None,
        media_type: None,
    }
}

fn optional(name: &str, kind: Type) -> Field {
    Field {
        optional: true,
        ..field(name, kind)
    }
}

fn list(kind: Type) -> Type {
    Type::List(Box::new(kind))
}

fn map(kind: Type) -> Type {
    Type::Map(Box::new(kind))
}

fn words(words: &[&str]) -> Type {
    Type::Enum(words.iter().map(|word| (*word).to_owned()).collect())
}

fn record(name: &str, fields: Vec<Field>) -> TypeDef {
    TypeDef {
        name: name.to_owned(),
        description: String::new(),
        fields,
        own: true,
    }
}

fn event(name: &str) -> Event {
    Event {
        name: name.to_owned(),
        description: String::new(),
        fields: Vec::new(),
        scopes: Vec::new(),
        own: true,
    }
}

fn operation(name: &str) -> Operation {
    Operation {
        name: name.to_owned(),
        description: String::new(),
        input: Vec::new(),
        output: Vec::new(),
        stream: None,
        safe: false,
        internal: false,
        scopes: Vec::new(),
        observe: None,
        own: true,
    }
}

fn of_types(types: Vec<TypeDef>) -> Contract {
    Contract {
        types,
        ..Contract::default()
    }
}

fn rendered(contract: &Contract) -> ProtoView {
    view(SUBJECT, contract, &Numbers::default())
}

/// The field of the message `Thing`, which has one.
fn only_field(document: &str) -> &str {
    let (_, thing) = document.split_once("\nmessage Thing {\n").unwrap();
    let (fields, _) = thing.split_once("\n}").unwrap();
    fields.lines().last().unwrap().trim_start()
}

/// The table of the documentation, row by row.
#[test]
fn each_type_has_its_place() {
    for (kind, proto) in [
        (Type::String, "string x = 1;"),
        (Type::Int, "int64 x = 1;"),
        (Type::Float, "double x = 1;"),
        (Type::Bool, "bool x = 1;"),
        (Type::Timestamp, "google.protobuf.Timestamp x = 1;"),
        (Type::Uuid, "string x = 1;"),
        (Type::Bytes, "bytes x = 1;"),
        (Type::Json, "google.protobuf.Value x = 1;"),
        (words(&["a", "b"]), "X x = 1;"),
        (list(Type::Int), "repeated int64 x = 1;"),
        (map(Type::Int), "map<string, int64> x = 1;"),
        (Type::Named("Word".into()), "Word x = 1;"),
        (list(list(Type::Int)), "repeated XItem x = 1;"),
        (map(list(Type::Int)), "map<string, XItem> x = 1;"),
    ] {
        let word = || record("Word", vec![]);
        let thing = |field| of_types(vec![record("Thing", vec![field]), word()]);
        let document = rendered(&thing(field("x", kind.clone()))).document;
        assert_eq!(only_field(&document), proto, "{document}");
        let present = match &kind {
            Type::List(_) | Type::Map(_) => "OptionalX x = 1;".to_owned(),
            Type::Timestamp | Type::Json | Type::Named(_) => proto.to_owned(),
            _ => format!("optional {proto}"),
        };
        let document = rendered(&thing(optional("x", kind))).document;
        assert_eq!(only_field(&document), present, "{document}");
    }
}

#[test]
fn an_enum_has_a_prefix_and_a_zero() {
    let contract = of_types(vec![record(
        "Light",
        vec![field(
            "main_color",
            words(&["red", "unspecified", "deepBlue"]),
        )],
    )]);
    let document = rendered(&contract).document;
    assert_data_eq!(
        document,
        str![[r#"
...
message Light {
  enum MainColor {
    MAIN_COLOR_UNSPECIFIED = 0;
    MAIN_COLOR_RED = 1;
    MAIN_COLOR_UNSPECIFIED_X = 2;
    MAIN_COLOR_DEEP_BLUE = 3;
  }

  MainColor main_color = 1;
}
...
"#]]
    );
}

#[test]
fn names_that_are_taken_give_way() {
    let contract = Contract {
        operations: vec![operation("events"), operation("read")],
        events: vec![event("time"), event("stream_gap"), event("told")],
        types: vec![
            record("ReadRequest", vec![]),
            record("Value", vec![]),
            record("Color", vec![]),
            record(
                "Thing",
                vec![
                    field("color", words(&["red"])),
                    field("a1", Type::Int),
                    field("a_1", Type::Int),
                ],
            ),
        ],
    };
    let document = rendered(&contract).document;
    assert_data_eq!(
        document,
        str![[r#"
syntax = "proto3";

package shop.vision.v1;

import "google/protobuf/timestamp.proto";

service VisionService {
  rpc EventsOperation(EventsOperationRequest) returns (EventsOperationResponse);
  rpc Read(ReadRequest) returns (ReadResponse);
  // What happens, as it happens.
  rpc Events(EventsRequest) returns (stream EventsResponse);
}

message EventsOperationRequest {}

message EventsOperationResponse {}

message ReadRequest {}

message ReadResponse {}

message TimeEvent {}

message StreamGapEvent {}

message ToldEvent {}

message ReadRequestType {}

message ValueType {}

message Color {}

message Thing {
  enum ColorEnum {
    COLOR_ENUM_UNSPECIFIED = 0;
    COLOR_ENUM_RED = 1;
  }

  ColorEnum color = 1;
  int64 a1 = 2;
  int64 a_1 = 3 [json_name = "a_1"];
}

// From where on events are asked for.
message EventsRequest {
  // The id of the last event that arrived; empty: from the oldest that is kept.
  string after = 1;
}

// What happened.
message EventsResponse {
  // Where to resume.
  string id = 1;
  // When it happened.
  google.protobuf.Timestamp time = 2;
  oneof event {
    // Events before this one were missed, or the stream begins here.
    StreamGap stream_gap = 3;
    TimeEvent time_event = 4;
    StreamGapEvent stream_gap_event = 5;
    ToldEvent told = 6;
  }
}

// Events that are no longer kept.
message StreamGap {}

"#]]
    );
}

#[test]
fn a_description_stays_a_comment() {
    let described = Field {
        description: "one */ two\r\u{2028}message Evil {} // three".into(),
        ..field("x", Type::Int)
    };
    let contract = of_types(vec![record("Thing", vec![described])]);
    let document = rendered(&contract).document;
    assert_data_eq!(
        document,
        str![[r#"
...
message Thing {
  // one */ two
  // message Evil {} // three
  int64 x = 1;
}
...
"#]]
    );
}

#[test]
fn what_goes_is_reserved_and_what_stays_keeps_its_number() {
    let before = of_types(vec![record(
        "Thing",
        vec![
            field("a", Type::Int),
            field("b", words(&["x", "y"])),
            field("c", Type::Int),
        ],
    )]);
    let after = of_types(vec![record(
        "Thing",
        vec![field("c", Type::String), field("b", words(&["z", "y"]))],
    )]);
    let recorded = rendered(&before).numbers;
    let document = view(SUBJECT, &after, &recorded).document;
    assert_data_eq!(
        document,
        str![[r#"
...
message Thing {
  enum B {
    reserved 1;
    reserved "B_X";
    B_UNSPECIFIED = 0;
    B_Z = 3;
    B_Y = 2;
  }

  reserved 1, 3;
  reserved "a";
  string c = 4;
  B b = 2;
}
...
"#]]
    );
}

fn told(stream: Option<Vec<Field>>) -> Contract {
    Contract {
        operations: vec![Operation {
            output: vec![field("words", Type::Int)],
            stream,
            ..operation("tell")
        }],
        ..Contract::default()
    }
}

#[test]
fn an_answer_in_parts_is_a_server_stream() {
    let word = vec![
        field("tone", words(&["low", "high"])),
        field("word", Type::String),
    ];
    let rendered = rendered(&told(Some(word)));
    assert_data_eq!(
        rendered.document,
        str![[r#"
...
  rpc Tell(TellRequest) returns (stream TellResponse);
...
message TellPart {
  enum Tone {
    TONE_UNSPECIFIED = 0;
    TONE_LOW = 1;
    TONE_HIGH = 2;
  }

  Tone tone = 1;
  string word = 2;
}

message TellOutput {
  int64 words = 1;
}

// One of those that an answer is made of.
message TellResponse {
  oneof item {
    TellPart part = 1;
    // Nothing follows.
    TellOutput output = 2;
    // Why there is no output: a google.rpc.Status, as grpc-status-details-bin has it. Nothing
    // follows.
    bytes problem = 3;
  }
}
...
"#]]
    );
    assert!(rendered.methods.is_empty());
    // Each end reads what the other one writes, and no function is made for the response around it.
    let encoders = |end: &CodecView| -> Vec<String> {
        let functions = end.encoders.iter();
        functions.map(|function| function.message.clone()).collect()
    };
    assert_eq!(encoders(&rendered.client), ["TellRequest"]);
    assert_eq!(encoders(&rendered.server), ["TellPart", "TellOutput"]);
    assert!(rendered.client.enums[0].is_decoded && !rendered.client.enums[0].is_encoded);
}

#[test]
fn an_answer_that_comes_in_parts_from_now_on_gives_no_number_again() {
    let before = rendered(&told(None));
    let in_parts = view(SUBJECT, &told(Some(vec![])), &before.numbers);
    assert_data_eq!(
        in_parts.document,
        str![[r#"
...
message TellResponse {
  reserved 1;
  reserved "words";
  oneof item {
    TellPart part = 2;
    // Nothing follows.
    TellOutput output = 3;
    // Why there is no output: a google.rpc.Status, as grpc-status-details-bin has it. Nothing
    // follows.
    bytes problem = 4;
  }
}
...
"#]]
    );
    let once_again = view(SUBJECT, &told(None), &in_parts.numbers);
    assert_data_eq!(
        once_again.document,
        str![[r#"
...
message TellResponse {
  reserved 1, 2, 3, 4;
  reserved "output", "part", "problem";
  int64 words = 5;
}
...
"#]]
    );
}

/// Each number and each name of a message, enum or `oneof` around it, once.
fn assert_unique(document: &str) {
    let mut scopes: Vec<HashSet<String>> = vec![HashSet::new()];
    for line in document.lines().map(str::trim) {
        if line.starts_with("//") {
            continue;
        }
        if line.ends_with('{') && !line.starts_with("oneof") {
            scopes.push(HashSet::new());
        } else if line == "}" && scopes.len() > 1 {
            scopes.pop();
        } else if let Some((left, right)) = line.split_once(" = ") {
            let name = left.rsplit(' ').next().unwrap_or_default().to_owned();
            let number: String = right.chars().take_while(char::is_ascii_digit).collect();
            let scope = scopes.last_mut().expect("there is one");
            assert!(scope.insert(name.clone()), "{name} twice\n{document}");
            assert!(
                number.is_empty() || scope.insert(number.clone()),
                "{number} twice\n{document}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_contract_has_unique_names_and_numbers(contract in own_contract(Vec::new())) {
        let first = rendered(&contract);
        assert_unique(&first.document);
        // Rendered again with its record, it is the same.
        let again = view(SUBJECT, &contract, &first.numbers);
        prop_assert_eq!(first.document, again.document);
        prop_assert_eq!(first.numbers, again.numbers);
    }
}
