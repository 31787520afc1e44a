//! `hybridge doctor`: each thing that can be wrong, on a project and a machine where it is.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use crate::PAGE;
use crate::support::project::Project;
use crate::support::scratch::Scratch;
use crate::support::{command, stderr, stdout};

/// A project whose components have ports on which nothing listens.
fn project(page: &str) -> Project {
    let project = Project::new(page);
    let free = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (edge, books) = (free(), free());
    let port = |it: &TcpListener| it.local_addr().unwrap().port();
    let settings = format!("EDGE_PORT={}\nBOOKS_PORT={}\n", port(&edge), port(&books));
    project.write(".env", &settings);
    project
}

/// What the doctor says of one thing.
fn check(project: &Project, name: &str) -> Value {
    check_with(project, name, &[])
}

/// As [`check`], in an environment with these variables, too.
fn check_with(project: &Project, name: &str, variables: &[(&str, &str)]) -> Value {
    let mut doctor = command(&project.path(), &["doctor", "--json"]);
    doctor.envs(variables.iter().copied());
    let output = doctor.output().unwrap();
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| {
        panic!("{error}: {}{}", stdout(&output), stderr(&output));
    });
    let checks = said["checks"].as_array().unwrap().clone();
    let errors = checks
        .iter()
        .flat_map(|it| it["findings"].as_array().unwrap());
    let is_ill = errors.into_iter().any(|it| it["severity"] == "error");
    assert_eq!(output.status.code(), Some(i32::from(is_ill)), "{said:#}");
    checks.into_iter().find(|it| it["name"] == name).unwrap()
}

/// All of it, a line for each: what is fine, and what is not, with what mends it on a line of its own.
fn shown(check: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let fine = check["fine"].as_array().unwrap().iter();
    let fine = fine.map(|it| format!("ok {}\n", text(it)));
    let findings = check["findings"].as_array().unwrap().iter();
    let findings = findings.map(|it| {
        let [severity, code, what, mend] =
            ["severity", "code", "what", "mend"].map(|key| text(&it[key]));
        format!("{severity} {code}: {what}\n  {mend}\n")
    });
    fine.chain(findings).collect()
}

/// What mends the first of the findings.
fn mending(check: &Value) -> &str {
    check["findings"][0]["mend"].as_str().unwrap()
}

