//! What each change of a contract is judged as, and what stays unsaid.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use snapbox::assert_data_eq;

use super::surface::{of_parts, to_parts};
use super::{Change, Rule, Severity, Surface, Surfaces, compare};
use crate::blueprint::tests::arbitrary::own_contract;

/// A service with everything that can change.
fn books() -> Value {
    json!({
        "books.clients": { "edge": "rest" },
        "books.operations.find": {
            "safe": true,
            "scopes": ["read"],
            "input": {
                "title": "string",
                "limit": { "type": "int", "default": 10, "minimum": 1, "maximum": 100 },
                "order": "newest | oldest",
                "tags": "[string]?",
                "wanted": "Wanted",
            },
            "output": {
                "found": "[Book]",
                "count": { "type": "int", "maximum": 100 },
                "state": "all | some",
                "next": "string?",
            },
        },
        "books.operations.buy": { "input": {}, "output": {} },
        "books.operations.read": { "input": {}, "output": {}, "stream": { "line": "string", "page": "Page" } },
        "books.events.sold": { "book": "Book", "by": "uuid" },
        "books.events.told": {},
        "books.scopes.sold": ["hear"],
        "books.types.Page": { "number": "int" },
        "books.types.Book": { "title": "string", "pages": "int?" },
        "books.types.Wanted": { "color": "string?", "cover": "soft | hard" },
    })
}

fn surfaces(parts: &Value) -> Surfaces {
    let parts: BTreeMap<String, Value> = serde_json::from_value(parts.clone()).unwrap();
    of_parts(parts).unwrap()
}

/// What is noticed when the value at `part` and `field` of the service becomes another; null: it goes.
fn noticed(part: &str, path: &[&str], value: Value) -> Vec<Change> {
    let before = books();
    let mut after = before.clone();
    let mut at = &mut after;
    let mut keys = vec![part];
    keys.extend(path);
    let last = keys.pop().unwrap();
    for key in keys {
        at = &mut at[key];
    }
    match value {
        Value::Null => _ = at.as_object_mut().unwrap().remove(last),
        value => at[last] = value,
    }
    let numbered = BTreeSet::from(["books".to_owned()]);
    compare(&surfaces(&before), &surfaces(&after), &numbered)
}

