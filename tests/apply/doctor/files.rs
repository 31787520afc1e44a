//! What is wrong with files of a project.

use std::fs;

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use super::{check, mend, mending, programs, project, shown};
use crate::PAGE;

#[test]
fn secrets_without_a_value() {
    let page = format!("{PAGE}\ntargets: [compose]\n");
    let project = project(&page.replace("kind: gateway", "kind: gateway\n    backplane: redis"));
    let example = project.read(".env.example");
    assert!(example.lines().any(|line| line == "REDIS_PASSWORD="));
    let said = || shown(&check(&project, "settings"));
    assert_data_eq!(
        said(),
        str![[r#"
warning missing_setting: `.env` has no value for `REDIS_PASSWORD`, `SERVICE_TOKEN`
  make env

"#]]
    );
    project.delete(".env");
    assert_data_eq!(
        said(),
        str![[r#"
warning missing_setting: there is no `.env`
  make env

"#]]
    );
    project.write(".env", &example.replace("=\n", "=a-secret\n"));
    assert_data_eq!(
        said(),
        str![[r#"
ok every secret has a value

"#]]
    );
    project.write(".env", "a line that says nothing\n");
    assert_data_eq!(
        said(),
        str![[r#"
error bad_setting: `.env` is not understood: [..]
  correct it

"#]]
    );
}

#[test]
fn lock_files_that_are_missing_or_stale() {
    let project = project(PAGE);
    let said = || shown(&check(&project, "lock files"));
    assert_data_eq!(
        said(),
        str![[r#"
error missing_lock: `packages/service-runtime/uv.lock` is missing
  make lock
error missing_lock: `services/books/uv.lock` is missing
  make lock
error missing_lock: `package-lock.json` is missing
  make lock

"#]]
    );

    // As npm writes it: each package of the workspace with what its manifest wants.
    let files = project.files();
    let manifests = files.keys().filter(|path| path.ends_with("package.json"));
    let packages = manifests.map(|path| {
        let folder = path.trim_end_matches("package.json").trim_end_matches('/');
        let manifest: Value = serde_json::from_str(&project.read(path)).unwrap();
        (folder.to_owned(), manifest)
    });
    let packages: serde_json::Map<String, Value> = packages.collect();
    assert!(packages.len() > 1);
    project.write(
        "package-lock.json",
        &json!({ "packages": packages }).to_string(),
    );
    assert_data_eq!(
        said(),
        str![[r#"
ok package-lock.json
error missing_lock: `packages/service-runtime/uv.lock` is missing
  make lock
error missing_lock: `services/books/uv.lock` is missing
  make lock

"#]]
    );

    // An old uv does not understand what it is asked: it says nothing of the file.
    let own = project.path().join(".tools/bin");
    let old = "echo 'uv 0.1.0 (old)'; [ \"$1\" != lock ]";
    programs(&own, &[("uv", old), ("uvx", "")]);
    project.write("services/books/uv.lock", "version = 1\n");
    assert_data_eq!(
        said(),
        str![[r#"
ok package-lock.json
error missing_lock: `packages/service-runtime/uv.lock` is missing
  make lock
warning unknown_lock: only uv can tell whether `services/books/uv.lock` is stale
  make tools

"#]]
    );
    fs::remove_dir_all(project.path().join(".tools")).unwrap();
    fs::remove_file(project.path().join("services/books/uv.lock")).unwrap();

    let manifest = project.read("services/edge/package.json");
    let edited = manifest.replacen(
        "\"dependencies\": {",
        "\"dependencies\": {\n    \"nanoid\": \"^5\",",
        1,
    );
    assert_ne!(manifest, edited);
    project.write("services/edge/package.json", &edited);
    assert_data_eq!(
        said(),
        str![[r#"
error missing_lock: `packages/service-runtime/uv.lock` is missing
  make lock
error missing_lock: `services/books/uv.lock` is missing
  make lock
error stale_lock: `package-lock.json` is stale: `services/edge/package.json` has other `dependencies`
  make lock

"#]]
    );
}

#[test]
fn a_contract_that_was_edited_or_deleted() {
    let project = project(PAGE);
    let fine = str![[r#"
ok contracts/books.openapi.json

"#]];
    assert_data_eq!(shown(&check(&project, "contracts")), fine.clone());
    let contract = "contracts/books.openapi.json";
    let before = project.read(contract);
    project.write(contract, &before.replacen("\"title\"", "\"titel\"", 1));
    let edited = check(&project, "contracts");
    assert_data_eq!(
        shown(&edited),
        str![[r#"
error edited_contract: `contracts/books.openapi.json` was edited by hand: what it should say belongs into `hybridge.yaml`
  rm contracts/books.openapi.json && hybridge restore contracts/books.openapi.json

"#]]
    );
    mend(&project, mending(&edited));
    assert_eq!(project.read(contract), before);

    project.delete(contract);
    let deleted = check(&project, "contracts");
    assert_data_eq!(
        shown(&deleted),
        str![[r#"
error deleted_contract: `contracts/books.openapi.json` was deleted
  hybridge restore contracts/books.openapi.json

"#]]
    );
    mend(&project, mending(&deleted));
    assert_eq!(project.read(contract), before);
    assert_data_eq!(shown(&check(&project, "contracts")), fine);
}

#[test]
fn a_project_that_is_behind_its_blueprint() {
    let project = project(PAGE);
    let said = || shown(&check(&project, "blueprint"));
    let fine = str![[r#"
ok the project is what its blueprint says

"#]];
    assert_data_eq!(said(), fine.clone());
    project.edit("hybridge.yaml", "limit: int?", "limit: int?, page: int?");
    assert_data_eq!(
        said(),
        str![[r#"
error behind: 4 files are not what the blueprint says: `contracts/books.openapi.json`, `services/books/src/books/contract.py`, `services/edge/openapi.json` and more
  hybridge apply

"#]]
    );
    mend(&project, "hybridge apply");
    assert_data_eq!(said(), fine);

    project.edit("hybridge.yaml", "kind: worker", "kind: walker");
    assert_data_eq!(
        said(),
        str![[r#"
error bad_blueprint: hybridge.yaml:10:11: unknown kind `walker`
  hybridge check

"#]]
    );
}
