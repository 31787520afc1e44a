//! `hybridge pack`, `list` and `config`, as people use them.

mod support;

use std::fs;

use support::packs::{PACK, folder, write};
use support::{assert_says, fails, root, run, stderr, stdout};

#[test]
fn a_new_pack_works_and_its_test_passes() {
    let folder = folder();
    for name in ["house", "house-2-b"] {
        run(folder.path(), &["pack", "new", name]);
        run(folder.path(), &["pack", "check", name]);
        run(folder.path(), &["pack", "test", name]);
        run(
            folder.path(),
            &["new", "shop", "--yes", "--dry-run", "--pack", name],
        );
    }
    assert!(fails(folder.path(), &["pack", "new", "house"]).contains("is not empty"));
    assert!(fails(folder.path(), &["pack", "new", "My House"]).contains("is not a pack's name"));
}

#[test]
fn a_pack_test_shows_what_differs_until_it_is_recorded() {
    let folder = folder();
    run(folder.path(), &["pack", "new", "house"]);
    let house = folder.path().join("house");
    let page = house.join("templates/base/files/docs/house.md.hbs");
    fs::write(
        &page,
        fs::read_to_string(&page)
            .unwrap()
            .replace("owns it", "runs it"),
    )
    .unwrap();
    fs::write(house.join("templates/base/files/docs/more.md"), "more\n").unwrap();
    fs::remove_file(house.join("templates/blocks/readme-header.hbs")).unwrap();
    let said = fails(folder.path(), &["pack", "test", "house"]);
    assert_says(
        &said,
        &[
            "-Team payments owns it. It has these services:",
            "+Team payments runs it. It has these services:",
            "`docs/more.md` is written and not recorded",
            "`README.md` is recorded and not written any more",
            "error: pack test of `house`: 3 findings",
        ],
    );
    run(&house, &["pack", "test", "--record"]);
    run(&house, &["pack", "test"]);
    assert!(!house.join("tests/default/expected/README.md").exists());
}

/// What `hybridge pack check` finds in a pack of these files.
fn findings(files: &[(&str, &str)]) -> String {
    let folder = folder();
    write(&folder.path().join("acme"), files);
    fails(folder.path(), &["pack", "check", "acme"])
}

#[test]
fn a_check_tells_of_folders_beside_the_templates() {
    let said = findings(&[
        ("pack.yaml", PACK),
        ("kind/a.txt", ""),
        ("template/b.txt", ""),
        ("docs/c.md", ""),
    ]);
    assert!(
        said.contains("`kind/` is no part of the pack; move it to `templates/kind`"),
        "{said}"
    );
    assert!(
        said.contains("`template/` is no part of the pack; did you mean `templates`?"),
        "{said}"
    );
    assert!(!said.contains("docs"), "{said}");
    let folder = folder();
    let pack = folder.path().join("acme");
    write(
        &pack,
        &[("pack.yaml", PACK), ("docs/c.md", ""), (".git/d", "")],
    );
    let output = support::hybridge(folder.path(), &["pack", "check", "acme"]);
    let note = "note: no part of the pack, which is `pack.yaml` and `templates/`: `docs/`\n";
    assert!(stderr(&output).ends_with(note), "{}", stderr(&output));
}

#[test]
fn a_check_finds_what_no_system_needs_and_no_system_knows() {
    let said = findings(&[
        (
            "pack.yaml",
            &format!("{PACK}remove: [base/files/nothing.txt]\n"),
        ),
        ("templates/base/fils/a.txt", ""),
        (
            "templates/runtime/python/service/a.txt.hbs",
            "{{#if service.nmae}}x{{/if}}\n",
        ),
        (
            "templates/python/fastapi/service/b.txt.hbs",
            "{{gateway.name}}",
        ),
        ("templates/blocks/readme-heeder.hbs", "x\n"),
        ("templates/partials/own.hbs", "x"),
        ("templates/gateway/hono/service/x.ts", ""),
    ]);
    assert_says(
        &said,
        &[
            "templates/python/fastapi/service/b.txt.hbs:1:1: there is no variable `gateway.name` here",
            " 1 | {{gateway.name}}",
            "`templates/base/fils/a.txt`: no system has a use for it",
            "`templates/blocks/readme-heeder.hbs`: no system has a use for it; did you mean `readme-header`?",
            "`templates/partials/own.hbs`: no system has a use for it; no template includes it",
            "`templates/gateway/hono/service/x.ts`: no system has a use for it",
            "`templates/runtime/python/service/a.txt.hbs:1`: no system has a variable `service.nmae`; did you mean `name`?",
            "`remove` names `base/files/nothing.txt`, and no template is called so",
        ],
    );
}