#[test]
fn each_rule_has_its_severity_and_place() {
    use Rule::*;
    use Severity::{Breaking, Dangerous};
    let find = "books.operations.find";
    for (part, path, value, expected) in [
        (
            "books.operations.buy",
            &[][..],
            Value::Null,
            &[(OperationRemoved, Breaking)][..],
        ),
        (
            "books.events.sold",
            &[],
            Value::Null,
            &[(EventRemoved, Breaking)],
        ),
        (
            "books.clients",
            &["edge"],
            Value::Null,
            &[(LinkRemoved, Breaking)],
        ),
        ("books.clients", &["edge"], json!("grpc"), &[]),
        (find, &["safe"], json!(false), &[(SafetyLost, Breaking)]),
        (
            "books.operations.buy",
            &["safe"],
            json!(true),
            &[(SafetyGained, Dangerous)],
        ),
        (
            find,
            &["internal"],
            json!(true),
            &[(OperationInternal, Breaking)],
        ),
        // Scopes.
        (
            "books.operations.buy",
            &["scopes"],
            json!(["a", "books:buy"]),
            &[(ScopeAdded, Breaking), (ScopeAdded, Breaking)],
        ),
        (
            find,
            &["scopes"],
            json!(["read", "a"]),
            &[(ScopeAdded, Breaking)],
        ),
        (find, &["scopes"], json!([]), &[]),
        // Fields that come.
        (
            find,
            &["input", "more"],
            json!("int"),
            &[(RequiredInputAdded, Breaking)],
        ),
        (find, &["input", "more"], json!("int?"), &[]),
        (
            find,
            &["input", "more"],
            json!({ "type": "int", "default": 1 }),
            &[],
        ),
        (find, &["output", "more"], json!("int"), &[]),
        ("books.events.sold", &["more"], json!("int"), &[]),
        ("books.types.Book", &["more"], json!("int"), &[]),
        (
            "books.types.Wanted",
            &["more"],
            json!("int"),
            &[(RequiredInputAdded, Breaking)],
        ),
        // Fields that go.
        (
            find,
            &["input", "title"],
            Value::Null,
            &[(FieldRemoved, Breaking)],
        ),
        (
            find,
            &["output", "next"],
            Value::Null,
            &[(FieldRemoved, Breaking)],
        ),
        (
            "books.events.sold",
            &["by"],
            Value::Null,
            &[(FieldRemoved, Breaking)],
        ),
        (
            "books.types.Book",
            &["title"],
            Value::Null,
            &[(FieldRemoved, Breaking)],
        ),
        // Types.
        (
            find,
            &["input", "title"],
            json!("uuid"),
            &[(FieldRetyped, Breaking)],
        ),
        (
            find,
            &["output", "found"],
            json!("Book"),
            &[(FieldRetyped, Breaking)],
        ),
        (find, &["input", "order"], json!("oldest | newest"), &[]),
        (
            find,
            &["input", "order"],
            json!("newest | oldest | best"),
            &[],
        ),
        (
            find,
            &["input", "order"],
            json!("newest | best"),
            &[(EnumWordRemoved, Breaking)],
        ),
        (
            find,
            &["output", "state"],
            json!("all | none"),
            &[(EnumWordRemoved, Dangerous), (EnumWordAdded, Dangerous)],
        ),
        (
            "books.types.Wanted",
            &["cover"],
            json!("soft | linen"),
            &[(EnumWordRemoved, Breaking)],
        ),
        // Whether they may be absent.
        (find, &["input", "title"], json!("string?"), &[]),
        (
            find,
            &["input", "limit"],
            json!({ "type": "int", "minimum": 1, "maximum": 100 }),
            &[(FieldRequired, Breaking)],
        ),
        (
            find,
            &["input", "tags"],
            json!("[string]"),
            &[(FieldRequired, Breaking)],
        ),
        (
            find,
            &["output", "found"],
            json!("[Book]?"),
            &[(FieldOptional, Breaking)],
        ),
        (find, &["output", "next"], json!("string"), &[]),
        (
            "books.types.Book",
            &["title"],
            json!("string?"),
            &[(FieldOptional, Breaking)],
        ),
        // Bounds.
        (
            find,
            &["input", "limit", "maximum"],
            json!(99),
            &[(BoundsNarrowed, Breaking)],
        ),
        (
            find,
            &["input", "limit", "minimum"],
            json!(2),
            &[(BoundsNarrowed, Breaking)],
        ),
        (find, &["input", "limit", "maximum"], Value::Null, &[]),
        (find, &["input", "limit", "minimum"], json!(0), &[]),
        (
            find,
            &["input", "title"],
            json!({ "type": "string", "max_length": 9 }),
            &[(BoundsNarrowed, Breaking)],
        ),
        (
            find,
            &["input", "title"],
            json!({ "type": "string", "min_length": 1 }),
            &[(BoundsNarrowed, Breaking)],
        ),
        (
            find,
            &["output", "count", "maximum"],
            json!(101),
            &[(BoundsWidened, Breaking)],
        ),
        (
            find,
            &["output", "count", "maximum"],
            Value::Null,
            &[(BoundsWidened, Breaking)],
        ),
        (find, &["output", "count", "maximum"], json!(99), &[]),
        // What may be noticed.
        (
            find,
            &["input", "limit", "default"],
            json!(20),
            &[(DefaultChanged, Dangerous)],
        ),
        (
            find,
            &["output", "next"],
            json!({ "type": "string?", "media_type": "text/css" }),
            &[(MediaTypeChanged, Dangerous)],
        ),
    ] {
        let changes = noticed(part, path, value);
        let found: Vec<(Rule, Severity)> =
            changes.iter().map(|it| (it.rule, it.severity)).collect();
        assert_eq!(found, expected, "{part} {path:?}: {changes:#?}");
        for change in changes {
            let place = [part, &path.join(".")].join(".");
            let own = format!("{}.{}", change.service, change.part);
            assert!(change.part.is_empty() || place.starts_with(&own), "{own}");
            assert!(!change.breaks.is_empty(), "{change}");
        }
    }
}

#[test]
fn a_list_that_may_be_absent_is_another_field_only_where_there_are_numbers() {
    let changes = |numbered: &[&str]| {
        let mut after = books();
        after["books.operations.find"]["input"]["tags"] = json!("[string]?");
        let mut before = books();
        before["books.operations.find"]["input"]["tags"] = json!("[string]");
        let numbered = numbered.iter().map(ToString::to_string).collect();
        let changes = compare(&surfaces(&before), &surfaces(&after), &numbered);
        changes.iter().map(|it| it.rule).collect::<Vec<_>>()
    };
    assert_eq!(changes(&["books"]), [Rule::FieldRenumbered]);
    assert_eq!(changes(&[]), []);
}

#[test]
fn those_who_notice_are_named() {
    let mut before = books();
    before["books.clients"] = json!({ "back": "kafka", "edge": "rest" });
    let mut after = before.clone();
    after["books.types.Book"]["pages"] = json!("string?");
    let [change] = &compare(&surfaces(&before), &surfaces(&after), &BTreeSet::new())[..] else {
        panic!("one change");
    };
    assert_eq!(
        change.to_string(),
        "books.types.Book.pages: the type changes from `int` to `string`"
    );
    assert_eq!(
        change.breaks,
        [
            "clients of `back`: POST /api/books/find",
            "clients of `back`: event books.sold",
            "gateway `back` over kafka",
            "clients of `edge`: POST /api/books/find",
            "clients of `edge`: event books.sold",
            "gateway `edge` over rest",
        ]
    );
}

