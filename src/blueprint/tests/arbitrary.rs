//! Any blueprint that is right, for the small catalogue.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::*;
use crate::blueprint::model::Link;
use crate::catalogue::Axis;
use crate::catalogue::kind::contract_of;
use crate::contract::model::{Event, Field, Operation, Type, TypeDef};

/// Any text that may stand in a blueprint: among ordinary ones, those that break out of quotes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let nasty = select(vec![
        "",
        "null",
        "~",
        "true",
        "No",
        "1e3",
        "0x10",
        "- a",
        "# a",
        "a # b",
        "a: b",
        "a:",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "'",
        "\"",
        "\\",
        "\\n",
        "'\"",
        "${x}",
        "{{x}}",
        "$(x)",
        " a",
        "a ",
        "a  b",
        "\n",
        "a\n",
        "a\n\nb",
        "\n a",
        "\ta",
        "a\tb",
        "?",
        "-",
        "---",
        "...",
        "<<",
        "=",
        "y",
        "12:30:00",
        "2026-01-01",
        "ä\u{1f600}",
        "a\u{a0}b",
    ]);
    prop_oneof![
        nasty.prop_map(str::to_owned),
        "[ -~\u{a1}-\u{ff}\u{4e00}-\u{4eff}\n\t]{0,30}".prop_map(|text| text),
        "[A-Z][a-z]{2,8}( [a-z]{1,8}){0,20}\\.".prop_map(|text| text),
    ]
}

/// Any text that says something, or nothing at all.
fn description() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        if text.trim().is_empty() {
            String::new()
        } else {
            text
        }
    })
}

fn snake(prefix: &'static str) -> impl Strategy<Value = String> {
    "[a-z]{1,5}(_[a-z]{1,4}){0,2}".prop_map(move |rest| format!("{prefix}_{rest}"))
}

fn distinct<T>(items: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut seen = IndexMap::new();
    for (name, item) in items {
        // Names that differ in case or separators only would be one class.
        seen.entry(name.replace('_', "").to_lowercase())
            .or_insert((name, item));
    }
    seen.into_values().collect()
}

/// A type with a value of it. `names` are the types that may be named.
fn typed(names: Vec<String>) -> impl Strategy<Value = (Type, Value)> {
    let mut leaves = vec![
        text().prop_map(|text| (Type::String, json!(text))).boxed(),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991)
            .prop_map(|int| (Type::Int, json!(int)))
            .boxed(),
        prop_oneof![any::<f64>(), -1000.0..1000.0]
            .prop_filter("finite", |f| f.is_finite())
            .prop_map(|f| (Type::Float, json!(f)))
            .boxed(),
        any::<bool>().prop_map(|b| (Type::Bool, json!(b))).boxed(),
        Just((Type::Timestamp, json!("2026-02-28T23:59:59.5+01:00"))).boxed(),
        Just((Type::Uuid, json!("7d444840-9dc0-41d1-b245-5ffdce74fad2"))).boxed(),
        vec(any::<u8>(), 0..20)
            .prop_map(|data| (Type::Bytes, json!(data_encoding::BASE64.encode(&data))))
            .boxed(),
        (text(), any::<bool>())
            .prop_map(|(text, flag)| {
                (
                    Type::Json,
                    json!({ text: [flag, null_or(flag), 1.5, "1.5"] }),
                )
            })
            .boxed(),
        vec("[a-z]{2,6}[0-9]", 2..4)
            .prop_map(|words| {
                distinct(words.into_iter().map(|word| (word, ())).collect())
                    .into_iter()
                    .map(|(word, ())| word)
                    .collect()
            })
            .prop_filter("an enum has words", |words: &Vec<String>| words.len() > 1)
            .prop_map(|words: Vec<String>| {
                let first = json!(words[0]);
                (Type::Enum(words), first)
            })
            .boxed(),
    ];
    if !names.is_empty() {
        // Inside a list, so that every type ends.
        leaves.push(
            select(names)
                .prop_map(|name| (Type::List(Box::new(Type::Named(name))), json!([])))
                .boxed(),
        );
    }
    proptest::strategy::Union::new(leaves).prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|(kind, value)| (Type::List(Box::new(kind)), json!([value]))),
            (text(), inner).prop_map(|(key, (kind, value))| (
                Type::Map(Box::new(kind)),
                json!({ key: value })
            )),
        ]
    })
}

