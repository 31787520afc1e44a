//! `--from FILE` with flags: the file is edited, not rewritten.

mod support;

use std::fs;

use support::{changed_lines, command, stderr};

const PAGE: &str = "# The shop.
hybridge: 1
name: shop # its folder, too

services:
  # The way in.
  edge:
    kind: gateway
    realtime: [sse] # no sockets yet
  mood: { kind: inference } # reads texts

  # What was asked.
  log:
    kind: analytics
    store: sqlite

# Who asks whom.
links:
  - { from: edge, to: mood, via: rest } # slow
  - from: edge
    to: log
";

/// What `hybridge new --from` writes as the blueprint of a page with flags, as lines that differ.
fn changed(page: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("page.yaml"), page).unwrap();
    let arguments = [
        "new",
        "--from",
        "page.yaml",
        "--into",
        "out",
        "--no-lock",
        "--no-git",
    ];
    let output = command(folder.path(), &[&arguments, flags].concat())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let written = fs::read_to_string(folder.path().join("out/hybridge.yaml")).unwrap();
    changed_lines(page, &written)
}

#[test]
fn a_transport_is_a_word_on_the_page() {
    assert_eq!(
        changed(PAGE, &["--via", "mood=grpc"]),
        "-  - { from: edge, to: mood, via: rest } # slow\n+  - { from: edge, to: mood, via: grpc } # slow\n"
    );
    assert_eq!(
        changed(PAGE, &["--via", "grpc"]),
        "-  - { from: edge, to: mood, via: rest } # slow\n+  - { from: edge, to: mood, via: grpc } # slow\n\
         +    via: grpc\n"
    );
}

#[test]
fn what_other_flags_say_is_put_where_it_belongs() {
    assert_eq!(changed(PAGE, &[]), "");
    assert_eq!(
        changed(PAGE, &["--description", "Sells: things"]),
        "+description: \"Sells: things\"\n"
    );
    assert_eq!(
        changed(PAGE, &["--realtime", "sse,websocket"]),
        "-    realtime: [sse] # no sockets yet\n+    realtime: [sse, websocket] # no sockets yet\n"
    );
    assert_eq!(
        changed(PAGE, &["--target", "kubernetes"]),
        "+\n+targets: [kubernetes]\n"
    );
    assert_eq!(
        changed(PAGE, &["--service", "mood:inference:fastapi"]),
        "-  mood: { kind: inference } # reads texts\n+  mood: { kind: inference, framework: fastapi } # reads texts\n"
    );
    assert_eq!(
        changed(PAGE, &["--service", "log:inference"]),
        "-    kind: analytics\n-    store: sqlite\n+    kind: inference\n"
    );
    assert_eq!(
        changed(PAGE, &["--backplane", "redis"]),
        "+    backplane: redis\n"
    );
}

#[test]
fn what_the_page_leaves_to_defaults_is_written_only_where_a_flag_changes_it() {
    assert_eq!(
        changed("name: shop # mine", &["--via", "grpc"]),
        "-name: shop # mine+name: shop # mine\n+links:\n+  - { from: gateway, to: vision, via: grpc }\n\
         +  - { from: gateway, to: trends, via: grpc }\n"
            .replace("mine+", "mine\n+")
    );
    let page = "name: shop\nservices:\n  # eyes\n  eye: { kind: inference }\n";
    assert_eq!(
        changed(page, &["--backplane", "redis"]),
        "+  gateway:\n+    kind: gateway\n+    backplane: redis\n"
    );
}
