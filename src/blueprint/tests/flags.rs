use super::*;
use crate::document::finding::Place;

fn service_flag(text: &str) -> crate::blueprint::overrides::ServiceFlag {
    text.parse().unwrap()
}

#[test]
fn flags_alone_make_a_blueprint() {
    let overrides = Overrides {
        packs: Vec::new(),
        answers: Vec::new(),
        name: Some("shop".to_owned()),
        description: Some("A shop".to_owned()),
        services: vec![
            service_flag("edge:gateway:express"),
            service_flag("mood:inference"),
            service_flag("log:analytics:flask"),
        ],
        via: vec!["rest".parse().unwrap(), "log=grpc".parse().unwrap()],
        choices: choices(&[
            ("realtime", &["sse"]),
            ("auth", &["jwt"]),
            ("backplane", &["redis"]),
            ("console", &["none"]),
        ]),
        store: Some("postgres".to_owned()),
        targets: Some(vec!["kubernetes".to_owned(), "compose".to_owned()]),
    };
    let blueprint = with_flags(None, &overrides).unwrap();
    assert_eq!(
        blueprint.services.keys().collect::<Vec<_>>(),
        ["edge", "mood", "log"]
    );
    assert_eq!(blueprint.services["edge"].framework, "express");
    assert_eq!(blueprint.services["edge"].role, Role::Gateway);
    assert_eq!(blueprint.services["edge"].choices, overrides.choices);
    assert!(
        matches!(&blueprint.services["log"].role, Role::Python { store, .. } if store == "postgres")
    );
    assert!(
        matches!(&blueprint.services["mood"].role, Role::Python { store, .. } if store.is_empty())
    );
    assert_eq!(
        blueprint
            .links
            .iter()
            .map(|link| link.via.as_str())
            .collect::<Vec<_>>(),
        ["rest", "grpc"]
    );
    assert_eq!(blueprint.targets, ["kubernetes", "compose"]);
    assert_eq!(blueprint.description, "A shop");
}

#[test]
fn flags_win_over_the_page_and_leave_the_rest() {
    let text = "name: shop\nservices:\n  trends: { kind: analytics, description: Kept, store: postgres }\nlinks: [{ to: trends, via: grpc }]\n";
    let overrides = Overrides {
        name: Some("other".to_owned()),
        services: vec![service_flag("trends:analytics:flask")],
        via: vec!["rest".parse().unwrap()],
        ..Overrides::default()
    };
    let blueprint = with_flags(Some(text), &overrides).unwrap();
    assert_eq!(blueprint.name, "other");
    let trends = &blueprint.services["trends"];
    assert_eq!(
        (trends.framework.as_str(), trends.description.as_str()),
        ("flask", "Kept")
    );
    assert!(matches!(&trends.role, Role::Python { store, .. } if store == "postgres"));
    assert_eq!(blueprint.links[0].via, "rest");
}

#[test]
fn another_kind_drops_what_belonged_to_the_old_one() {
    let text = "name: shop\nservices: { eye: { kind: analytics, store: postgres }, ear: { kind: inference } }\n";
    let overrides = Overrides {
        services: vec![service_flag("eye:inference")],
        ..Overrides::default()
    };
    let blueprint = with_flags(Some(text), &overrides).unwrap();
    assert!(
        matches!(&blueprint.services["eye"].role, Role::Python { kind, store, .. } if kind == "inference" && store.is_empty())
    );
}

#[test]
fn a_mistake_in_a_flag_is_placed_at_the_flag() {
    let overrides = Overrides {
        name: Some("Shop".to_owned()),
        services: vec![service_flag("mood:inferense")],
        via: vec!["mod=grpc".parse().unwrap(), "soap".parse().unwrap()],
        targets: Some(vec!["composer".to_owned()]),
        ..Overrides::default()
    };
    let errors = with_flags(None, &overrides).unwrap_err();
    assert!(
        errors
            .findings
            .iter()
            .all(|finding| matches!(finding.place, Place::Flag(_))),
        "{errors}"
    );
    let mut lines = lines(errors);
    lines.sort();
    assert_eq!(
        lines,
        [
            "--service: unknown kind `inferense` (did you mean `inference`?)",
            "--target: unknown target `composer` (did you mean `compose`?)",
            "--via: no link leads to a service `mod` (did you mean `mood`?)",
            "--via: unknown transport `soap` (known: `grpc`, `rest`)",
            "NAME: `Shop` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first",
        ]
    );
}

#[test]
fn without_a_name_the_name_is_asked_for() {
    let errors = with_flags(None, &Overrides::default()).unwrap_err();
    assert_eq!(lines(errors), ["NAME: a blueprint needs the key `name`"]);
}

#[test]
fn the_way_of_one_link_comes_before_those_of_its_service_and_of_all() {
    let text = "name: shop\nservices:\n  edge: { kind: gateway }\n  back: { kind: gateway }\n  eye: { kind: inference }\n  log: { kind: analytics }\n";
    let via = |flags: &[&str]| {
        let overrides = Overrides {
            via: flags.iter().map(|flag| flag.parse().unwrap()).collect(),
            ..Overrides::default()
        };
        with_flags(Some(text), &overrides)
    };
    let blueprint = via(&["back:eye=grpc", "eye=rest", "grpc"]).unwrap();
    let links: Vec<String> = blueprint
        .links
        .iter()
        .map(|link| format!("{}:{}={}", link.from, link.to, link.via))
        .collect();
    assert_eq!(
        links,
        [
            "edge:eye=rest",
            "edge:log=grpc",
            "back:eye=grpc",
            "back:log=grpc"
        ]
    );
    assert_eq!(
        lines(via(&["bark:eye=grpc"]).unwrap_err()),
        ["--via: no link leads from `bark` to a service `eye` (did you mean `back:eye`?)"]
    );
}

#[test]
fn a_link_without_from_is_that_of_the_only_gateway() {
    let text = "name: shop\nservices:\n  edge: { kind: gateway }\n  eye: { kind: inference }\nlinks: [{ to: eye }]\n";
    let overrides = Overrides {
        via: vec!["edge:eye=grpc".parse().unwrap()],
        ..Overrides::default()
    };
    assert_eq!(
        with_flags(Some(text), &overrides).unwrap().links[0].via,
        "grpc"
    );
}
