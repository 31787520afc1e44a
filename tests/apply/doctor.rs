//! `hybridge doctor`: each thing that can be wrong, on a project and a machine where it is.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::PAGE;
use crate::support::project::Project;
use crate::support::{command, hybridge, stderr, stdout};

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

fn findings(check: &Value) -> Vec<(&str, &str)> {
    let findings = check["findings"].as_array().unwrap().iter();
    findings
        .map(|it| (it["what"].as_str().unwrap(), it["mend"].as_str().unwrap()))
        .collect()
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
    let fine = check(&project, "ports");
    assert_eq!(findings(&fine), [], "{fine:#}");
    assert_eq!(fine["fine"].as_array().unwrap().len(), 2);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = taken.local_addr().unwrap().port();
    project.write(".env", &format!("EDGE_PORT={number}\nBOOKS_PORT=many\n"));
    let ill = check(&project, "ports");
    let [(edge, command), (books, _)] = findings(&ill)[..] else {
        panic!("{ill:#}");
    };
    assert!(
        edge.starts_with(&format!("port {number} of edge is taken")),
        "{edge}"
    );
    assert_eq!(books, "`BOOKS_PORT` is no port: `many`");
    mend(&project, command);
    let mended = check(&project, "ports");
    assert_eq!(findings(&mended).len(), 1, "{mended:#}");
}

