//! Schemas and documents are valid for any contract that is right.

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use proptest::prelude::*;
use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::{DEPTH, Graphql, MAX_SELECTIONS, graphql, selections};
use crate::blueprint::tests::arbitrary::own_contract;
use crate::contract::model::{Contract, Event, Field, Operation, Type, TypeDef};

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

fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

fn list(kind: Type) -> Type {
    Type::List(Box::new(kind))
}

fn map(kind: Type) -> Type {
    Type::Map(Box::new(kind))
}

fn operation(name: &str, safe: bool, input: Vec<Field>, output: Vec<Field>) -> Operation {
    Operation {
        name: name.to_owned(),
        description: String::new(),
        input,
        output,
        stream: None,
        safe,
        internal: false,
        scopes: Vec::new(),
        observe: None,
        own: true,
    }
}

fn type_def(name: &str, fields: Vec<Field>) -> TypeDef {
    TypeDef {
        name: name.to_owned(),
        description: String::new(),
        fields,
        own: true,
    }
}

/// The schema and the documents, by an independent implementation of GraphQL.
fn checked(contract: &Contract) -> (Graphql, Valid<Schema>) {
    let made = graphql("unit", contract);
    let schema = Schema::parse_and_validate(&made.schema, "unit.graphql")
        .unwrap_or_else(|error| panic!("{error}\n{}", made.schema));
    for text in texts(&made) {
        ExecutableDocument::parse_and_validate(&schema, text, "document.graphql")
            .unwrap_or_else(|error| panic!("{error}\n{text}\n{}", made.schema));
    }
    (made, schema)
}

