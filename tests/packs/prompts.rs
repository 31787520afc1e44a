//! What packs and their modules ask: answers from flags and from the page, and what depends on them.

use std::fs;

use crate::support::packs::{PACK, at_home, folder, new_shop, refused, render, text, write};
use crate::support::{assert_says, hybridge, stderr, stdout};

const ASKING: &str = "name: acme\nversion: 1.0.0\nhybridge: '*'\nprompts:\n  \
    team: { type: text, ask: Team, pattern: '[a-z]+' }\n  \
    tier: { type: choice, ask: Tier, choices: [gold, silver], default: silver }\n  \
    pager: { type: text, ask: Pager, pattern: '[0-9]{3}', when: { tier: gold } }\n  \
    ports: { type: number, ask: Ports, default: 2, minimum: 1, maximum: 9 }\n  \
    extras: { type: many, ask: Extras, choices: [a, b], default: [b] }\n  \
    loud: { type: confirm, ask: Loud }\n";

const ANSWERS: (&str, &str) = (
    "templates/base/files/answers.txt.hbs",
    "{{#with packs.acme}}{{team}} {{tier}} [{{pager}}] {{ports}} {{#each extras}}{{this}}{{/each}} {{loud}}{{/with}}",
);

#[test]
fn answers_come_from_flags_and_land_in_the_blueprint() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[("pack.yaml", ASKING), ANSWERS],
    );
    let set = |answers: &[&str]| {
        let flags = answers.iter().flat_map(|it| ["--set", it]);
        new_shop(folder.path(), "acme", &flags.collect::<Vec<_>>())
    };
    let output = set(&[
        "team=pay",
        "acme.tier=gold",
        "pager=123",
        "ports=3",
        "extras=a,b",
        "loud=yes",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let read = |path: &str| fs::read_to_string(folder.path().join("shop").join(path)).unwrap();
    assert_eq!(read("answers.txt"), "pay gold [123] 3 ab true");
    let with = "    with:\n      extras: [a, b]\n      loud: true\n      pager: \"123\"\n      ports: 3\n      team: pay\n      tier: gold\n";
    assert!(
        read("hybridge.yaml").contains(with),
        "{}",
        read("hybridge.yaml")
    );
    assert!(
        hybridge(&folder.path().join("shop"), &["check"])
            .status
            .success()
    );

    for (answers, reason) in [
        (&["team=X"][..], "`X` does not look like `[a-z]+`"),
        (
            &["team=pay", "tier=bronze"],
            "is not one of `gold`, `silver`",
        ),
        (&["team=pay", "ports=12"], "is more than 9"),
        (&["team=pay", "ports=many"], "is not a number"),
        (&["team=pay", "teem=x"], "did you mean `team`?"),
        (&["team"], "write KEY=VALUE"),
        (&[], "needs the key `with`"),
        (
            &["tier=silver"],
            "the answers to pack `acme` needs the key `team`",
        ),
        (
            &["team=pay", "tier=gold"],
            "the answers to pack `acme` needs the key `pager`",
        ),
    ] {
        let output = set(answers);
        assert_eq!(output.status.code(), Some(1), "{answers:?}");
        assert!(
            stderr(&output).contains(reason),
            "{answers:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn answers_on_a_page_are_checked_by_the_schema() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[("pack.yaml", ASKING), ANSWERS],
    );
    fs::write(
        folder.path().join("hybridge.yaml"),
        "name: shop\npacks:\n  acme:\n    from: acme\n    with:\n      team: Pay\n      tier: bronze\n      ports: 12\n      extra: [a]\n",
    )
    .unwrap();
    let output = at_home(folder.path(), &["check"]);
    let said = stderr(&output);
    assert_says(
        &said,
        &[
            "hybridge.yaml:6:13: `team` does not look like `[a-z]+`",
            "hybridge.yaml:7:13: unknown tier `bronze`",
            "hybridge.yaml:8:14: `ports` is more than 9",
            "hybridge.yaml:9:7: unknown key `extra` in the answers to pack `acme`",
        ],
    );
    let schema: serde_json::Value =
        serde_json::from_str(&stdout(&at_home(folder.path(), &["schema"]))).unwrap();
    let with = &schema["properties"]["packs"]["properties"]["acme"]["properties"]["with"];
    assert_eq!(with["required"], serde_json::json!(["team"]));
    assert_eq!(
        with["properties"]["tier"]["enum"],
        serde_json::json!(["gold", "silver"])
    );
    let validator = jsonschema::validator_for(&schema).unwrap();
    let page = |with: serde_json::Value| serde_json::json!({ "name": "shop", "packs": { "acme": { "from": "acme", "with": with } } });
    assert!(validator.is_valid(&page(serde_json::json!({ "team": "pay" }))));
    assert!(!validator.is_valid(&page(serde_json::json!({ "team": "pay", "tier": "gold" }))));
    assert!(validator.is_valid(&page(
        serde_json::json!({ "team": "pay", "tier": "gold", "pager": "123" })
    )));
    assert!(!validator.is_valid(&page(serde_json::json!({ "team": "P" }))));
}

#[test]
fn files_can_depend_on_answers() {
    let folder = folder();
    let page = format!(
        "{ASKING}remove:\n  - {{ path: base/files/answers.txt.hbs, when: {{ tier: [gold] }} }}\n"
    );
    let pack = write(
        &folder.path().join("acme"),
        &[("pack.yaml", &page), ANSWERS],
    );
    let with = |tier: &str| {
        let page = format!(
            "name: shop\npacks: {{ acme: {{ from: {}, with: {{ team: a, pager: \"123\", tier: {tier} }} }} }}\n",
            pack.display()
        );
        render(&page, &[&pack]).unwrap()
    };
    assert!(with("silver").contains_key("answers.txt"));
    assert!(!with("gold").contains_key("answers.txt"));
}

#[test]
fn what_a_module_asks_has_a_default_and_a_flag() {
    let folder = folder();
    let module = "label: Pricing\nhelp: Quotes\nservice: pricing\nprompts:\n  currency: { type: choice, ask: Currency, choices: [EUR, USD] }\n";
    let files = [
        ("templates/kind/pricing/module.yaml", module),
        ("templates/kind/pricing/contract.yaml", "operations: {}\n"),
        (
            "templates/base/files/currency.txt.hbs",
            "{{packs.acme.currency}}",
        ),
    ];
    let pack = write(&folder.path().join("acme"), &files);
    let tree = render("name: shop\n", &[&pack]).unwrap();
    assert_eq!(text(&tree, "currency.txt"), "EUR");
    let new = |answer: &str| new_shop(folder.path(), "acme", &["--set", answer]);
    assert!(stderr(&new("currency=GBP")).contains("is not one of `EUR`, `USD`"));
    assert!(new("currency=USD").status.success());
    let written = fs::read_to_string(folder.path().join("shop/currency.txt")).unwrap();
    assert_eq!(written, "USD");
    let schema = stdout(&at_home(&folder.path().join("shop"), &["schema"]));
    assert!(schema.contains("\"currency\""), "{schema}");

    let without = module.replace(
        "choice, ask: Currency, choices: [EUR, USD]",
        "text, ask: Currency, pattern: '[A-Z]{3}'",
    );
    let twice = format!("{PACK}prompts: {{ currency: {{ type: text, ask: Currency }} }}\n");
    for (page, module, reason) in [
        (
            PACK,
            without.as_str(),
            "templates/kind/pricing/module.yaml:4:1: `currency` has no default",
        ),
        (
            &twice,
            module,
            "templates/kind/pricing/module.yaml:4:1: `currency` is asked twice",
        ),
    ] {
        let error = refused(&[
            ("pack.yaml", page),
            ("templates/kind/pricing/module.yaml", module),
            files[1],
        ]);
        assert!(error.contains(reason), "{error}");
    }
}