fn null_or(flag: bool) -> Value {
    if flag { Value::Null } else { json!({}) }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Input,
    Elsewhere,
}

fn field(name: String, names: Vec<String>, place: Place) -> impl Strategy<Value = Field> {
    (
        typed(names),
        any::<bool>(),
        description(),
        any::<(bool, bool)>(),
        option::of(0_u64..3),
        option::of(0_u64..9),
        any::<bool>(),
    )
        .prop_map(
            move |((kind, value), optional, description, (default, example), min, max, bounded)| {
                let number = matches!(kind.innermost(), Type::Int | Type::Float);
                let long = matches!(
                    kind,
                    Type::String | Type::Bytes | Type::List(_) | Type::Map(_)
                );
                let length = match &value {
                    Value::Array(items) => items.len() as u64,
                    Value::Object(entries) => entries.len() as u64,
                    Value::String(text) if kind == Type::Bytes => {
                        data_encoding::BASE64.decode(text.as_bytes()).unwrap().len() as u64
                    }
                    Value::String(text) => text.chars().count() as u64,
                    _ => 0,
                };
                let bounded = bounded && number;
                let default = (default && !bounded && place == Place::Input).then(|| value.clone());
                Field {
                    name: name.clone(),
                    optional: optional && default.is_none(),
                    description,
                    example: (example && !bounded).then(|| value.clone()),
                    default,
                    minimum: bounded.then_some(-3.0),
                    maximum: bounded.then_some(7.0),
                    min_length: min.filter(|min| long && *min <= length),
                    max_length: max.filter(|_| long).map(|more| length + more),
                    media_type: (*kind.innermost() == Type::Bytes).then(|| "image/png".to_owned()),
                    kind,
                }
            },
        )
}

fn fields(names: &[String], place: Place) -> BoxedStrategy<Vec<Field>> {
    let names = names.to_vec();
    vec((snake("f"), Just(())), 0..4)
        .prop_map(distinct)
        .prop_flat_map(move |found| {
            let names = names.clone();
            found
                .into_iter()
                .map(move |(name, ())| field(name, names.clone(), place))
                .collect::<Vec<_>>()
        })
        .boxed()
}

/// The person's own part of a contract.
pub(crate) fn own_contract(brought: Vec<String>) -> impl Strategy<Value = Contract> {
    let names = vec(("[A-Z][a-z]{1,6}Thing", Just(())), 0..3).prop_map(distinct);
    names.prop_flat_map(move |found| {
        let own: Vec<String> = found.into_iter().map(|(name, ())| name).collect();
        let all: Vec<String> = own.iter().chain(&brought).cloned().collect();
        let types: Vec<_> = own
            .into_iter()
            .map(|name| {
                (description(), fields(&all, Place::Input)).prop_map(
                    move |(description, fields)| TypeDef {
                        name: name.clone(),
                        description,
                        fields,
                        own: true,
                    },
                )
            })
            .collect();
        let input = fields(&all, Place::Input);
        let other = fields(&all, Place::Elsewhere);
        let operation = (description(), input, other.clone(), any::<bool>());
        let operations = vec((snake("o"), operation), 0..3).prop_map(distinct);
        let events = vec((snake("e"), (description(), other)), 0..3).prop_map(distinct);
        (types, operations, events).prop_map(|(types, operations, events)| Contract {
            operations: operations
                .into_iter()
                .map(|(name, (description, input, output, safe))| Operation {
                    name,
                    description,
                    input,
                    output,
                    safe,
                    internal: false,
                    observe: None,
                    own: true,
                })
                .collect(),
            events: events
                .into_iter()
                .map(|(name, (description, fields))| Event {
                    name,
                    description,
                    fields,
                    own: true,
                })
                .collect(),
            types,
        })
    })
}

