//! `hybridge explain`, as people use it.

mod support;

use std::fs;

use snapbox::str;
use support::packs::{new_with_pack, write};
use support::root;
use support::scratch::Scratch;

/// A project with the pack of `examples/packs`, at `shop/`.
fn acme_shop() -> Scratch {
    let scratch = Scratch::new();
    let pack = acme();
    let answers = ["--service", "pricing:pricing", "--set", "team=payments"];
    let new = new_with_pack("shop", &pack, &answers);
    scratch.run(&new).success();
    scratch
}

fn acme() -> String {
    root().join("examples/packs/acme").display().to_string()
}

#[test]
fn a_file_is_explained() {
    let scratch = acme_shop();
    let explain = |words: &[&str]| scratch.run_in("shop", &[&["explain"], words].concat());
    explain(&["services/pricing/Dockerfile"])
        .success()
        .stdout_eq(str![])
        .stderr_eq(str![]);
    explain(&[".env.example"]).success().stdout_eq(str![]);
    explain(&["./services/pricing/src/pricing/handlers/quote.py"])
        .success()
        .stdout_eq(str![]);
    scratch.write("shop/.editorconfig", "mine");
    explain(&[".editorconfig"]).success().stdout_eq(str![]);
    explain(&[".editorconfig", "--dry-run"])
        .success()
        .stdout_eq(str![]);
    explain(&["services/pricing/Dockerfil"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![]);
}

#[test]
fn a_file_is_explained_that_no_template_makes() {
    let scratch = acme_shop();
    let explain = |words: &[&str]| scratch.run_in("shop", &[&["explain"], words].concat());
    explain(&["hybridge.yaml"]).success().stdout_eq(str![]);
    explain(&[".hybridge/packs.json"])
        .success()
        .stdout_eq(str![]);
    explain(&[".hybridge/state.json"])
        .success()
        .stdout_eq(str![]);
    explain(&["services/pricing/uv.lock"])
        .success()
        .stdout_eq(str![]);
    explain(&["package-lock.json", "--json"])
        .success()
        .stdout_eq(str![]);

    write(
        &scratch.path().join("own"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    scratch
        .run(&["explain", "package-lock.json", "--dry-run", "--pack", "own"])
        .success()
        .stdout_eq(str![]);
}

#[test]
fn a_file_of_a_system_that_is_only_planned_is_explained() {
    let scratch = Scratch::new();
    let pack = acme();
    let explain = |more: &[&str]| {
        let words = ["explain", "README.md", "--dry-run"];
        scratch.run(&[&words, more].concat())
    };
    explain(&[]).success().stdout_eq(str![]);
    explain(&["--pack", &pack, "--set", "team=payments"])
        .success()
        .stdout_eq(str![]);
    explain(&["--pack", &pack, "--set", "teem=payments"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![]);
    scratch
        .run(&["explain", "README.md"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![]);
    // Where there is a page, it is the one that is planned.
    scratch.write("hybridge.yaml", "name: shop\n");
    explain(&[]).success().stdout_eq(str![]);
    assert_eq!(scratch.files().len(), 1);
}

#[test]
fn what_was_replaced_is_told() {
    let scratch = Scratch::new();
    let pack = write(
        &scratch.path().join("acme"),
        &[("templates/base/files/biome.json", "{}\n")],
    );
    let page = format!(
        "name: shop\npacks: {{ acme: {{ from: {} }} }}\n",
        pack.display()
    );
    scratch.write("page.yaml", &page);
    scratch
        .run(&["explain", "biome.json", "--dry-run", "--from", "page.yaml"])
        .success()
        .stdout_eq(str![]);
}

#[test]
fn the_whole_tree_is_explained() {
    let scratch = acme_shop();
    // Further lines come and go with the templates.
    scratch
        .run_in("shop", &["explain", "--tree"])
        .success()
        .stdout_eq(str![[r#"
Files:
...
  README.md [..] base/files/README.md.hbs (hybridge) with blocks/readme-header.hbs (pack acme 1.0.0)[..]
...

"#]]);
    let all = scratch.run_in("shop", &["explain", "--tree", "--json"]);
    let all = &all.success().get_output().stdout.clone();
    let all: serde_json::Value = serde_json::from_slice(all).unwrap();
    let state = fs::read(scratch.path().join("shop/.hybridge/state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    // All but the lock, which no template makes; the blueprint is not remembered.
    assert_eq!(
        all.as_array().unwrap().len() + 1,
        state["files"].as_object().unwrap().len()
    );
}
