use std::fs;

use tempfile::TempDir;

use super::*;
use crate::contract::compatibility::surface::{Surface, Surfaces, of_parts};
use crate::plan::ports::Ports;
use crate::project::base;
use crate::project::remember::remember;
use crate::state_error::StateError;
use crate::written::sha256;

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> (StateError, String) {
    let folder = project(files);
    let error = State::read(folder.path()).unwrap_err();
    let text = error
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "");
    (error, text)
}

fn tree() -> Tree {
    let file = |text: &str| TreeFile::own(text.into(), Owner::Managed);
    let script = TreeFile {
        executable: true,
        template: "base/files/tools/run".into(),
        ..file("#!/bin/sh\n")
    };
    let handler = TreeFile {
        owner: Owner::Seeded,
        template: "kind/inference/files/handlers.py".into(),
        pack: Some("acme".into()),
        ..file("pass\n")
    };
    Tree::from([
        ("tools/run".into(), script),
        ("services/vision/handlers.py".into(), handler),
        (
            ".hybridge/contracts/vision.proto.json".into(),
            file(
                r#"{"Thing":{"members":{"a":{"number":1,"kind":"string"}},"reserved":{"2":"b"}}}"#,
            ),
        ),
    ])
}

fn surface() -> Surface {
    let parts = [
        ("vision.clients", json!({ "gateway": "grpc" })),
        (
            "vision.operations.see",
            json!({
                "safe": true,
                "input": { "many": { "type": "[{string: Word}]?", "max_length": 9 } },
                "output": { "mood": "glad | sad" },
            }),
        ),
    ];
    let parts = parts.map(|(key, value)| (key.to_owned(), value));
    of_parts(parts.into()).unwrap().remove("vision").unwrap()
}

fn record() -> Record {
    let further = BTreeMap::from([("grpc".into(), 9001)]);
    let ports = [
        (
            "gateway",
            Ports {
                http: 3000,
                further: BTreeMap::new(),
            },
        ),
        (
            "vision",
            Ports {
                http: 8001,
                further,
            },
        ),
    ];
    let ports = ports.map(|(name, ports)| (name.to_owned(), ports));
    Record {
        ports: ports.into(),
        numbers: BTreeMap::new(),
        contracts: Surfaces::from([("vision".into(), surface())]),
    }
}

#[test]
fn the_state_has_a_line_for_each_file() {
    let text = State::of(&tree(), "2026-11-22T00:00:00Z", &record()).to_file();
    let digest = |path: &str| sha256(&tree()[path].bytes);
    let expected = format!(
        r#"{{
  "format": 2,
  "hybridge": "{}",
  "as_of": "2026-11-22T00:00:00Z",
  "ports": {{
    "gateway": {{ "http": 3000 }},
    "vision": {{ "http": 8001, "grpc": 9001 }}
  }},
  "contracts": {{
    "vision.clients": {{ "gateway": "grpc" }},
    "vision.operations.see": {{ "safe": true, "input": {{"many":{{"type":"[{{string: Word}}]?","max_length":9}}}}, "output": {{"mood":"glad | sad"}} }}
  }},
  "files": {{
    ".hybridge/contracts/vision.proto.json": {{ "owner": "managed", "mode": "644", "sha256": "{}" }},
    "services/vision/handlers.py": {{ "owner": "seeded", "template": "kind/inference/files/handlers.py", "pack": "acme", "mode": "644", "sha256": "{}" }},
    "tools/run": {{ "owner": "managed", "template": "base/files/tools/run", "mode": "755", "sha256": "{}" }}
  }}
}}
"#,
        env!("CARGO_PKG_VERSION"),
        digest(".hybridge/contracts/vision.proto.json"),
        digest("services/vision/handlers.py"),
        digest("tools/run"),
    );
    assert_eq!(String::from_utf8(text.bytes).unwrap(), expected);
}

#[test]
fn what_is_written_is_read() {
    let mut files = tree();
    remember(&mut files, "2026-11-22T00:00:00Z", &record(), None);
    let folder = tempfile::tempdir().unwrap();
    for (path, file) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
    let state = State::read(folder.path()).unwrap();
    assert_eq!(state, State::of(&tree(), "2026-11-22T00:00:00Z", &record()));
    let numbers = &state.record.numbers["vision"].scopes["Thing"];
    assert_eq!(numbers.number("a"), 1);
    let base = base::Base::read(folder.path(), &state).unwrap();
    for (path, file) in tree() {
        assert_eq!(base.get(&state.files[&path]), Some(file.bytes.as_slice()));
    }
}

#[test]
fn numbers_stay_recorded_while_no_template_writes_them() {
    let mut earlier = tree();
    let numbers = State::of(&earlier, "", &record()).record.numbers;
    earlier.remove(".hybridge/contracts/vision.proto.json");
    let given = Record {
        numbers,
        ..record()
    };
    remember(&mut earlier, "", &given, None);
    assert!(earlier.contains_key(".hybridge/contracts/vision.proto.json"));
    let gone = Record {
        ports: BTreeMap::new(),
        ..given
    };
    let mut later = Tree::new();
    remember(&mut later, "", &gone, None);
    assert!(!later.contains_key(".hybridge/contracts/vision.proto.json"));
}