#[test]
fn tools_that_are_missing_or_too_old() {
    let project = project(PAGE);
    let bin = tempfile::tempdir().unwrap();
    let path = bin.path().to_str().unwrap().to_owned();
    let missing = check_with(&project, "tools", &[("PATH", &path)]);
    let missing: Vec<(&str, &str)> = findings(&missing);
    let [(node, fetch), (uv, fetch_too), (make, install), ..] = missing[..] else {
        panic!("{missing:?}");
    };
    assert!(node.starts_with("Node.js >="), "{node}");
    assert!(
        uv.starts_with("uv ") && uv.ends_with("there is none"),
        "{uv}"
    );
    assert_eq!([fetch, fetch_too], ["make tools"; 2]);
    assert_eq!(make, "the tasks need GNU make");
    assert_eq!(install, "install `make` and put it on PATH");

    // The versions that are wanted are those of the project's own tool.
    let ensure = project.read("tools/ensure");
    let wanted = ensure
        .lines()
        .find_map(|line| line.strip_prefix("node_engines="));
    assert!(node.contains(wanted.unwrap().trim_matches('\'')), "{node}");
    let oldest = ensure
        .lines()
        .find_map(|line| line.strip_prefix("uv_oldest="));
    assert!(uv.contains(oldest.unwrap().trim_matches('\'')), "{uv}");

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
    let old = check_with(&project, "tools", &[("PATH", &path)]);
    let old = findings(&old);
    assert!(
        old[0]
            .0
            .starts_with("Node.js 18.20.0 does not run TypeScript"),
        "{old:?}"
    );
    assert!(old[1].0.ends_with("and this is 0.1.0"), "{old:?}");
    // Without git everything works but one thing: a warning, with the command of this machine.
    assert_eq!(old[2].1, "sudo apt-get install git", "{old:?}");

    // What `tools/ensure` fetched comes before the system's.
    let own = project.path().join(".tools/bin");
    fs::create_dir_all(&own).unwrap();
    for (name, says) in [("uv", "uv 99.0.0 (new)"), ("uvx", "")] {
        fs::write(own.join(name), format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        executable(&own.join(name));
    }
    let fetched = check_with(&project, "tools", &[("PATH", &path)]);
    assert!(
        fetched["fine"]
            .as_array()
            .unwrap()
            .contains(&json!("uv 99.0.0")),
        "{fetched:#}"
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
    let set = |value: &str| project.write(".env", &format!("KAFKA_BOOTSTRAP_SERVERS={value}\n"));
    set(&address.to_string());
    let there = check(&project, "backing services");
    assert_eq!(there["fine"], json!([format!("kafka at {address}")]));

    // One of several is enough.
    set(&format!("127.0.0.1:1,{address}"));
    assert_eq!(findings(&check(&project, "backing services")), []);

    drop(broker);
    set(&address.to_string());
    let gone = check(&project, "backing services");
    let expected = format!("kafka does not answer at {address}");
    assert_eq!(findings(&gone), [(expected.as_str(), "make backing")]);

    set("nowhere");
    let bad = check(&project, "backing services");
    assert_eq!(
        findings(&bad)[0].0,
        "`KAFKA_BOOTSTRAP_SERVERS` names no host and port"
    );
}

#[test]
fn secrets_without_a_value() {
    let page = format!("{PAGE}\ntargets: [compose]\n");
    let project = project(&page.replace("kind: gateway", "kind: gateway\n    backplane: redis"));
    assert!(project.read(".env.example").contains("\nREDIS_PASSWORD=\n"));
    let missing = check(&project, "settings");
    let [(what, "make env")] = findings(&missing)[..] else {
        panic!("{missing:#}");
    };
    assert!(what.contains("REDIS_PASSWORD"), "{what}");
    project.delete(".env");
    let missing = check(&project, "settings");
    assert_eq!(findings(&missing), [("there is no `.env`", "make env")]);
    let values = project.read(".env.example").replace("=\n", "=a-secret\n");
    project.write(".env", &values);
    assert_eq!(findings(&check(&project, "settings")), []);
    project.write(".env", "a line that says nothing\n");
    let broken = check(&project, "settings");
    assert!(
        findings(&broken)[0]
            .0
            .starts_with("`.env` is not understood")
    );
}

#[test]
fn lock_files_that_are_missing_or_stale() {
    let project = project(PAGE);
    let missing = check(&project, "lock files");
    let said = findings(&missing);
    assert!(
        said.contains(&("`package-lock.json` is missing", "make lock")),
        "{missing:#}"
    );
    assert!(said.contains(&("`services/books/uv.lock` is missing", "make lock")));

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
    let locked = check(&project, "lock files");
    assert!(
        locked["fine"]
            .as_array()
            .unwrap()
            .contains(&json!("package-lock.json")),
        "{locked:#}"
    );

    let manifest = project.read("services/edge/package.json");
    let edited = manifest.replacen(
        "\"dependencies\": {",
        "\"dependencies\": {\n    \"nanoid\": \"^5\",",
        1,
    );
    assert_ne!(manifest, edited);
    project.write("services/edge/package.json", &edited);
    let stale = check(&project, "lock files");
    let expected =
        "`package-lock.json` is stale: `services/edge/package.json` has other `dependencies`";
    assert!(
        findings(&stale).contains(&(expected, "make lock")),
        "{stale:#}"
    );
}

#[test]
fn a_contract_that_was_edited_or_deleted() {
    let project = project(PAGE);
    assert_eq!(findings(&check(&project, "contracts")), []);
    let contract = "contracts/books.openapi.json";
    let before = project.read(contract);
    project.write(contract, &before.replacen("\"title\"", "\"titel\"", 1));
    let edited = check(&project, "contracts");
    let [(what, command)] = findings(&edited)[..] else {
        panic!("{edited:#}");
    };
    assert!(
        what.starts_with(&format!("`{contract}` was edited by hand")),
        "{what}"
    );
    mend(&project, command);
    assert_eq!(project.read(contract), before);

    project.delete(contract);
    let deleted = check(&project, "contracts");
    let [(_, command)] = findings(&deleted)[..] else {
        panic!("{deleted:#}");
    };
    mend(&project, command);
    assert_eq!(project.read(contract), before);
    assert_eq!(findings(&check(&project, "contracts")), []);
}

#[test]
fn a_project_that_is_behind_its_blueprint() {
    let project = project(PAGE);
    assert_eq!(findings(&check(&project, "blueprint")), []);
    project.edit("hybridge.yaml", "limit: int?", "limit: int?, page: int?");
    let behind = check(&project, "blueprint");
    let [(what, "hybridge apply")] = findings(&behind)[..] else {
        panic!("{behind:#}");
    };
    assert!(
        what.contains("files are not what the blueprint says"),
        "{what}"
    );
    mend(&project, "hybridge apply");
    assert_eq!(findings(&check(&project, "blueprint")), []);

    project.edit("hybridge.yaml", "kind: worker", "kind: walker");
    let wrong = check(&project, "blueprint");
    assert_eq!(findings(&wrong)[0].1, "hybridge check", "{wrong:#}");
}

#[test]
fn people_read_what_is_wrong_and_what_mends_it() {
    let project = project(PAGE);
    let said = project.ends(1, &["doctor"]);
    for line in [
        "ports\n  ok       ",
        "  error    `package-lock.json` is missing\n           mend: make lock\n",
        "contracts\n  ok       contracts/books.openapi.json\n",
        "blueprint\n  ok       the project is what its blueprint says\n",
        "error: doctor: ",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let outside = tempfile::tempdir().unwrap();
    let output = hybridge(outside.path(), &["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("is not a project of hybridge"),
        "{}",
        stderr(&output)
    );
}