#[test]
fn a_scope_is_noticed_by_clients_of_gateways_and_by_no_gateway() {
    let said = |part: &str, path: &[&str], value| {
        let [change] = &noticed(part, path, value)[..] else {
            panic!("one change");
        };
        (change.to_string(), change.breaks.join(", "))
    };
    assert_eq!(
        said("books.operations.buy", &["scopes"], json!(["books:buy"])),
        (
            "books.operations.buy.scopes: clients need the scope `books:buy`".to_owned(),
            "clients of `edge`: POST /api/books/buy".to_owned(),
        )
    );
    assert_eq!(
        said("books.scopes.told", &[], json!(["hear"])),
        (
            "books.events.told.scopes: clients need the scope `hear`".to_owned(),
            "clients of `edge`: event books.told".to_owned(),
        )
    );
    assert_eq!(
        said("books.scopes.sold", &[], json!(["more", "hear"])).0,
        "books.events.sold.scopes: clients need the scope `more`"
    );
    assert_eq!(noticed("books.scopes.sold", &[], Value::Null), []);
    let mut internal = books();
    internal["books.operations.buy"]["internal"] = json!(true);
    let mut public = books();
    public["books.operations.buy"]["scopes"] = json!(["books:buy"]);
    let changes = compare(&surfaces(&internal), &surfaces(&public), &BTreeSet::new());
    assert_eq!(changes, []);
}

#[test]
fn a_service_that_goes_is_one_change() {
    let rules = |changes: &[Change]| changes.iter().map(|it| it.rule).collect::<Vec<_>>();
    let changes = compare(&surfaces(&books()), &Surfaces::new(), &BTreeSet::new());
    assert_eq!(rules(&changes), [Rule::ServiceRemoved]);
    let idle = Surfaces::from([("idle".into(), Surface::default())]);
    assert_eq!(compare(&idle, &Surfaces::new(), &BTreeSet::new()), []);
    assert_eq!(compare(&Surfaces::new(), &idle, &BTreeSet::new()), []);
}

#[test]
fn a_record_that_is_none_is_refused() {
    for (parts, says) in [
        (
            json!({ "books.colors": {} }),
            "`books.colors` is not a part of a contract: there is no `colors`",
        ),
        (
            json!({ "books.types.Word": { "text": "[string" } }),
            "`books.types.Word` is not a part of a contract: `[string` is not a type: expected `]`, found its end",
        ),
        (
            json!({ "books.operations.find": { "inptu": {} } }),
            // Further on in the words of the parser.
            "`books.operations.find` is not a part of a contract: unknown field `inptu`[..]",
        ),
    ] {
        let parts: BTreeMap<String, Value> = serde_json::from_value(parts).unwrap();
        let error = of_parts(parts).unwrap_err().to_string();
        assert_data_eq!(error, says);
    }
}

proptest! {
    #[test]
    fn what_is_recorded_is_read_and_nothing_is_noticed_of_it(contract in own_contract(Vec::new())) {
        let surface = Surface::new(&contract, [("edge".to_owned(), "rest".to_owned())].into());
        let surfaces = Surfaces::from([("books".to_owned(), surface)]);
        let text = serde_json::to_string(&to_parts(&surfaces)).unwrap();
        let read = of_parts(serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(&read, &surfaces);
        prop_assert_eq!(compare(&surfaces, &read, &BTreeSet::from(["books".to_owned()])), vec![]);
    }
}

#[test]
fn clients_notice_whether_an_answer_comes_in_parts_and_what_a_part_is() {
    let said = |part: &str, path: &[&str], value| {
        let changes = noticed(part, path, value);
        let said = changes.iter().map(|it| (it.rule, it.to_string()));
        said.collect::<Vec<_>>()
    };
    assert_eq!(
        said(
            "books.operations.buy",
            &["stream"],
            json!({ "line": "string" })
        ),
        [(
            Rule::StreamAdded,
            "books.operations.buy.stream: it answers in parts now, no longer once".to_owned()
        )]
    );
    assert_eq!(
        said("books.operations.read", &["stream"], Value::Null),
        [(
            Rule::StreamRemoved,
            "books.operations.read.stream: it answers once now, no longer in parts".to_owned()
        )]
    );
    assert_eq!(
        said("books.operations.read", &["safe"], json!(true)),
        [(
            Rule::SafetyGained,
            "books.operations.read: it is safe now: gateways ask again until its first part has come"
                .to_owned()
        )]
    );
    assert_eq!(
        said("books.operations.read", &["stream", "line"], Value::Null)[0].0,
        Rule::FieldRemoved
    );
    assert_eq!(
        said("books.types.Page", &["number"], json!("string"))[0].0,
        Rule::FieldRetyped
    );
    let [change] = &noticed(
        "books.operations.buy",
        &["stream"],
        json!({ "line": "string" }),
    )[..] else {
        panic!("one change");
    };
    assert_eq!(change.severity, Severity::Breaking);
    assert_eq!(
        change.breaks,
        [
            "clients of `edge`: POST /api/books/buy",
            "gateway `edge` over rest",
        ]
    );
    assert_eq!(change.steps.len(), 2);
}
