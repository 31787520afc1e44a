//! `hybridge explain`, as people use it.

mod support;

use std::fs;
use std::path::Path;

use support::packs::{folder, new_with_pack, write};
use support::{assert_says, fails, root, run};

/// A project with the pack of `examples/packs`, at `shop/`.
fn acme_shop(folder: &Path) {
    let pack = root().join("examples/packs/acme").display().to_string();
    let answers = ["--service", "pricing:pricing", "--set", "team=payments"];
    run(folder, &new_with_pack("shop", &pack, &answers));
}

#[test]
fn a_file_is_explained() {
    let folder = folder();
    acme_shop(folder.path());
    let shop = folder.path().join("shop");
    let said = run(&shop, &["explain", "services/pricing/Dockerfile"]);
    assert_says(
        &said,
        &[
            "module       runtime/python",
            "template     templates/runtime/python/service/Dockerfile.hbs (hybridge)",
            "templates/blocks/python-image-runtime.hbs (pack acme 1.0.0)",
            "packs.acme.team = \"payments\"",
            "images.python = \"registry.acme.example/base/python:3.14-slim\"",
            "owner        managed",
            "on disk      as hybridge wrote it",
        ],
    );
    let said = run(&shop, &["explain", ".env.example"]);
    assert!(
        said.contains(
            "templates/runtime/python/module.yaml (pack acme 1.0.0): env: LOG_FORMAT, ACME_REGION"
        ),
        "{said}"
    );
    let said = run(
        &shop,
        &[
            "explain",
            "./services/pricing/src/pricing/handlers/quote.py",
        ],
    );
    assert!(
        said.contains("(pack acme 1.0.0)") && said.contains("owner        seeded"),
        "{said}"
    );
    assert!(
        said.contains("templates/blocks/source-header.hbs (pack acme 1.0.0)"),
        "{said}"
    );

    fs::write(shop.join(".env.example"), "mine").unwrap();
    assert!(run(&shop, &["explain", ".env.example"]).contains("on disk      changed or gone"));
    assert!(!run(&shop, &["explain", ".env.example", "--dry-run"]).contains("on disk"));
    assert!(
        fails(&shop, &["explain", "services/pricing/Dockerfil"])
            .contains("did you mean `services/pricing/Dockerfile`?")
    );
}

#[test]
fn a_file_is_explained_that_no_template_makes() {
    let folder = folder();
    acme_shop(folder.path());
    let shop = folder.path().join("shop");
    for (file, made, on_disk) in [
        ("hybridge.yaml", "by `hybridge new`", false),
        (".hybridge/packs.json", "`hybridge pack lock`", true),
        (".hybridge/state.json", "to know later", false),
        ("services/pricing/uv.lock", "uv lock --quiet", false),
    ] {
        let said = run(&shop, &["explain", file]);
        assert!(
            said.contains("made         ") && said.contains(made),
            "{said}"
        );
        assert_eq!(said.contains("as hybridge wrote it"), on_disk, "{said}");
    }
    let said = run(&shop, &["explain", "package-lock.json", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["path"], "package-lock.json");
    assert!(
        json["made"].as_str().unwrap().contains("npm install"),
        "{said}"
    );

    write(
        &folder.path().join("own"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    let said = run(
        folder.path(),
        &["explain", "package-lock.json", "--dry-run", "--pack", "own"],
    );
    assert!(
        said.contains("by `make lock`: `.npmrc` is of pack `acme 1.0.0`"),
        "{said}"
    );
}

#[test]
fn a_file_of_a_system_that_is_only_planned_is_explained() {
    let folder = folder();
    let pack = root().join("examples/packs/acme").display().to_string();
    fn explain<'w>(more: &[&'w str]) -> Vec<&'w str> {
        [&["explain", "README.md", "--dry-run"], more].concat()
    }
    let said = run(folder.path(), &explain(&[]));
    assert!(
        said.contains("(hybridge)") && !said.contains("(pack "),
        "{said}"
    );
    let said = run(
        folder.path(),
        &explain(&["--pack", &pack, "--set", "team=payments"]),
    );
    assert_says(
        &said,
        &[
            "templates/blocks/readme-header.hbs (pack acme 1.0.0)",
            "packs.acme.team = \"payments\"",
            "system.name = \"my-system\"",
        ],
    );
    let wrong = explain(&["--pack", &pack, "--set", "teem=payments"]);
    assert!(fails(folder.path(), &wrong).contains("did you mean `team`?"));
    assert!(fails(folder.path(), &["explain", "README.md"]).contains("`hybridge.yaml` cannot be"));
    // Where there is a page, it is the one that is planned.
    fs::write(folder.path().join("hybridge.yaml"), "name: shop\n").unwrap();
    let said = run(folder.path(), &explain(&[]));
    assert!(said.contains("system.name = \"shop\""), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_was_replaced_is_told() {
    let folder = folder();
    let pack = write(
        &folder.path().join("acme"),
        &[("templates/base/files/biome.json", "{}\n")],
    );
    fs::write(
        folder.path().join("page.yaml"),
        format!(
            "name: shop\npacks: {{ acme: {{ from: {} }} }}\n",
            pack.display()
        ),
    )
    .unwrap();
    let said = run(
        folder.path(),
        &["explain", "biome.json", "--dry-run", "--from", "page.yaml"],
    );
    assert!(said.contains("template     templates/base/files/biome.json (pack acme 1.0.0)\nreplaced     the one of hybridge"), "{said}");
}

#[test]
fn the_whole_tree_is_explained() {
    let folder = folder();
    acme_shop(folder.path());
    let shop = folder.path().join("shop");
    let tree = run(&shop, &["explain", "--tree"]);
    let line = tree
        .lines()
        .find(|line| line.trim_start().starts_with("README.md "))
        .unwrap();
    assert!(
        line.contains(
            "base/files/README.md.hbs (hybridge) with blocks/readme-header.hbs (pack acme 1.0.0)"
        ),
        "{line}"
    );
    let all: serde_json::Value =
        serde_json::from_str(&run(&shop, &["explain", "--tree", "--json"])).unwrap();
    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(shop.join(".hybridge/state.json")).unwrap())
            .unwrap();
    // All but the lock, which no template makes; the blueprint is not remembered.
    assert_eq!(
        all.as_array().unwrap().len() + 1,
        state["files"].as_object().unwrap().len()
    );
}
