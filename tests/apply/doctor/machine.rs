//! What a machine lacks, and what does not run on it.

use std::net::TcpListener;

use snapbox::{assert_data_eq, str};

use super::{check, check_with, mend, mending, programs, project, shown};
use crate::PAGE;

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

    let scripts = [
        ("node", "echo 18.20.0 false"),
        ("npm", "echo 10.0.0"),
        ("uv", "echo 'uv 0.1.0 (old)'"),
        ("uvx", ""),
        ("make", ""),
        ("apt-get", ""),
    ];
    programs(bin.path(), &scripts);
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
    programs(&own, &[("uv", "echo 'uv 99.0.0 (new)'"), ("uvx", "")]);
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
