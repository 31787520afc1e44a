//! The prompts on a real terminal.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect, Session};
use snapbox::{assert_data_eq, str};
use support::packs::{folder, new_with_pack, repository};
use support::scratch::printed;
use tempfile::TempDir;

const SHOW_CURSOR: &str = "\x1b[?25h";
const HIDE_CURSOR: &str = "\x1b[?25l";

fn terminal(folder: &Path, arguments: &[&str]) -> OsSession {
    let mut command = support::command(folder, arguments);
    // The session puts its terminal in the place of what is inherited.
    command
        .stdin(std::process::Stdio::inherit())
        .env("TERM", "xterm-256color")
        .env_remove("COLUMNS");
    // What is asked depends on what was answered before: no other test's.
    for name in ["CONFIG", "CACHE", "DATA"] {
        command.env(format!("XDG_{name}_HOME"), folder.with_extension(name));
    }
    let mut session = Session::spawn(command).expect("a pseudo-terminal");
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session
}

/// What is asked where nothing is given.
const QUESTIONS: [&str; 11] = [
    "Name of the system",
    "Which Python services",
    "Name of the inference service",
    "Name of the analytics service",
    "Another service",
    "How does the gateway reach `vision`",
    "How does the gateway reach `trends`",
    "How do browsers receive events",
    "Which authentication do clients need",
    "What is it deployed with",
    "Write it",
];

/// The question has drawn itself when it waits for a key.
fn wait_for(session: &mut OsSession, question: &str) {
    session
        .expect(question)
        .unwrap_or_else(|error| panic!("`{question}`: {error}"));
    std::thread::sleep(Duration::from_millis(150));
}

fn enter(session: &mut OsSession, question: &str) {
    session
        .expect(question)
        .unwrap_or_else(|error| panic!("`{question}`: {error}"));
    session.send("\r").expect("the prompt listens");
}

/// Everything up to the end, and the exit code.
fn finish(mut session: OsSession) -> (String, i32) {
    let rest = session.expect(Eof).expect("the program ends");
    let text = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    match session.get_process().wait().expect("a status") {
        WaitStatus::Exited(_, code) => (text, code),
        other => panic!("ended by {other:?}"),
    }
}

/// The text of a terminal, without what moves its cursor and colours it.
fn text_of(seen: &[u8]) -> String {
    let text = String::from_utf8_lossy(seen).replace('\r', "");
    anstream::adapter::strip_str(&text).to_string()
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder.path()).unwrap().next().is_none()
}

#[test]
fn enter_all_along_writes_the_default_system() {
    let folder = folder();
    let mut session = terminal(folder.path(), &["new", "--no-lock", "--no-git"]);
    session.expect("Name of the system").unwrap();
    session.send("shop\r").unwrap();
    for question in &QUESTIONS[1..] {
        enter(&mut session, question);
    }
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    // The command that it names writes the same.
    let line = text
        .lines()
        .find(|line| line.trim().starts_with("hybridge new"))
        .unwrap()
        .trim()
        .to_owned();
    let words = shell_words::split(&line).unwrap();
    let words: Vec<&str> = words[1..]
        .iter()
        .map(String::as_str)
        .chain(["--into", "again"])
        .collect();
    let output = support::hybridge(folder.path(), &words);
    assert!(output.status.success(), "{}", support::stderr(&output));
    let same = std::process::Command::new("diff")
        .args(["-r", "shop", "again"])
        .current_dir(folder.path())
        .status();
    assert!(same.unwrap().success());
}

#[test]
fn a_bad_name_is_explained_and_asked_again() {
    let folder = folder();
    let mut session = terminal(folder.path(), &["new", "--no-lock", "--no-git"]);
    session.expect("Name of the system").unwrap();
    session.send("My Shop\r").unwrap();
    session.expect("lower").unwrap();
    session.expect("Name of the system").unwrap();
    session.send("\x1b").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 130, "{text}");
}

