//! What packs do: replace, add, merge, remove, ask; and where they come from.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::packs::{PACK, git, in_force, refused, render, text, write};
use support::{command, hybridge, stderr, stdout};
use tempfile::TempDir;

const PAGE: &str = "name: shop\n";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs hybridge with the user's folders inside of `home`.
fn at_home(home: &Path, arguments: &[&str]) -> Output {
    let mut command = command(home, arguments);
    for name in ["CONFIG", "CACHE", "DATA"] {
        command.env(format!("XDG_{name}_HOME"), home.join(name));
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("the binary starts")
}

#[test]
fn a_file_replaces_a_folder_adds_and_a_list_removes() {
    let folder = folder();
    let pack = write(
        &folder.path().join("acme"),
        &[
            (
                "pack.yaml",
                &format!(
                    "{PACK}remove: [\"base/files/_editorconfig\", \"deploy/compose/files/**/README.md.hbs\"]\n"
                ),
            ),
            ("templates/base/files/biome.json", "{}\n"),
            (
                "templates/base/files/docs/house.md.hbs",
                "# {{system.name}} at {{packs.acme}}\n",
            ),
            (
                "templates/auth/badge/module.yaml",
                "label: Badge\nhelp: By badge\n",
            ),
            ("templates/auth/badge/files/src/auth.ts", "export {};\n"),
        ],
    );
    let tree = render(
        "name: shop\nservices: { gateway: { kind: gateway, auth: badge }, w: { kind: worker } }\n",
        &[&pack],
    )
    .unwrap();
    assert_eq!(text(&tree, "biome.json"), "{}\n");
    assert!(text(&tree, "docs/house.md").starts_with("# shop"));
    assert_eq!(text(&tree, "services/gateway/src/auth.ts"), "export {};\n");
    assert!(!tree.contains_key(".editorconfig") && !tree.contains_key("deploy/compose/README.md"));
    assert_eq!(tree["biome.json"].pack.as_deref(), Some("acme"));
    assert_eq!(tree["tsconfig.json"].pack, None);
}

#[test]
fn module_yaml_and_versions_are_merged() {
    let folder = folder();
    let pack = write(
        &folder.path().join("acme"),
        &[
            (
                "templates/versions.yaml",
                "images: { python: acme/python:1 }\npypi: { acme-log: \"2.1.0\" }\n",
            ),
            (
                "templates/port/python/module.yaml",
                "python: { dependencies: [acme-log] }\nenv:\n  - { name: LOG_LEVEL, default: DEBUG, help: Ours }\n",
            ),
        ],
    );
    let tree = render("name: shop\nservices: { w: { kind: worker } }\n", &[&pack]).unwrap();
    let project = text(&tree, "services/w/pyproject.toml");
    assert!(
        project.contains("\"acme-log>=2.1.0,<3\"") && project.contains("\"pydantic>="),
        "{project}"
    );
    assert!(text(&tree, "services/w/Dockerfile").contains("FROM acme/python:1 AS dependencies"));
    assert!(text(&tree, "services/gateway/Dockerfile").contains("FROM node:"));
    assert!(text(&tree, ".env.example").contains("W_LOG_LEVEL=DEBUG"));
}

#[test]
fn packs_stack_in_the_order_in_which_they_are_named() {
    let folder = folder();
    let one = write(
        &folder.path().join("one"),
        &[
            ("pack.yaml", "name: one\nversion: 1.0.0\nhybridge: '*'\n"),
            ("templates/base/files/who.txt", "one"),
            ("templates/base/files/only.txt", "one"),
        ],
    );
    let two = write(
        &folder.path().join("two"),
        &[
            ("pack.yaml", "name: two\nversion: 1.0.0\nhybridge: '*'\n"),
            ("templates/base/files/who.txt", "two"),
        ],
    );
    assert_eq!(
        text(&render(PAGE, &[&one, &two]).unwrap(), "who.txt"),
        "two"
    );
    let tree = render(PAGE, &[&two, &one]).unwrap();
    assert_eq!(
        (text(&tree, "who.txt"), text(&tree, "only.txt")),
        ("one", "one")
    );
    // The page's order holds, and the command line stands above it.
    fs::write(
        folder.path().join("page.yaml"),
        "name: shop\npacks:\n  two: { from: two }\n  one: { from: ./one }\n",
    )
    .unwrap();
    let new = |more: &[&str], into: &str| {
        let output = at_home(
            folder.path(),
            &[
                &[
                    "new",
                    "--from",
                    "page.yaml",
                    "--no-lock",
                    "--no-git",
                    "--into",
                    into,
                ],
                more,
            ]
            .concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        fs::read_to_string(folder.path().join(into).join("who.txt")).unwrap()
    };
    assert_eq!(new(&[], "a"), "one");
    assert_eq!(new(&["--pack", "two"], "b"), "two");
    // Those of the configuration stand below; the project names all of them, as seen from itself.
    assert!(
        at_home(folder.path(), &["config", "--add-pack", "two"])
            .status
            .success()
    );
    assert_eq!(new(&[], "c"), "one");
    let page = fs::read_to_string(folder.path().join("c/hybridge.yaml")).unwrap();
    assert!(
        page.contains("packs:\n  two:\n    from: \"../two\"\n  one:\n    from: \"../one\"\n"),
        "{page}"
    );
    let output = hybridge(&folder.path().join("c"), &["check"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn blocks_and_partials_are_replaced_singly() {
    let folder = folder();
    let pack = write(
        &folder.path().join("acme"),
        &[
            (
                "templates/blocks/python-image-build.hbs",
                "RUN install-certificates # {{service.name}}\n",
            ),
            (
                "templates/partials/oci-labels.hbs",
                "LABEL vendor=\"Acme\"\n",
            ),
            (
                "templates/blocks/source-header.hbs",
                "Copyright Acme.\n\n{{system.name}}\n",
            ),
        ],
    );
    let tree = render("name: shop\nservices: { w: { kind: worker } }\n", &[&pack]).unwrap();
    let file = text(&tree, "services/w/Dockerfile");
    assert!(
        file.contains("AS dependencies\nRUN install-certificates # w\nCOPY --from=uv"),
        "{file}"
    );
    assert!(file.contains("LABEL vendor=\"Acme\"\n") && !file.contains("org.opencontainers"));
    let head = "Copyright Acme.\n#\n# shop\n\n";
    let with_head = tree.iter().filter(|(path, _)| path.ends_with(".py"));
    for (path, file) in with_head.filter(|(_, file)| !file.bytes.is_empty()) {
        assert!(
            file.bytes.starts_with(format!("# {head}").as_bytes()),
            "{path}"
        );
    }
    for path in tree.keys().filter(|path| path.ends_with(".ts")) {
        assert!(
            text(&tree, path).starts_with("// Copyright Acme.\n//\n// shop\n\n"),
            "{path}"
        );
    }
    assert!(!text(&tree, "README.md").contains("Copyright"));
}

#[test]
fn a_block_may_keep_what_was_there() {
    let folder = folder();
    let lower = write(
        &folder.path().join("one"),
        &[
            ("pack.yaml", "name: one\nversion: 1.0.0\nhybridge: '*'\n"),
            (
                "templates/base/files/a.txt.hbs",
                "{{#block \"words\"}}\ndefault of {{system.name}}\n{{/block}}\nend\n",
            ),
        ],
    );
    let upper = write(
        &folder.path().join("two"),
        &[
            ("pack.yaml", "name: two\nversion: 1.0.0\nhybridge: '*'\n"),
            ("templates/blocks/words.hbs", "before\n{{default}}\nafter\n"),
        ],
    );
    assert_eq!(
        text(&render(PAGE, &[&lower]).unwrap(), "a.txt"),
        "default of shop\nend\n"
    );
    assert_eq!(
        text(&render(PAGE, &[&lower, &upper]).unwrap(), "a.txt"),
        "before\ndefault of shop\nafter\nend\n"
    );
}

#[test]
fn errors_name_pack_file_line_and_column_and_show_the_line() {
    let error = refused(&[(
        "templates/base/files/a.txt.hbs",
        "one\ntwo {{sytem.name}}\n",
    )]);
    assert_eq!(
        error,
        "pack `acme 1.0.0`: templates/base/files/a.txt.hbs:2:5: there is no variable `sytem.name` here\n 2 | two {{sytem.name}}\n   |     ^"
    );
    let error = refused(&[("templates/blocks/readme-header.hbs", "{{#if x}}\n")]);
    assert!(
        error.starts_with("pack `acme 1.0.0`: templates/blocks/readme-header.hbs:"),
        "{error}"
    );
    let error = refused(&[("templates/base/files/a.txt.hbs", "{{shout system.name}}\n")]);
    assert!(
        error.contains("a.txt.hbs:1:1: there is no helper `shout`"),
        "{error}"
    );
    let error = refused(&[("templates/auth/x/module.yaml", "label: X\nhepl: Y\n")]);
    assert!(
        error.contains("templates/auth/x/module.yaml:2:1: unknown field `hepl`")
            && error.contains(" 2 | hepl: Y"),
        "{error}"
    );
    let error = refused(&[(
        "templates/port/python/module.yaml",
        "python: { dependencies: [nowhere] }\n",
    )]);
    assert!(
        error.contains("`pypi` has no version of `nowhere`"),
        "{error}"
    );
    let error = refused(&[
        ("templates/kind/x/module.yaml", "label: X\nhelp: Y\n"),
        (
            "templates/kind/x/contract.yaml",
            "operations:\n  a: { input: { b: strng } }\n",
        ),
    ]);
    assert!(
        error.contains("templates/kind/x/contract.yaml:2:20: unknown type `strng`"),
        "{error}"
    );
    let error = refused(&[("pack.yaml", "name: Acme\nversion: 1.0.0\nhybridge: '*'\n")]);
    assert!(
        error.contains("pack.yaml:1:1: `Acme` is not a pack's name"),
        "{error}"
    );
}

#[test]
fn a_pack_for_another_hybridge_is_told_which() {
    let fits = |requirement: &str| {
        refused(&[(
            "pack.yaml",
            &format!("name: acme\nversion: 2.0.0\nhybridge: \"{requirement}\"\nlater: 1\n"),
        )])
    };
    let have = env!("CARGO_PKG_VERSION");
    assert_eq!(
        fits(">=9.0"),
        format!("pack `acme 2.0.0` is for hybridge `>=9.0`, and this is {have}")
    );
    assert_eq!(
        fits("<0.1"),
        format!("pack `acme 2.0.0` is for hybridge `<0.1`, and this is {have}")
    );
    assert!(fits("soon").contains("is not a version requirement"));
    // One that fits is read strictly.
    assert!(fits("*").contains("unknown field `later`"));
}

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
        let arguments: Vec<&str> = [
            "new",
            "shop",
            "--yes",
            "--no-lock",
            "--no-git",
            "--pack",
            "acme",
        ]
        .into_iter()
        .chain(flags)
        .collect();
        at_home(folder.path(), &arguments)
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
    for line in [
        "hybridge.yaml:6:13: `team` does not look like `[a-z]+`",
        "hybridge.yaml:7:13: unknown tier `bronze`",
        "hybridge.yaml:8:14: `ports` is more than 9",
        "hybridge.yaml:9:7: unknown key `extra` in the answers to pack `acme`",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
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

/// A repository with the pack at tag `v1`, and its URL.
fn repository(folder: &Path, files: &[(&str, &str)]) -> String {
    let pack = write(&folder.join("origin"), files);
    git(&pack, &["init", "--quiet"]);
    git(&pack, &["add", "--all"]);
    git(&pack, &["commit", "--quiet", "--message", "one"]);
    git(&pack, &["tag", "--annotate", "--message", "one", "v1"]);
    format!("file://{}", pack.display())
}

#[test]
fn a_pack_from_git_is_locked_cached_and_checked() {
    let folder = folder();
    let home = folder.path();
    let url = repository(home, &[("templates/base/files/house.txt", "one")]);
    let from = format!("{url}#v1");
    let output = at_home(
        home,
        &[
            "new",
            "shop",
            "--yes",
            "--no-lock",
            "--no-git",
            "--pack",
            &from,
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let commit = git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let lock = home.join("shop/.hybridge/packs.json");
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(
        locked.contains(&commit) && locked.contains(&from),
        "{locked}"
    );

    // Offline, from the cache; the tag may even have moved.
    fs::write(home.join("origin/templates/base/files/house.txt"), "two").unwrap();
    git(
        &home.join("origin"),
        &["commit", "--quiet", "--all", "--message", "two"],
    );
    git(
        &home.join("origin"),
        &["tag", "--force", "--annotate", "--message", "two", "v1"],
    );
    fs::rename(home.join("origin"), home.join("away")).unwrap();
    let check = || at_home(home, &["check", "shop/hybridge.yaml"]);
    assert!(check().status.success(), "{}", stderr(&check()));
    let output = at_home(
        home,
        &[
            "new",
            "other",
            "--yes",
            "--no-lock",
            "--no-git",
            "--pack",
            &from,
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(home.join("other/house.txt")).unwrap(),
        "one"
    );

    // What is not what was locked is told.
    fs::write(&lock, locked.replace("\"sha256\": \"", "\"sha256\": \"0")).unwrap();
    let said = stderr(&check());
    assert!(
        said.contains("is not what this project was made with"),
        "{said}"
    );
    fs::write(&lock, &locked).unwrap();
    fs::remove_dir_all(home.join("CACHE")).unwrap();
    assert!(
        stderr(&check()).contains("there is no pack at"),
        "{}",
        stderr(&check())
    );
    // The locked commit is fetched again, not the moved tag.
    fs::rename(home.join("away"), home.join("origin")).unwrap();
    assert!(check().status.success(), "{}", stderr(&check()));

    // Another place on the page is not what is locked, which is told until it is locked in its turn.
    git(&home.join("origin"), &["tag", "v2"]);
    let page = home.join("shop/hybridge.yaml");
    let changed = fs::read_to_string(&page).unwrap().replace("#v1", "#v2");
    fs::write(&page, changed).unwrap();
    let said = stderr(&check());
    assert!(
        check().status.success() && said.contains("`hybridge pack lock` records it"),
        "{said}"
    );
    let output = at_home(home, &["pack", "lock", "shop/hybridge.yaml"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let second = git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(
        locked.contains(&second) && locked.contains("#v2") && !locked.contains(&commit),
        "{locked}"
    );
    let said = stderr(&check());
    assert!(
        check().status.success() && !said.contains("pack lock"),
        "{said}"
    );
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
    let new = |answer: &str| {
        at_home(
            folder.path(),
            &[
                "new",
                "shop",
                "--yes",
                "--no-lock",
                "--no-git",
                "--pack",
                "acme",
                "--set",
                answer,
            ],
        )
    };
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

#[test]
fn a_git_url_needs_a_tag_or_commit_that_is_there() {
    let folder = folder();
    let url = repository(folder.path(), &[]);
    let list = |from: &str| stderr(&at_home(folder.path(), &["list", "--pack", from]));
    assert!(list(&url).contains("a git URL is followed by `#` and a tag or commit"));
    assert!(list(&format!("{url}#v9")).contains("it has no tag `v9`"));
    assert!(list(&format!("{url}#main")).contains("a branch moves"));
    let commit = git(&folder.path().join("origin"), &["rev-parse", "HEAD"]);
    assert_eq!(list(&format!("{url}#{commit}")), "");
    assert!(
        list(&format!(
            "{url}#{}",
            commit.replace(['0', '1', '2', '3'], "f")
        ))
        .contains("there is no pack")
    );
    assert!(list("ext::sh -c id").contains("there is no pack"));
}

#[cfg(unix)]
#[test]
fn links_in_a_repository_are_refused() {
    let folder = folder();
    let pack = write(
        &folder.path().join("origin"),
        &[("templates/base/files/a.txt", "a")],
    );
    std::os::unix::fs::symlink("/etc/passwd", pack.join("templates/base/files/b.txt")).unwrap();
    git(&pack, &["init", "--quiet"]);
    git(&pack, &["add", "--all"]);
    git(&pack, &["commit", "--quiet", "--message", "one"]);
    git(&pack, &["tag", "v1"]);
    let said = stderr(&at_home(
        folder.path(),
        &["list", "--pack", &format!("file://{}#v1", pack.display())],
    ));
    assert!(said.contains("is a link or a device"), "{said}");
}

#[test]
fn what_deserves_a_look_is_shown_once_for_each_content() {
    let folder = folder();
    let home = folder.path();
    let url = repository(
        home,
        &[
            (
                "templates/base/files/_github/workflows/ci.yaml",
                "on: push\n",
            ),
            ("templates/base/files/_npmrc", "a=b\n"),
            (
                "templates/versions.yaml",
                "images: { node: evil/node }\nactions: { checkout: evil/checkout@v1 }\n",
            ),
            ("templates/port/python/module.yaml", "executable: [run]\n"),
            ("templates/base/files/plain.txt", "x"),
        ],
    );
    let from = format!("{url}#v1");
    let new = |more: &[&str]| {
        at_home(
            home,
            &[
                &["new", "shop", "--yes", "--dry-run", "--pack", &from],
                more,
            ]
            .concat(),
        )
    };
    let said = stderr(&new(&[]));
    for line in [
        "templates/base/files/_github/workflows/ci.yaml  runs in CI",
        "templates/base/files/_npmrc  says where packages come from",
        "templates/versions.yaml  says what containers are made of",
        "templates/versions.yaml  runs in CI",
        "templates/port/python/module.yaml  can be run",
        "wants a look before it is used, and nobody is there to ask",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(!said.contains("plain.txt"));
    let flag = said
        .lines()
        .find_map(|line| line.split("`--trust ").nth(1))
        .unwrap()
        .trim_end_matches('`')
        .to_owned();
    assert_eq!(
        new(&["--trust", "acme@000000000000"]).status.code(),
        Some(1)
    );
    assert_eq!(new(&["--trust", "other"]).status.code(), Some(1));
    assert!(new(&["--trust", &flag]).status.success());
    // Remembered from now on, for this content only.
    let again = new(&[]);
    assert!(
        again.status.success() && stderr(&again).is_empty(),
        "{}",
        stderr(&again)
    );
    fs::write(home.join("origin/templates/base/files/_npmrc"), "a=c\n").unwrap();
    git(
        &home.join("origin"),
        &["commit", "--quiet", "--all", "--message", "two"],
    );
    git(&home.join("origin"), &["tag", "v2"]);
    let other = at_home(home, &["list", "--pack", &format!("{url}#v2")]);
    assert!(
        stderr(&other).contains("deserve a look"),
        "{}",
        stderr(&other)
    );
}

#[test]
fn a_folder_of_ones_own_is_not_asked_about() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    let output = at_home(folder.path(), &["list", "--pack", "acme"]);
    assert!(
        output.status.success() && stderr(&output).is_empty(),
        "{}",
        stderr(&output)
    );
    assert!(
        stdout(&output).contains("acme 1.0.0"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn the_name_on_the_page_is_the_name_of_the_pack() {
    let folder = folder();
    write(&folder.path().join("acme"), &[]);
    fs::write(
        folder.path().join("hybridge.yaml"),
        "name: shop\npacks: { acne: { from: acme } }\n",
    )
    .unwrap();
    let said = stderr(&at_home(folder.path(), &["check"]));
    assert!(
        said.contains("calls the pack at `acme` `acne`, and its `pack.yaml` calls it `acme`"),
        "{said}"
    );
    assert!(said.contains("hint: write `acme:` under `packs`"), "{said}");
    assert!(
        in_force(&[&folder.path().join("nowhere")])
            .unwrap_err()
            .to_string()
            .contains("there is no pack at")
    );
}