fn texts(made: &Graphql) -> Vec<&str> {
    let documents = made.documents.as_object().unwrap().values();
    documents.map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn a_service_that_does_nothing_has_a_schema() {
    let (made, schema) = checked(&Contract::default());
    assert!(
        schema
            .get_object("Query")
            .unwrap()
            .fields
            .contains_key("_service")
    );
    assert!(!schema.types.contains_key("Mutation"));
    assert_eq!(texts(&made).len(), 1, "the document of the events");
}

#[test]
fn records_without_fields_are_a_scalar() {
    let contract = Contract {
        operations: vec![
            operation("ping", true, vec![], vec![]),
            operation("hold", false, vec![field("it", named("Nothing"))], vec![]),
        ],
        events: vec![Event {
            name: "silent".to_owned(),
            description: String::new(),
            fields: vec![],
            scopes: Vec::new(),
            own: true,
        }],
        types: vec![type_def("Nothing", vec![])],
    };
    let (made, _) = checked(&contract);
    assert_data_eq!(
        made.schema,
        str![[r#"
...
  ping: Empty!
}
...
  hold(input: HoldInput!): Empty!
}
...
input HoldInput {
  it: Empty!
}
...
type SilentEvent implements Event {
...
  time: DateTime!
  data: Empty!
}

"#]]
    );
}

#[test]
fn safe_operations_are_queries_and_events_one_subscription() {
    let contract = Contract {
        operations: vec![
            operation("look", true, vec![], vec![field("x", Type::Int)]),
            operation("change", false, vec![], vec![field("x", Type::Int)]),
        ],
        ..Contract::default()
    };
    let (made, schema) = checked(&contract);
    let has = |root: &str, name: &str| schema.get_object(root).unwrap().fields.contains_key(name);
    assert!(has("Query", "look") && !has("Query", "change"));
    assert!(has("Mutation", "change") && !has("Mutation", "look"));
    assert!(has("Subscription", "events"));
    let texts = texts(&made);
    assert_data_eq!(
        texts[0],
        str![[r#"
query look {
  look {
    x
  }
}

"#]]
    );
    assert_data_eq!(
        texts[1],
        str![[r#"
mutation change {
  change {
    x
  }
}

"#]]
    );
}

fn in_parts(operation: Operation, part: Vec<Field>) -> Operation {
    Operation {
        stream: Some(part),
        ..operation
    }
}

#[test]
fn what_answers_in_parts_is_a_subscription() {
    let tell = operation(
        "tell",
        false,
        vec![field("topic", Type::String)],
        vec![field("words", Type::Int)],
    );
    let look = operation("look", true, vec![], vec![]);
    let contract = Contract {
        operations: vec![
            in_parts(
                tell,
                vec![field("words", map(Type::Int)), optional("x", Type::Json)],
            ),
            in_parts(look, vec![field("x", Type::Int)]),
        ],
        ..Contract::default()
    };
    let (made, schema) = checked(&contract);
    assert!(!schema.types.contains_key("Mutation"));
    assert_eq!(schema.get_object("Query").unwrap().fields.len(), 1);
    assert_data_eq!(
        &made.schema,
        str![[r#"
...
What the service tells unasked, and what it answers in parts.
"""
type Subscription {
...
  events(after: ID): Event!

  """
  Asks `unit` for `tell`.
  """
  tell(input: TellInput!): TellItem!

  """
  Asks `unit` for `look`.
  """
  look: LookItem!
}

"""
Of the answer of `tell`: any number of parts, then one output.
"""
type TellItem {
  """
  A part.
  """
  part: TellPart

  """
  The end.
  """
  output: TellOutput
}

type TellPart {
  words: [SafeIntEntry!]!
  x: JSON
}
...
type TellOutput {
  words: SafeInt!
}

input TellInput {
  topic: String!
}

"""
Of the answer of `look`: any number of parts, then one output.
"""
type LookItem {
  """
  A part.
  """
  part: LookPart

  """
  The end.
  """
  output: Empty
}
...
"#]]
    );
    let texts = texts(&made);
    assert_data_eq!(
        texts[0],
        str![[r#"
subscription tell($input: TellInput!) {
  tell(input: $input) {
    part {
      words {
        key
        value
      }
      x
    }
    output {
      words
    }
  }
}

"#]]
    );
    assert_data_eq!(
        texts[1],
        str![[r#"
subscription look {
  look {
    part {
      x
    }
    output
  }
}

"#]]
    );
    let known = &made.client["operations"]["tell"];
    assert_eq!(
        (&known["part"], &known["output"]),
        (&json!("TellPart"), &json!("TellOutput"))
    );
    assert_eq!(
        made.client["records"]["TellPart"]["words"]["map"],
        json!({})
    );
}

#[test]
fn events_keep_their_field_and_items_get_a_name_of_their_own() {
    let contract = Contract {
        operations: vec![
            in_parts(operation("events", true, vec![], vec![]), vec![]),
            operation("look", true, vec![], vec![field("it", named("EventsItem"))]),
        ],
        types: vec![type_def("EventsItem", vec![field("x", Type::Int)])],
        ..Contract::default()
    };
    let (made, schema) = checked(&contract);
    let fields = &schema.get_object("Subscription").unwrap().fields;
    assert_eq!(fields["events"].ty.to_string(), "Event!");
    assert_eq!(fields["events_"].ty.to_string(), "EventsItem_!");
    assert_data_eq!(
        texts(&made)[0],
        str![[r#"
subscription events {
  events: events_ {
    part
    output
  }
}

"#]]
    );
}

/// The row of the table in `mapping`, for what is given and what is taken.
#[test]
fn each_type_has_its_place() {
    let words = Type::Enum(vec!["small".to_owned(), "LARGE".to_owned()]);
    for (kind, given, taken) in [
        (Type::String, "String!", "String!"),
        (Type::Int, "SafeInt!", "SafeInt!"),
        (Type::Float, "Float!", "Float!"),
        (Type::Bool, "Boolean!", "Boolean!"),
        (Type::Timestamp, "DateTime!", "DateTime!"),
        (Type::Uuid, "UUID!", "UUID!"),
        (Type::Bytes, "Bytes!", "Bytes!"),
        (Type::Json, "JSON", "JSON"),
        (words.clone(), "OutX!", "OutX!"),
        (list(Type::Json), "[JSON]!", "[JSON]!"),
        (list(list(Type::Int)), "[[SafeInt!]!]!", "[[SafeInt!]!]!"),
        (map(Type::Int), "[SafeIntEntry!]!", "[SafeIntEntryInput!]!"),
        (named("Word"), "Word!", "WordInput!"),
        (
            map(list(named("Word"))),
            "[WordListEntry!]!",
            "[WordListEntryInput!]!",
        ),
    ] {
        let record = || type_def("Out", vec![field("x", kind.clone())]);
        let contract = Contract {
            operations: vec![operation(
                "ask",
                true,
                vec![field("it", named("Out"))],
                vec![field("it", named("Out"))],
            )],
            types: vec![
                record(),
                type_def("Word", vec![field("text", Type::String)]),
            ],
            ..Contract::default()
        };
        let (_, schema) = checked(&contract);
        let x = &schema.get_object("Out").unwrap().fields["x"];
        assert_eq!(x.ty.to_string(), given);
        let x = &schema.get_input_object("OutInput").unwrap().fields["x"];
        assert_eq!(x.ty.to_string(), taken);
    }
}

#[test]
fn what_may_be_absent_may_be_null() {
    let count = Field {
        default: Some(json!(1)),
        ..field("count", Type::Int)
    };
    let fields = vec![count, optional("note", Type::String)];
    let contract = Contract {
        operations: vec![operation(
            "ask",
            true,
            vec![field("it", named("Item"))],
            vec![field("it", named("Item"))],
        )],
        types: vec![type_def("Item", fields)],
        ..Contract::default()
    };
    let (_, schema) = checked(&contract);
    let given = &schema.get_object("Item").unwrap().fields;
    let taken = &schema.get_input_object("ItemInput").unwrap().fields;
    assert_eq!(given["count"].ty.to_string(), "SafeInt!");
    assert_eq!(taken["count"].ty.to_string(), "SafeInt");
    assert_eq!(given["note"].ty.to_string(), "String");
    assert_eq!(taken["note"].ty.to_string(), "String");
}

#[test]
fn a_name_that_is_taken_gets_an_underscore() {
    let fields = || vec![field("status", Type::Enum(vec!["a".to_owned()]))];
    let contract = Contract {
        operations: vec![operation(
            // Its input is called as the twin of the type `Order` would be.
            "order",
            true,
            vec![field("it", named("Order"))],
            vec![
                field("date", named("DateTime")),
                field("gap", named("StreamGap")),
                field("order", named("Order")),
                field("status", named("OrderStatus")),
                field("entries", map(Type::String)),
                field("own", list(named("StringEntry"))),
                field("one", map(list(named("Order")))),
                field("other", map(named("OrderList"))),
            ],
        )],
        types: vec![
            type_def("DateTime", fields()),
            type_def("StreamGap", fields()),
            type_def("Order", fields()),
            type_def("OrderStatus", fields()),
            type_def("StringEntry", fields()),
            type_def("OrderList", fields()),
        ],
        ..Contract::default()
    };
    let (_, schema) = checked(&contract);
    for name in [
        "DateTime_",
        "StreamGap_",
        "OrderInput_",
        "OrderStatus_",
        "StringEntry_",
        "OrderListEntry_",
    ] {
        assert!(schema.types.contains_key(name), "{name}");
    }
}

#[test]
fn any_text_is_a_description() {
    let about = "ends its \"\"\" quote \\\"\"\" twice\n\n  indented, \\ and \u{1f600}\nends in \"";
    let contract = Contract {
        operations: vec![Operation {
            description: about.to_owned(),
            ..operation("ask", true, vec![], vec![field("x", Type::Int)])
        }],
        ..Contract::default()
    };
    let (_, schema) = checked(&contract);
    let ask = &schema.get_object("Query").unwrap().fields["ask"];
    assert_eq!(ask.description.as_deref(), Some(about));
}

#[test]
fn events_may_have_fields_of_one_name_and_several_types() {
    let event = |name: &str, kind| Event {
        name: name.to_owned(),
        description: String::new(),
        fields: vec![field("id", kind)],
        scopes: Vec::new(),
        own: true,
    };
    let contract = Contract {
        events: vec![
            event("id", Type::Int),
            event("time", map(Type::String)),
            event("told", list(Type::Bool)),
        ],
        ..Contract::default()
    };
    let (made, _) = checked(&contract);
    assert_eq!(made.client["events"]["types"]["IdEvent"]["name"], "id");
}

#[test]
fn a_type_that_contains_itself_is_followed_to_a_depth() {
    let contract = Contract {
        operations: vec![operation(
            "grow",
            true,
            vec![],
            vec![field("root", named("Tree"))],
        )],
        types: vec![
            type_def(
                "Tree",
                vec![
                    optional("left", named("Branch")),
                    optional("right", named("Branch")),
                    field("leaf", named("Leaf")),
                ],
            ),
            type_def("Branch", vec![field("trees", map(named("Tree")))]),
            type_def("Leaf", vec![field("green", Type::Bool)]),
        ],
        ..Contract::default()
    };
    let (made, _) = checked(&contract);
    let text = texts(&made)[0];
    assert_eq!(text.matches("fragment Tree").count(), DEPTH + 1);
    assert_eq!(text.matches("fragment Leaf").count(), 1);
    assert_eq!(text.matches("__typename").count(), 1);
    assert_eq!(made.client["records"]["Tree"]["left"]["record"], "Branch");
}

#[test]
fn types_that_all_contain_each_other_are_too_many() {
    let names: Vec<String> = (0..120).map(|number| format!("Type{number}")).collect();
    let fields = || {
        let each = names.iter().enumerate();
        each.map(|(number, name)| optional(&format!("f{number}"), named(name)))
            .collect::<Vec<_>>()
    };
    let contract = Contract {
        operations: vec![operation("ask", true, vec![], fields())],
        types: names.iter().map(|name| type_def(name, fields())).collect(),
        ..Contract::default()
    };
    assert!(selections(&contract) > MAX_SELECTIONS);
}

#[test]
fn selections_are_at_most_those_that_are_counted() {
    let contract = Contract {
        operations: vec![operation(
            "ask",
            true,
            vec![],
            vec![field("a", named("A")), field("b", named("B"))],
        )],
        types: vec![
            type_def(
                "A",
                vec![field("x", Type::Int), field("more", list(named("A")))],
            ),
            type_def("B", vec![field("a", named("A"))]),
        ],
        ..Contract::default()
    };
    let (made, _) = checked(&contract);
    let lines = texts(&made)[0].lines();
    let fields = lines.filter(|line| {
        let line = line.trim().trim_end_matches(" {");
        ["a", "b", "x", "more"].contains(&line)
    });
    assert_eq!(fields.count(), selections(&contract));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_contract_makes_a_valid_schema(contract in own_contract(Vec::new())) {
        let (made, _) = checked(&contract);
        let again = graphql("unit", &contract);
        prop_assert_eq!(made.schema, again.schema);
        prop_assert_eq!(made.documents, again.documents);
    }
}
