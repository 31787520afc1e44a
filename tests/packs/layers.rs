//! What a pack replaces, adds, merges and removes, and in which order packs stack.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::PAGE;
use crate::support::packs::{PACK, at_home, folder, render, text, write};

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
            (
                "templates/auth/badge/package/src/auth/badge.ts",
                "export {};\n",
            ),
        ],
    );
    let tree = render(
        "name: shop\nservices: { gateway: { kind: gateway, auth: badge }, w: { kind: worker } }\n",
        &[&pack],
    )
    .unwrap();
    assert_eq!(text(&tree, "biome.json"), "{}\n");
    assert_eq!(text(&tree, "docs/house.md"), "# shop at [object]\n");
    assert_eq!(
        text(&tree, "packages/gateway-runtime/src/auth/badge.ts"),
        "export {};\n"
    );
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
                "templates/runtime/python/module.yaml",
                "python: { dependencies: [acme-log] }\nenv:\n  - { name: LOG_LEVEL, default: DEBUG, help: Ours }\n",
            ),
        ],
    );
    let tree = render("name: shop\nservices: { w: { kind: worker } }\n", &[&pack]).unwrap();
    assert_data_eq!(
        text(&tree, "services/w/pyproject.toml"),
        str![[r#"
...
dependencies = [
...
    "acme-log>=2.1.0,<3",
...
    "pydantic>=[..]",
...
]
...
"#]]
    );
    assert_data_eq!(
        text(&tree, "services/w/Dockerfile"),
        str![[r#"
...
FROM acme/python:1 AS dependencies
...
"#]]
    );
    assert_data_eq!(
        text(&tree, "services/gateway/Dockerfile"),
        str![[r#"
...
FROM node:[..]
...
"#]]
    );
    assert_data_eq!(
        text(&tree, ".env.example"),
        str![[r#"
...
[..]W_LOG_LEVEL=DEBUG[..]
...
"#]]
    );
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
        let words = ["new", "--from", "page.yaml", "--no-lock", "--no-git"];
        let words = [&words[..], &["--into", into], more].concat();
        at_home(folder.path(), &words).success();
        fs::read_to_string(folder.path().join(into).join("who.txt")).unwrap()
    };
    assert_eq!(new(&[], "a"), "one");
    assert_eq!(new(&["--pack", "two"], "b"), "two");
    // Those of the configuration stand below; the project names all of them, as seen from itself.
    at_home(folder.path(), &["config", "--add-pack", "two"]).success();
    assert_eq!(new(&[], "c"), "one");
    let page = fs::read_to_string(folder.path().join("c/hybridge.yaml")).unwrap();
    assert_data_eq!(
        page,
        str![[r#"
...
packs:
  two: { from: "../two" }
  one: { from: "../one" }
...
"#]]
    );
    at_home(&folder.path().join("c"), &["check"]).success();
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
    assert_data_eq!(
        file,
        str![[r#"
...
FROM [..] AS dependencies
RUN install-certificates # w
COPY --from=uv [..]
...
LABEL vendor="Acme"
...
"#]]
    );
    assert!(!file.contains("org.opencontainers"), "{file}");
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
