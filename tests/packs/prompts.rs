//! What packs and their modules ask: answers from flags and from the page, and what depends on them.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{PACK, at_home, folder, new_shop, refused, render, text, write};
use crate::support::{hybridge, stdout};

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
    set(&[
        "team=pay",
        "acme.tier=gold",
        "pager=123",
        "ports=3",
        "extras=a,b",
        "loud=yes",
    ])
    .success();
    let read = |path: &str| fs::read_to_string(folder.path().join("shop").join(path)).unwrap();
    assert_eq!(read("answers.txt"), "pay gold [123] 3 ab true");
    assert_data_eq!(
        read("hybridge.yaml"),
        str![[r#"
...
    with:
      extras: [a, b]
      loud: true
      pager: "123"
      ports: 3
      team: pay
      tier: gold
...
"#]]
    );
    assert!(
        hybridge(&folder.path().join("shop"), &["check"])
            .status
            .success()
    );

    for (answers, reason) in [
        (
            &["team=X"][..],
            str![[r#"
error: `team=X` is not a value of `--set`: `X` does not look like `[a-z]+`

"#]],
        ),
        (
            &["team=pay", "tier=bronze"],
            str![[r#"
error: `tier=bronze` is not a value of `--set`: `bronze` is not one of `gold`, `silver`

"#]],
        ),
        (
            &["team=pay", "ports=12"],
            str![[r#"
error: `ports=12` is not a value of `--set`: `12` is more than 9

"#]],
        ),
        (
            &["team=pay", "ports=many"],
            str![[r#"
error: `ports=many` is not a value of `--set`: `many` is not a number

"#]],
        ),
        (
            &["team=pay", "teem=x"],
            str![[r#"
error: `teem=x` is not a value of `--set`: no active pack asks `teem`; did you mean `team`?

"#]],
        ),
        (
            &["team"],
            str![[r#"
error: `team` is not a value of `--set`: write KEY=VALUE, as in `team=payments`

"#]],
        ),
        (
            &[],
            str![[r#"
error: --pack: pack `acme` needs the key `with`

"#]],
        ),
        (
            &["tier=silver"],
            str![[r#"
error: --set: `with` of pack `acme` needs the key `team`

"#]],
        ),
        (
            &["team=pay", "tier=gold"],
            str![[r#"
error: --set: `with` of pack `acme` needs the key `pager`

"#]],
        ),
    ] {
        set(answers).code(1).stdout_eq("").stderr_eq(reason);
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
    at_home(folder.path(), &["check"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: hybridge.yaml:6:13: `team` does not look like `[a-z]+`
  |
6 |       team: Pay
  |             ^^^
error: hybridge.yaml:7:13: unknown tier `bronze`
  |
7 |       tier: bronze
  |             ^^^^^^
hint: known: `gold`, `silver`
error: hybridge.yaml:8:14: `ports` is more than 9
  |
8 |       ports: 12
  |              ^^
error: hybridge.yaml:9:7: unknown key `extra` in `with` of pack `acme`
  |
9 |       extra: [a]
  |       ^^^^^
hint: did you mean `extras`?
4 errors

"#]]);
    let schema = at_home(folder.path(), &["schema"]).success();
    let schema: serde_json::Value = serde_json::from_str(&stdout(schema.get_output())).unwrap();
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
    new("currency=GBP")
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `currency=GBP` is not a value of `--set`: `GBP` is not one of `EUR`, `USD`

"#]]);
    new("currency=USD").success();
    let written = fs::read_to_string(folder.path().join("shop/currency.txt")).unwrap();
    assert_eq!(written, "USD");
    let schema = at_home(&folder.path().join("shop"), &["schema"]).success();
    let schema: serde_json::Value = serde_json::from_str(&stdout(schema.get_output())).unwrap();
    let with = &schema["properties"]["packs"]["properties"]["acme"]["properties"]["with"];
    assert_eq!(
        with["properties"]["currency"]["enum"],
        serde_json::json!(["EUR", "USD"])
    );

    let without = module.replace(
        "choice, ask: Currency, choices: [EUR, USD]",
        "text, ask: Currency, pattern: '[A-Z]{3}'",
    );
    let twice = format!("{PACK}prompts: {{ currency: {{ type: text, ask: Currency }} }}\n");
    for (page, module, reason) in [
        (
            PACK,
            without.as_str(),
            str![[r#"
pack `acme 1.0.0`: templates/kind/pricing/module.yaml:4:1: `currency` has no default, which holds where the module is not chosen
  |
4 | prompts:
  | ^^^^^^^
"#]],
        ),
        (
            &twice,
            module,
            str![[r#"
pack `acme 1.0.0`: templates/kind/pricing/module.yaml:4:1: `currency` is asked twice
  |
4 | prompts:
  | ^^^^^^^
"#]],
        ),
    ] {
        let error = refused(&[
            ("pack.yaml", page),
            ("templates/kind/pricing/module.yaml", module),
            files[1],
        ]);
        assert_data_eq!(error, reason);
    }
}