#[test]
fn format_1_comes_as_format_2() {
    let text = format!(
        r#"{{
  "format": 1,
  "hybridge": "0.1.0",
  "as_of": "2026-11-22T00:00:00Z",
  "files": {{
    ".editorconfig": {{
      "owner": "managed",
      "module": "base",
      "sha256": "{0}"
    }},
    "hybridge.yaml": {{ "owner": "seeded", "module": "hybridge", "pack": "acme", "sha256": "{0}" }}
  }}
}}
"#,
        sha256(b"root = true\n")
    );
    let folder = project(&[(STATE, &text), (".editorconfig", "root = true\n")]);
    let state = State::read(folder.path()).unwrap();
    assert_eq!(state.hybridge, "0.1.0");
    assert_eq!(state.files[".editorconfig"].template, "base/");
    assert_eq!(state.files["hybridge.yaml"].template, "");
    assert_eq!(state.files["hybridge.yaml"].pack.as_deref(), Some("acme"));
    let base = base::Base::read(folder.path(), &state).unwrap();
    let unedited = base.get(&state.files[".editorconfig"]);
    assert_eq!(unedited, Some(&b"root = true\n"[..]));
}

#[test]
fn what_is_newer_is_refused_with_its_version() {
    let (error, text) = refused(&[(STATE, r#"{"format": 99, "hybridge": "4.2.0", "new": []}"#)]);
    let expected = "`.hybridge/state.json` has format 99, and this hybridge reads up to 2; it was written by \
                    hybridge 4.2.0";
    assert_eq!(text, expected);
    let hint = error.hint();
    let expected = "install a newer hybridge: `cargo install hybridge`";
    assert_eq!(hint.as_deref(), Some(expected));
}

#[test]
fn what_is_broken_is_refused_with_the_reason() {
    let file = |line: &str| {
        format!(
            r#"{{"format":2,"hybridge":"","as_of":"","ports":{{}},"files":{{
{line}
}}}}"#
        )
    };
    let digest = "0".repeat(64);
    let entry = |path: &str| {
        format!(r#""{path}": {{"owner": "managed", "mode": "644", "sha256": "{digest}"}}"#)
    };
    let cases = [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("[]", "it does not say its format"),
        (r#"{"format": "2"}"#, "it does not say its format"),
        (r#"{"format": 0}"#, "it does not say its format"),
        (r#"{"format": 1}"#, "missing field `hybridge`"),
        (r#"{"format": 2}"#, "missing field `hybridge`"),
        (&file(&entry("../x")), "`../x` is not a path in the project"),
        (
            &file(&entry("/etc/x")),
            "`/etc/x` is not a path in the project",
        ),
        (
            &file(&entry(".git/config")),
            "`.git/config` is not a path in the project",
        ),
        (
            &file(r#""a": {"owner": "managed", "mode": "644", "sha256": "x"}"#),
            "the digest of `a` is not one",
        ),
        (
            &file(r#""a": {"owner": "managed", "mode": "777", "sha256": "x"}"#),
            "`777` is not a mode",
        ),
    ];
    for (text, reason) in cases {
        let expected = format!("`.hybridge/state.json` is broken: {reason}");
        assert_eq!(refused(&[(STATE, text)]).1, expected);
    }
    let (error, text) = refused(&[(STATE, "{\n<<<<<<< ours\n=======\n>>>>>>> theirs\n}")]);
    assert!(matches!(error, StateError::Unmerged { .. }), "{text}");
    let expected =
        "`.hybridge/state.json` is in the middle of a merge: it holds conflict markers of git";
    assert_eq!(text, expected);
    let (error, text) = refused(&[]);
    assert!(matches!(error, StateError::NoProject { .. }), "{text}");
    assert!(text.ends_with("is not a project of hybridge: it has no `.hybridge/state.json`"));
}

#[test]
fn numbers_that_contradict_themselves_are_refused() {
    let state = r#"{"format":2,"hybridge":"","as_of":"","ports":{},"files":{}}"#;
    let twice = r#"{"T":{"members":{"a":{"number":1,"kind":"k"}},"reserved":{"1":"b"}}}"#;
    let (_, text) = refused(&[
        (STATE, state),
        (".hybridge/contracts/vision.proto.json", twice),
    ]);
    let expected = "`.hybridge/contracts/vision.proto.json` is broken: in `T`, `a` has the number 1, which was \
                    given to `b`";
    assert_eq!(text, expected);
}

#[test]
fn a_checkout_with_other_line_ends_is_no_edit() {
    let known = FileState::of(&TreeFile::own(b"a\nb\n".to_vec(), Owner::Managed));
    assert!(known.is_of(b"a\nb\n"));
    assert!(known.is_of(b"a\r\nb\r\n"));
    assert!(!known.is_of(b"a\nc\n"));
}