/// Goes on to a question of each kind, and leaves there; `leave` gets how many questions stand before it.
fn leave(leave: impl Fn(&mut OsSession, usize)) {
    for depth in 0..6 {
        let folder = folder();
        let mut session = terminal(folder.path(), &["new", "--no-lock", "--no-git"]);
        for question in &QUESTIONS[..depth] {
            enter(&mut session, question);
        }
        wait_for(&mut session, QUESTIONS[depth]);
        leave(&mut session, depth);
        let (text, code) = finish(session);
        assert_eq!(code, 130, "at `{}`: {text}", QUESTIONS[depth]);
        assert!(is_empty(&folder));
        let shown = text.rfind(SHOW_CURSOR);
        assert!(
            shown.is_some() && shown >= text.rfind(HIDE_CURSOR),
            "at `{}`: {text:?}",
            QUESTIONS[depth]
        );
    }
}

#[test]
fn escape_goes_back_question_by_question_and_leaves_everything_as_it_was() {
    leave(|session, depth| {
        for question in QUESTIONS[..depth].iter().rev() {
            session.send("\x1b").unwrap();
            wait_for(session, question);
        }
        session.send("\x1b").unwrap();
    });
}

#[test]
fn control_c_leaves_everything_as_it_was() {
    leave(|session, _| session.send(ControlCode::EndOfText).unwrap());
}

#[test]
fn without_a_terminal_the_missing_flag_is_named() {
    let folder = folder();
    let given = [
        "shop",
        "--service",
        "vision:inference",
        "--via",
        "rest",
        "--realtime",
        "none",
        "--auth",
        "none",
    ];
    for (count, missing) in [
        (0, "NAME"),
        (1, "--service"),
        (3, "--via"),
        (5, "--realtime"),
        (7, "--auth"),
        (9, "--target"),
    ] {
        let expected = format!(
            "error: there is no terminal to ask on, and `{missing}` is not given\n\
             hint: `--yes` takes every default\n"
        );
        let new = support::command(folder.path(), &[&["new"], &given[..count]].concat());
        let ended = printed(new, folder.path());
        ended.code(1).stdout_eq("").stderr_eq(expected);
        assert!(is_empty(&folder));
    }
}

