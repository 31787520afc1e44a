//! Any blueprint that is right, for the small catalogue.

mod contract;
mod text;

pub(crate) use contract::own_contract;
pub(crate) use text::text;

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::blueprint::model::Link;
use crate::catalogue::Axis;
use crate::catalogue::kind::contract_of;
use crate::template::module::Side;
use contract::distinct;
use text::description;

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
            services.prop_map(move |services| {
                able(Blueprint {
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
        })
}

/// Scopes only where every gateway knows those of its clients, parts only over transports that bring them.
fn able(mut blueprint: Blueprint) -> Blueprint {
    let catalogue = super::catalogue();
    let mut services = blueprint.services.values();
    let is_knowing =
        |it: &Service| it.side() != Side::Gateway || it.has_chosen("scopes", &catalogue);
    let know = services.all(is_knowing);
    let mut links = blueprint.links.iter();
    let stream = links.all(|it| catalogue.get(Axis::TRANSPORT, &it.via).unwrap().streams);
    for service in blueprint.services.values_mut() {
        if let Role::Python { contract, .. } = &mut service.role {
            let events = contract.events.iter_mut().map(|it| &mut it.scopes);
            let operations = contract.operations.iter_mut();
            operations
                .map(|it| {
                    it.stream = it.stream.take().filter(|_| stream);
                    &mut it.scopes
                })
                .chain(events)
                .filter(|_| !know)
                .for_each(Vec::clear);
        }
    }
    blueprint
}
