//! `hybridge pack`, `list` and `config`, as people use them.

mod support;

use std::fs;

use snapbox::cmd::OutputAssert;
use snapbox::str;
use support::packs::{PACK, write};
use support::root;
use support::scratch::{Scratch, printed};

#[test]
fn a_new_pack_works_and_its_test_passes() {
    let scratch = Scratch::new();
    for name in ["house", "house-2-b"] {
        scratch.run(&["pack", "new", name]).success();
        scratch.run(&["pack", "check", name]).success();
        scratch.run(&["pack", "test", name]).success();
        scratch
            .run(&["new", "shop", "--yes", "--dry-run", "--pack", name])
            .success();
    }
    scratch
        .run(&["pack", "new", "house"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `house` is not empty: it holds `README.md`, `pack.yaml`, `templates` and 1 more
hint: choose another name or `--into` another folder; nothing in it was touched

"#]]);
    scratch
        .run(&["pack", "new", "My House"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `My House` is not a value of `NAME`: `My House` is not a pack's name: lower-case letters and digits, in words joined by single hyphens, a letter first

"#]]);
}

#[test]
fn a_pack_test_shows_what_differs_until_it_is_recorded() {
    let scratch = Scratch::new();
    scratch.run(&["pack", "new", "house"]).success();
    let page = "house/templates/base/files/docs/house.md.hbs";
    scratch.write(page, &scratch.read(page).replace("owns it", "runs it"));
    scratch.write("house/templates/base/files/docs/more.md", "more\n");
    let house = scratch.path().join("house");
    fs::remove_file(house.join("templates/blocks/readme-header.hbs")).unwrap();
    scratch
        .run(&["pack", "test", "house"])
        .code(1)
        .stdout_eq(str![[r#"
default: --- docs/house.md (recorded)
+++ docs/house.md (now)
@@ -1,5 +1,5 @@
 # example at house
 
-Team payments owns it. It has these services:
+Team payments runs it. It has these services:
 
 - `orders` (worker, FastAPI)
default: `docs/more.md` is written and not recorded
default: `README.md` is recorded and not written any more

"#]])
        .stderr_eq(str![[r#"
error: pack test of `house`: 3 findings

"#]]);
    scratch
        .run_in("house", &["pack", "test", "--record"])
        .success();
    scratch.run_in("house", &["pack", "test"]).success();
    assert!(!house.join("tests/default/expected/README.md").exists());
}

/// What `hybridge pack check` finds in a pack of these files.
fn findings(files: &[(&str, &str)]) -> OutputAssert {
    let scratch = Scratch::new();
    write(&scratch.path().join("acme"), files);
    scratch.run(&["pack", "check", "acme"]).code(1)
}

#[test]
fn a_check_tells_of_folders_beside_the_templates() {
    let found = findings(&[
        ("pack.yaml", PACK),
        ("kind/a.txt", ""),
        ("template/b.txt", ""),
        ("docs/c.md", ""),
    ]);
    found
        .stdout_eq(str![[r#"
`kind/` is no part of the pack; move it to `templates/kind`
`template/` is no part of the pack; did you mean `templates`?

"#]])
        .stderr_eq(str![[r#"
error: pack check of `acme`: 2 findings

"#]]);
    let scratch = Scratch::new();
    let beside = [("pack.yaml", PACK), ("docs/c.md", ""), (".git/d", "")];
    write(&scratch.path().join("acme"), &beside);
    scratch
        .run(&["pack", "check", "acme"])
        .success()
        .stderr_eq(str![[r#"
done: `acme`: nothing is wrong with it in 23 systems
note: no part of the pack, which is `pack.yaml` and `templates/`: `docs/`

"#]]);
}

#[test]
fn a_check_finds_what_no_system_needs_and_no_system_knows() {
    let found = findings(&[
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
    found.stdout_eq(str![[r#"
pack `acme 1.0.0`: templates/python/fastapi/service/b.txt.hbs:1:1: there is no variable `gateway.name` here
  |
1 | {{gateway.name}}
  | ^
`templates/base/fils/a.txt`: no system has a use for it; is its folder a scope of a module?
`templates/blocks/readme-heeder.hbs`: no system has a use for it; did you mean `readme-header`?
`templates/gateway/hono/service/x.ts`: no system has a use for it; is its folder a scope of a module?
`templates/partials/own.hbs`: no system has a use for it; no template includes it
`templates/runtime/python/service/a.txt.hbs:1`: no system has a variable `service.nmae`; did you mean `name`?
`pack.yaml`: `remove` names `base/files/nothing.txt`, and no template is called so

"#]]).stderr_eq(str![[r#"
error: pack check of `acme`: 7 findings

"#]]);
}

#[test]
fn a_check_finds_moves_that_the_pack_does_not_have() {
    let now = "base/files/docs/now.md";
    let moved = format!(
        "{PACK}moved:\n  base/files/docs/was.md: base/files/docs/between.md\n  base/files/docs/between.md: {now}\n  \
         base/files/docs/here.md: {now}\n  base/files/docs/old.md: base/files/docs/nwo.md\n"
    );
    let pack = [
        ("pack.yaml", moved.as_str()),
        ("templates/base/files/docs/now.md", "now\n"),
        ("templates/base/files/docs/here.md", "here\n"),
    ];
    findings(&pack)
        .stdout_eq(str![[r#"
`pack.yaml:7`: `moved` names `base/files/docs/here.md`, which is still there
`pack.yaml:8`: `moved` leads to `base/files/docs/nwo.md`, and the pack has no such template; did you mean `base/files/docs/now.md`?

"#]])
        .stderr_eq(str![[r#"
error: pack check of `acme`: 2 findings

"#]]);
}

#[test]
fn moves_that_lead_nowhere_are_refused_with_their_place() {
    for (moved, said) in [
        (
            "  base/files/a.md: ../a.md\n",
            str![[r#"
error: pack `acme 1.0.0`: pack.yaml:5:20: `moved` names `../a.md`, which leads out of its folder
  |
5 |   base/files/a.md: ../a.md
  |                    ^^^^^^^
hint: this is the pack's, not hybridge's: `hybridge pack check` shows all that is wrong with it

"#]],
        ),
        (
            "  /a.md: base/files/a.md\n",
            str![[r#"
error: pack `acme 1.0.0`: pack.yaml:5:3: `moved` names `/a.md`, which is an absolute path
  |
5 |   /a.md: base/files/a.md
  |   ^^^^^
hint: this is the pack's, not hybridge's: `hybridge pack check` shows all that is wrong with it

"#]],
        ),
        (
            "  base/files/a.md: base/files/b.md\n  base/files/b.md: base/files/c.md\n  \
             base/files/c.md: base/files/b.md\n",
            str![[r#"
error: pack `acme 1.0.0`: pack.yaml:5:3: `moved` leads from `base/files/a.md` in a circle
  |
5 |   base/files/a.md: base/files/b.md
  |   ^^^^^^^^^^^^^^^
hint: this is the pack's, not hybridge's: `hybridge pack check` shows all that is wrong with it

"#]],
        ),
    ] {
        findings(&[("pack.yaml", &format!("{PACK}moved:\n{moved}"))])
            .stdout_eq("")
            .stderr_eq(said);
    }
}

#[test]
fn a_check_finds_files_that_are_not_what_their_names_say() {
    let found = findings(&[
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
    found.stdout_eq(str![[r#"
`a.json` of `templates/base/files/a.json.hbs` is not JSON: expected value at line 1 column 11
`b.yaml` of `templates/base/files/b.yaml` is not YAML: did not find expected ',' or ']' at line 2 column 1, while parsing a flow sequence at line 1 column 4
`c.toml` of `templates/base/files/c.toml.hbs` is not TOML: TOML parse error at line 1, column 8
  |
1 | name = matrix
  |        ^^^^^^
string values must be quoted, expected literal string

"#]]).stderr_eq(str![[r#"
error: pack check of `acme`: 3 findings

"#]]);
}

#[test]
fn an_ejected_template_is_compared_with_the_built_in_one() {
    let scratch = Scratch::new();
    write(&scratch.path().join("acme"), &[]);
    let pack = |words: &[&str]| scratch.run_in("acme", &[&["pack"], words].concat());
    pack(&["eject", "base/files/_editorconfig"]).success();
    pack(&["eject", "templates/blocks/readme-header"]).success();
    assert_eq!(
        scratch.read("acme/templates/base/files/_editorconfig"),
        fs::read_to_string(root().join("templates/base/files/_editorconfig")).unwrap()
    );
    let note: serde_json::Value = serde_json::from_str(&scratch.read("acme/ejected.json")).unwrap();
    assert_eq!(
        note["base/files/_editorconfig"],
        env!("CARGO_PKG_VERSION"),
        "{note}"
    );
    pack(&["check"]).success();
    // As if it had been taken from an older hybridge.
    let then = "acme/ejected/base/files/_editorconfig";
    scratch.write(
        then,
        &scratch.read(then).replace("root = true", "root = false"),
    );
    pack(&["check"]).code(1).stdout_eq(str![[r#"
`base/files/_editorconfig` has changed since it was taken from hybridge [VERSION]; take over what you need, then copy the built-in one to `ejected/base/files/_editorconfig`:
--- base/files/_editorconfig (recorded)
+++ base/files/_editorconfig (now)
@@ -1,4 +1,4 @@
-root = false
+root = true
 
 [*]
 charset = utf-8

"#]]).stderr_eq(str![[r#"
error: pack check of `.`: 1 finding

"#]]);
    pack(&["eject", "base/files/_editorconfig"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pack `.`: `base/files/_editorconfig` is in the pack already

"#]]);
    pack(&["eject", "runtime/node/module.yaml"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pack `.`: `runtime/node/module.yaml` is merged with the built-in one: write only what you add or change

"#]]);
    pack(&["eject", "base/files/_editorconfi"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pack `.`: `base/files/_editorconfi` is no built-in template or block; did you mean `base/files/_editorconfig`?

"#]]);
    scratch
        .run(&["pack", "eject", "base/files/biome.json"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: there is no pack at `.`: there is no `pack.yaml` in it

"#]]);
}

#[test]
fn options_tell_their_pack() {
    let scratch = Scratch::new();
    let pack = root().join("examples/packs/acme").display().to_string();
    scratch
        .run(&["list", "--pack", &pack])
        .success()
        .stdout_eq(str![[r#"
Kinds
  gateway    The way in from outside, in front of the Python services, and real-time to browsers (Node.js)
  inference  Serves a model with dynamic batching; brings one that reads digits, trained in seconds (default)
  analytics  Keeps what happens, answers questions over a window of time, draws charts, notices spikes (default)
  worker     Background work and domain logic of your own; brings no operations, only a place to work
  language   Answers in words, token by token, with a language model; brings a small one that runs by itself
  pricing    Quotes prices in cents, with a discount for many (pack acme)
Gateway frameworks (Node.js)
  fastify  Fast, with schemas at its heart; the choice when nothing speaks for another (default)
Service frameworks (Python)
  fastapi  Typed, asynchronous, documented by itself; the usual choice (default)
Transports
  rest      JSON over HTTP, events as server-sent events; needs no broker (default)
  graphql   One typed schema over HTTP, events as a subscription; needs no broker
  grpc      Protocol Buffers over HTTP/2 with typed contracts; needs no broker
  rabbitmq  Requests and jobs on quorum queues, events on streams; jobs outlive every process
  kafka     Calls, jobs and events as records of topics; jobs and events outlive every process
Real-time ways
  websocket  Events and calls over one connection, both ways (default)
  sse        Events to browsers over plain HTTP; a client that comes back goes on where it was cut off (default)
Authentication
  none  Everyone may ask; for a trusted network (default)
  jwt   Who has an access token of your OpenID provider
Backplanes
  none   A gateway that runs once; of several, each has its own jobs and its own rate limit (default)
  redis  Several gateways know of the same jobs and count requests together; also with Valkey
Consoles
  web   Pages for people: / to try operations and watch events, /docs as the API reference (default)
  none  No page; the OpenAPI document is there for tools of your own
Stores
  sqlite    A file beside the service, nothing to run; for one process, and data that fits one disk (default)
  postgres  A server that replicas of a service share; writers work at once
Targets
  compose     All of it in containers on one machine, with `docker compose up` (default)
  kubernetes  Kustomize base and overlays for a cluster, with a rule for every connection
Packs
  acme 1.0.0  What every system of Acme carries: 12 files added, 3 replaced or merged, 0 removed, 2 prompts; from [ROOT]/examples/packs/acme

"#]]);
    let listed = scratch.run(&["list", "--json", "--pack", &pack]).success();
    let listed: serde_json::Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    let kinds = listed["kind"].as_array().unwrap();
    assert!(
        kinds
            .iter()
            .any(|kind| kind["name"] == "pricing" && kind["pack"] == "acme")
    );
}

#[test]
fn the_configuration_is_shown_and_changed() {
    let scratch = Scratch::new();
    write(&scratch.path().join("acme"), &[]);
    let config = |words: &[&str]| {
        let mut command = support::command(scratch.path(), &[&["config"], words].concat());
        command.env("XDG_CONFIG_HOME", scratch.path().join("config"));
        printed(command, scratch.path()).success()
    };
    config(&[]).stdout_eq(str![[r#"
# [FOLDER]/config/hybridge/config.yaml
packs: []

"#]]);
    let url = "https://git.example.org/acme.git#v1.0.0";
    config(&["--add-pack", "acme", "--add-pack", url]).stdout_eq(str![[r##"
# [FOLDER]/config/hybridge/config.yaml
packs:
  - "[FOLDER]/acme"
  - "https://git.example.org/acme.git#v1.0.0"

"##]]);
    config(&["--remove-pack", "acme"]).stdout_eq(str![[r##"
# [FOLDER]/config/hybridge/config.yaml
packs:
  - "https://git.example.org/acme.git#v1.0.0"

"##]]);
}

#[test]
fn the_example_pack_is_checked_and_tested() {
    for command in ["check", "test"] {
        let words = ["pack", command, "examples/packs/acme"];
        printed(support::command(root(), &words), root()).success();
    }
}