#[test]
fn a_check_finds_files_that_are_not_what_their_names_say() {
    let said = findings(&[
        (
            "templates/base/files/a.json.hbs",
            "{ \"name\": {{system.name}} }\n",
        ),
        ("templates/base/files/b.yaml", "a: [1\n"),
        (
            "templates/base/files/c.toml.hbs",
            "name = {{system.name}}\n",
        ),
        (
            "templates/base/files/chart/d.yaml",
            "{{ if .Values.a }}\na: 1\n{{ end }}\n",
        ),
    ]);
    for line in [
        "`a.json` of `templates/base/files/a.json.hbs` is not JSON: ",
        "`b.yaml` of `templates/base/files/b.yaml` is not YAML: ",
        "`c.toml` of `templates/base/files/c.toml.hbs` is not TOML: ",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line}\n{said}");
    }
    assert!(!said.contains("d.yaml"), "{said}");
}

#[test]
fn an_ejected_template_is_compared_with_the_built_in_one() {
    let folder = folder();
    let pack = write(&folder.path().join("acme"), &[]);
    run(&pack, &["pack", "eject", "base/files/_editorconfig"]);
    run(&pack, &["pack", "eject", "templates/blocks/readme-header"]);
    assert_eq!(
        fs::read(pack.join("templates/base/files/_editorconfig")).unwrap(),
        fs::read(root().join("templates/base/files/_editorconfig")).unwrap()
    );
    let note = fs::read_to_string(pack.join("ejected.json")).unwrap();
    assert!(
        note.contains(&format!(
            "\"base/files/_editorconfig\": \"{}\"",
            env!("CARGO_PKG_VERSION")
        )),
        "{note}"
    );
    run(&pack, &["pack", "check"]);
    // As if it had been taken from an older hybridge.
    let then = pack.join("ejected/base/files/_editorconfig");
    fs::write(
        &then,
        fs::read_to_string(&then)
            .unwrap()
            .replace("root = true", "root = false"),
    )
    .unwrap();
    let said = fails(&pack, &["pack", "check"]);
    assert!(
        said.contains("has changed since it was taken from hybridge")
            && said.contains("-root = false\n+root = true"),
        "{said}"
    );
    assert!(
        fails(&pack, &["pack", "eject", "base/files/_editorconfig"])
            .contains("is in the pack already")
    );
    assert!(
        fails(&pack, &["pack", "eject", "runtime/node/module.yaml"])
            .contains("is merged with the built-in one")
    );
    assert!(
        fails(&pack, &["pack", "eject", "base/files/_editorconfi"])
            .contains("did you mean `base/files/_editorconfig`?")
    );
    assert!(
        fails(folder.path(), &["pack", "eject", "base/files/biome.json"])
            .contains("there is no pack at")
    );
}

#[test]
fn options_tell_their_pack() {
    let folder = folder();
    let pack = root().join("examples/packs/acme").display().to_string();
    let said = run(folder.path(), &["list", "--pack", &pack]);
    assert!(
        said.contains("Quotes prices in cents, with a discount for many (pack acme)"),
        "{said}"
    );
    assert!(
        said.contains("acme 1.0.0  What every system of Acme carries: "),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["list", "--json", "--pack", &pack])).unwrap();
    let kinds = json["kind"].as_array().unwrap();
    assert!(
        kinds
            .iter()
            .any(|kind| kind["name"] == "pricing" && kind["pack"] == "acme")
    );
}

#[test]
fn the_configuration_is_shown_and_changed() {
    let folder = folder();
    write(&folder.path().join("acme"), &[]);
    let config = |arguments: &[&str]| {
        let mut command = support::command(folder.path(), &[&["config"], arguments].concat());
        let output = command
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    assert!(config(&[]).ends_with("config/hybridge/config.yaml\npacks: []\n"));
    let url = "https://git.example.org/acme.git#v1.0.0";
    let full = fs::canonicalize(folder.path().join("acme"))
        .unwrap()
        .display()
        .to_string();
    let shown = config(&["--add-pack", "acme", "--add-pack", url]);
    assert!(
        shown.ends_with(&format!("packs:\n  - \"{full}\"\n  - \"{url}\"\n")),
        "{shown}"
    );
    assert!(config(&["--remove-pack", "acme"]).ends_with(&format!("packs:\n  - \"{url}\"\n")));
}

#[test]
fn the_example_pack_is_checked_and_tested() {
    run(root(), &["pack", "check", "examples/packs/acme"]);
    run(root(), &["pack", "test", "examples/packs/acme"]);
}