/// Runs a command that mends something, as a shell does.
fn mend(project: &Project, command: &str) {
    let binary = Path::new(env!("CARGO_BIN_EXE_hybridge"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let done = Command::new("sh")
        .args(["-ec", command])
        .current_dir(project.path())
        .env("PATH", path)
        .status();
    assert!(done.unwrap().success(), "{command}");
}

#[test]
fn a_port_that_is_taken() {
    let project = project(PAGE);
    let fine = str![[r#"
ok [..] for edge
ok [..] for books

"#]];
    assert_data_eq!(shown(&check(&project, "ports")), fine);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = taken.local_addr().unwrap().port();
    project.write(".env", &format!("EDGE_PORT={number}\nBOOKS_PORT=many\n"));
    let ill = check(&project, "ports");
    let said = shown(&ill).replace(&format!("port {number} "), "port TAKEN ");
    assert_data_eq!(
        said,
        str![[r#"
error port_taken: port TAKEN of edge is taken, by this system or by another program
  echo EDGE_PORT=[..] >>.env
error bad_setting: `BOOKS_PORT` is no port: `many`
  set `BOOKS_PORT` in `.env` to a number

"#]]
    );
    mend(&project, mending(&ill));
    assert_data_eq!(
        shown(&check(&project, "ports")),
        str![[r#"
ok [..] for edge
error bad_setting: `BOOKS_PORT` is no port: `many`
  set `BOOKS_PORT` in `.env` to a number

"#]]
    );
}

#[test]
fn tools_that_are_missing_or_too_old() {
    let project = project(PAGE);
    let bin = tempfile::tempdir().unwrap();
    let path = bin.path().to_str().unwrap().to_owned();
    // The versions that are wanted are those of the project's own tool.
    let ensure = project.read("tools/ensure");
    let wanted = |name: &str| {
        let mut lines = ensure.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap().trim_matches('\'').to_owned()
    };
    let (node, uv) = (wanted("node_engines"), wanted("uv_oldest"));
    let tools = || {
        let check = check_with(&project, "tools", &[("PATH", &path)]);
        shown(&check).replace(&node, "NODE").replace(&uv, "UV")
    };
    assert_data_eq!(
        tools(),
        str![[r#"
error missing_tool: Node.js NODE with npm is needed, and there is none
  make tools
error missing_tool: uv UV or newer is needed, and there is none
  make tools
error missing_tool: the tasks need GNU make
  install `make` and put it on PATH
warning missing_tool: without git, `hybridge apply` cannot tell what is not committed yet
  install `git` and put it on PATH
warning missing_tool: `docker` is not there, which tasks of a deploy target call
  install `docker` and put it on PATH

"#]]
    );

    for (name, says) in [
        ("node", "18.20.0 false"),
        ("npm", "10.0.0"),
        ("uv", "uv 0.1.0 (old)"),
        ("uvx", ""),
        ("make", ""),
        ("apt-get", ""),
    ] {
        let program = bin.path().join(name);
        fs::write(&program, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        executable(&program);
    }
    // Without git everything works but one thing: a warning, with the command of this machine.
    assert_data_eq!(
        tools(),
        str![[r#"
ok make
error wrong_tool: Node.js 18.20.0 does not run TypeScript; NODE is needed
  make tools
error wrong_tool: uv UV or newer is needed, and this is 0.1.0
  make tools
warning missing_tool: without git, `hybridge apply` cannot tell what is not committed yet
  sudo apt-get install git
warning missing_tool: `docker` is not there, which tasks of a deploy target call
  sudo apt-get install docker.io docker-compose

"#]]
    );

    // What `tools/ensure` fetched comes before the system's.
    let own = project.path().join(".tools/bin");
    fs::create_dir_all(&own).unwrap();
    for (name, says) in [("uv", "uv 99.0.0 (new)"), ("uvx", "")] {
        fs::write(own.join(name), format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        executable(&own.join(name));
    }
    assert_data_eq!(
        tools(),
        str![[r#"
ok uv 99.0.0
ok make
error wrong_tool: Node.js 18.20.0 does not run TypeScript; NODE is needed
  make tools
warning missing_tool: without git, `hybridge apply` cannot tell what is not committed yet
  sudo apt-get install git
warning missing_tool: `docker` is not there, which tasks of a deploy target call
  sudo apt-get install docker.io docker-compose

"#]]
    );
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_broker_that_answers_and_one_that_does_not() {
    let project = project(&PAGE.replace("via: rest", "via: kafka"));
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = broker.local_addr().unwrap();
    let said = |value: &str| {
        project.write(".env", &format!("KAFKA_BOOTSTRAP_SERVERS={value}\n"));
        let check = check(&project, "backing services");
        shown(&check).replace(&address.to_string(), "ADDRESS")
    };
    assert_data_eq!(
        said(&address.to_string()),
        str![[r#"
ok kafka at ADDRESS

"#]]
    );
    // One of several is enough.
    let several = format!("127.0.0.1:1,{address}");
    assert_data_eq!(
        said(&several),
        str![[r#"
ok kafka at 127.0.0.1:1, ADDRESS

"#]]
    );
    drop(broker);
    assert_data_eq!(
        said(&address.to_string()),
        str![[r#"
error no_answer: kafka does not answer at ADDRESS
  make backing

"#]]
    );
    assert_data_eq!(
        said("nowhere"),
        str![[r#"
error bad_setting: `KAFKA_BOOTSTRAP_SERVERS` names no host and port
  set `KAFKA_BOOTSTRAP_SERVERS` in `.env` to one that runs

"#]]
    );
}

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
    for (name, says) in [("uv", "uv 0.1.0 (old)"), ("uvx", "")] {
        let program = format!(".tools/bin/{name}");
        project.write(
            &program,
            &format!("#!/bin/sh\necho '{says}'\n[ \"$1\" != lock ]\n"),
        );
        executable(&project.path().join(&program));
    }
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

#[test]
fn people_read_what_is_wrong_and_what_mends_it() {
    let project = project(PAGE);
    // The tools are those of the machine.
    project.prints(
        1,
        &["doctor"],
        str![[r#"
tools
...
ports
  ok       [..] for edge
  ok       [..] for books
lock files
  error    `packages/service-runtime/uv.lock` is missing
           mend: make lock
  error    `services/books/uv.lock` is missing
           mend: make lock
  error    `package-lock.json` is missing
           mend: make lock
contracts
  ok       contracts/books.openapi.json
blueprint
  ok       the project is what its blueprint says
error: doctor: [..] findings

"#]],
    );
    Scratch::new()
        .run(&["doctor"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `.` is not a project of hybridge: it has no `.hybridge/state.json`

"#]]);
}
