//! `hybridge doctor`: each thing that can be wrong, on a project and a machine where it is.

mod files;
mod machine;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use snapbox::str;

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

/// Puts programs into a folder, each of which is a script for the shell.
fn programs(folder: &Path, scripts: &[(&str, &str)]) {
    fs::create_dir_all(folder).unwrap();
    for (name, script) in scripts {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        executable(&path);
    }
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
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