/// Runs `new` with a pack from git and answers what is asked on its first use.
fn new_with_foreign_pack(folder: &TempDir, url: &str, answer: Option<&str>) -> (String, i32) {
    let words = new_with_pack("shop", url, &[]);
    let mut session = terminal(&folder.path().join("work"), &words);
    if let Some(answer) = answer {
        let shown = session.expect("Use it?").expect("it is asked");
        assert_data_eq!(
            text_of(shown.before()),
            str![[r#"
Pack `acme 1.0.0` from `file://[..]/origin#v1` has files that deserve a look:
  templates/base/files/_npmrc  says where packages come from, or runs when they are installed
[..]
"#]]
        );
        session.send(answer).unwrap();
    }
    finish(session)
}

#[test]
fn a_pack_from_elsewhere_is_looked_at_once() {
    let folder = folder();
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    let pack = [(
        "templates/base/files/_npmrc",
        "registry=https://example.org/\n",
    )];
    let url = repository(folder.path(), &pack) + "#v1";
    // Enter alone is no consent.
    for answer in ["n", "\r", "\u{1b}"] {
        let (text, code) = new_with_foreign_pack(&folder, &url, Some(answer));
        assert_eq!(code, 130, "{text}");
        let last = text.trim_end().rsplit(SHOW_CURSOR).next();
        assert_eq!(
            last,
            Some("error: cancelled, nothing was written"),
            "{text}"
        );
        assert_eq!(fs::read_dir(&work).unwrap().count(), 0);
    }
    let (text, code) = new_with_foreign_pack(&folder, &url, Some("y"));
    assert_eq!(code, 0, "{text}");
    fs::remove_dir_all(work.join("shop")).unwrap();
    let (text, code) = new_with_foreign_pack(&folder, &url, None);
    assert_eq!(code, 0, "{text}");
    assert_data_eq!(
        text_of(text.as_bytes()),
        str![[r#"
done: [..] files in `shop`
Next:
  cd shop
  make dev    # starts it all, without Docker

"#]]
    );
}

/// A project with a gateway and a worker, for commands that change it.
fn project() -> TempDir {
    let folder = folder();
    let new = ["new", "shop", "--yes", "--service", "edge:gateway"];
    let more = ["--service", "books:worker", "--no-lock", "--no-git"];
    let output = support::hybridge(folder.path(), &[&new[..], &more, &["--into", "."]].concat());
    assert!(output.status.success(), "{}", support::stderr(&output));
    folder
}

fn answer(session: &mut OsSession, question: &str, text: &str) {
    session
        .expect(question)
        .unwrap_or_else(|error| panic!("`{question}`: {error}"));
    session.send(format!("{text}\r")).unwrap();
}

#[test]
fn add_asks_for_what_is_not_given() {
    let folder = project();
    let page = || fs::read_to_string(folder.path().join("hybridge.yaml")).unwrap();
    let mut before = page();
    let mut added = || {
        let last = std::mem::replace(&mut before, page());
        support::changed_lines(&last, &before)
    };

    let mut session = terminal(folder.path(), &["add", "service", "--no-apply"]);
    enter(&mut session, "Of which kind");
    answer(&mut session, "Name of the", "orders");
    enter(&mut session, "How does the gateway reach `orders`");
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert_data_eq!(
        added(),
        str![[r#"
+  orders:
+    kind: inference
+    framework: fastapi
+  - { from: edge, to: orders, via: rest }

"#]]
    );

    let mut session = terminal(folder.path(), &["add", "operation", "books", "--no-apply"]);
    answer(&mut session, "Name of the operation", "find");
    // Asked again until it can be understood; what was typed stands there to be corrected.
    answer(&mut session, "Field of its input", "title");
    answer(&mut session, "write FIELD:TYPE", ":string");
    enter(&mut session, "Field of its input");
    answer(&mut session, "Field of its output", "found:[string]");
    enter(&mut session, "Field of its output");
    answer(&mut session, "Does it change nothing", "y");
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert_data_eq!(
        added(),
        str![[r#"
+    operations:
+      find:
+        safe: true
+        input:
+          title: string
+        output:
+          found: "[string]"

"#]]
    );

    let mut session = terminal(folder.path(), &["add", "event", "--no-apply"]);
    enter(&mut session, "Of which service");
    answer(&mut session, "Name of the event", "lent");
    answer(&mut session, "Field of it", "title:string");
    enter(&mut session, "Field of it");
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert_data_eq!(
        added(),
        str![[r#"
+    events:
+      lent:
+        title: string

"#]]
    );

    let before = page();
    let mut session = terminal(folder.path(), &["add", "target"]);
    session.expect("Which target").unwrap();
    std::thread::sleep(Duration::from_millis(150));
    session.send("\x1b").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 130, "{text}");
    assert_eq!(page(), before);
}

/// Where a person looks on, a line turns while work is under way, and is gone afterwards.
#[test]
fn apply_shows_progress() {
    let folder = project();
    let arguments = ["set", "links.books.via", "grpc"];
    let mut session = terminal(folder.path(), &arguments);
    session.expect("rendering and merging").unwrap();
    let (text, code) = finish(session);
    assert_data_eq!(
        text_of(text.as_bytes()),
        str![[r#"
...
done: [..] files changed
...
"#]]
    );
    assert_eq!(code, 0, "{text}");
}

#[test]
fn without_a_terminal_add_names_what_is_missing() {
    let folder = project();
    for (arguments, missing) in [
        (&["add", "service"][..], "NAME:KIND"),
        (&["add", "link"], "SERVICE"),
        (&["add", "operation"], "SERVICE"),
        (&["add", "operation", "books"], "NAME"),
        (&["add", "event", "books"], "NAME"),
        (&["add", "target"], "TARGET"),
    ] {
        let expected = format!(
            "error: there is no terminal to ask on, and {missing} is not given\n\
             hint: `--help` shows how it is given\n"
        );
        let ended = printed(support::command(folder.path(), arguments), folder.path());
        ended.code(1).stdout_eq("").stderr_eq(expected);
    }
}