fn python(name: String) -> impl Strategy<Value = Service> {
    let kinds = select(vec!["inference", "analytics", "worker"]);
    (
        description(),
        kinds,
        select(vec!["fastapi", "flask"]),
        select(vec!["sqlite", "postgres"]),
    )
        .prop_flat_map(move |(description, kind, framework, store)| {
            let brought = contract_of(catalogue().get(Axis::KIND, kind).unwrap()).unwrap();
            let types = brought.types.iter().map(|def| def.name.clone()).collect();
            let name = name.clone();
            own_contract(types).prop_map(move |own| {
                let mut contract = brought.clone();
                contract.operations.extend(own.operations);
                contract.events.extend(own.events);
                contract.types.extend(own.types);
                let store = if kind == "analytics" { store } else { "" };
                let role = Role::Python {
                    kind: kind.to_owned(),
                    store: store.to_owned(),
                    contract,
                };
                Service {
                    choices: IndexMap::new(),
                    name: name.clone(),
                    description: description.clone(),
                    role,
                    framework: framework.to_owned(),
                }
            })
        })
}

fn gateway(name: String) -> impl Strategy<Value = Service> {
    let ways = subsequence(vec!["sse".to_owned(), "websocket".to_owned()], 0..=2).prop_shuffle();
    (
        description(),
        ways,
        select(vec!["none", "jwt"]),
        select(vec!["none", "redis"]),
        select(vec!["web", "none"]),
        select(vec!["fastify", "express"]),
    )
        .prop_map(
            move |(description, realtime, auth, backplane, console, framework)| {
                let realtime: Vec<&str> = realtime.iter().map(String::as_str).collect();
                let choices = super::choices(&[
                    ("realtime", &realtime),
                    ("auth", &[auth]),
                    ("backplane", &[backplane]),
                    ("console", &[console]),
                ]);
                Service {
                    name: name.clone(),
                    description,
                    role: Role::Gateway,
                    framework: framework.to_owned(),
                    choices,
                }
            },
        )
}

fn digests() -> impl Strategy<Value = IndexMap<String, String>> {
    let images = subsequence(vec!["node".to_owned(), "python".to_owned()], 0..=2);
    (images, "[0-9a-f]{64}").prop_map(|(images, digits)| {
        images
            .into_iter()
            .map(|image| (image, format!("sha256:{digits}")))
            .collect()
    })
}

/// A system of one or two gateways and up to three services, all linked.
pub(crate) fn blueprint() -> impl Strategy<Value = Blueprint> {
    let names = vec("[a-z]{1,6}(-[a-z]{2,5}){0,2}", 2..6).prop_map(|names| {
        // A letter before each keeps words apart that are taken.
        let named = names
            .into_iter()
            .enumerate()
            .map(|(n, name)| (format!("s{n}{name}"), ()))
            .collect();
        distinct(named)
            .into_iter()
            .map(|(name, ())| name)
            .collect::<Vec<String>>()
    });
    let targets =
        subsequence(vec!["compose".to_owned(), "kubernetes".to_owned()], 0..=2).prop_shuffle();
    (
        names,
        1_usize..3,
        description(),
        targets,
        select(vec!["rest", "grpc"]),
        digests(),
    )
        .prop_flat_map(|(names, gateways, description, targets, via, digests)| {
            let gateways = gateways.min(names.len() - 1);
            let services: Vec<BoxedStrategy<Service>> = names
                .iter()
                .enumerate()
                .map(|(n, name)| {
                    if n < gateways {
                        gateway(name.clone()).boxed()
                    } else {
                        python(name.clone()).boxed()
                    }
                })
                .collect();
            let links: Vec<Link> = names[..gateways]
                .iter()
                .flat_map(|from| names[gateways..].iter().map(move |to| (from, to)))
                .map(|(from, to)| Link {
                    from: from.clone(),
                    to: to.clone(),
                    via: via.to_owned(),
                })
                .collect();
            services.prop_map(move |services| Blueprint {
                packs: IndexMap::new(),
                digests: digests.clone(),
                name: "shop".to_owned(),
                description: description.clone(),
                services: services
                    .into_iter()
                    .map(|service| (service.name.clone(), service))
                    .collect(),
                links: links.clone(),
                targets: targets.clone(),
            })
        })
}
