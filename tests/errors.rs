//! What a program reads when a command stops with an error: of each command that takes `--json`, one value on stdout
//! in place of the result, and what people read on stderr as without it.

mod support;

use std::collections::BTreeSet;

use clap::{Command, CommandFactory};
use hybridge::cli::Cli;
use serde_json::{Value, json};
use snapbox::str;
use support::packs::write;
use support::scratch::Scratch;
use support::{hybridge, stderr, stdout};

/// Every command that can stop with an error here, with what makes it: outside of a project.
const STOPPING: [&[&str]; 19] = [
    &["new", "shop", "--yes", "--dry-run", "--via", "nobody=rest"],
    &["apply"],
    &["contract", "diff", "HEAD"],
    &["add", "service", "vision:inference"],
    &["add", "link", "edge:books"],
    &["add", "operation", "books", "find"],
    &["add", "event", "books", "found"],
    &["add", "target", "compose"],
    &["rename", "books", "library"],
    &["remove", "service", "books"],
    &["remove", "link", "edge:books"],
    &["remove", "operation", "books", "find"],
    &["remove", "event", "books", "found"],
    &["remove", "target", "compose"],
    &["set", "name", "other"],
    &["doctor"],
    &["eject"],
    &["explain", "README.md"],
    &["check", "nowhere.yaml"],
];

/// Those that look at a pack.
const OF_PACKS: [&[&str]; 3] = [
    &["list", "--pack", "broken"],
    &["pack", "check", "broken"],
    &["pack", "lock", "asking.yaml", "--dry-run"],
];

/// The names of a command and of those below it that take `--json`.
fn with_json(command: &Command, above: &str, found: &mut BTreeSet<String>) {
    let name = format!("{above} {}", command.get_name());
    if command.get_arguments().any(|it| it.get_id() == "json") {
        found.insert(name.trim().to_owned());
    }
    for inner in command.get_subcommands() {
        with_json(inner, &name, found);
    }
}

#[test]
fn every_command_that_takes_json_gives_its_error_as_json() {
    let mut commands = BTreeSet::new();
    for command in Cli::command().get_subcommands() {
        with_json(command, "", &mut commands);
    }
    let scratch = Scratch::with(&[(
        "asking.yaml",
        "name: shop\npacks: { acme: { from: broken } }\n",
    )]);
    write(
        &scratch.path().join("broken"),
        &[("templates/base/files/a.txt.hbs", "{{> nothing}}\n")],
    );
    for words in STOPPING.iter().chain(&OF_PACKS) {
        let is_run = |command: &String| words.join(" ").starts_with(command.as_str());
        let command = commands.iter().find(|it| is_run(it)).cloned();
        commands.remove(&command.unwrap_or_else(|| panic!("{words:?} takes no --json")));
        let plain = hybridge(scratch.path(), words);
        let asked = hybridge(scratch.path(), &[words, &["--json"][..]].concat());
        assert_eq!(plain.status.code(), asked.status.code(), "{words:?}");
        assert_ne!(plain.status.code(), Some(0), "{words:?}");
        assert_eq!(stderr(&plain), stderr(&asked), "{words:?}");
        assert_eq!(stdout(&plain), "", "{words:?}");
        let value: Value = serde_json::from_str(&stdout(&asked))
            .unwrap_or_else(|error| panic!("{words:?}: {error}\n{}", stdout(&asked)));
        let findings = value["findings"].as_array().unwrap();
        assert!(!findings.is_empty(), "{words:?}: {value}");
        for finding in findings {
            let what = finding["what"].as_str().unwrap();
            assert!(stderr(&plain).contains(what), "{words:?}: {what}");
            assert!(finding["code"].is_string(), "{words:?}: {finding}");
        }
    }
    assert_eq!(commands, BTreeSet::new(), "nobody lets these stop");
}

#[test]
fn an_error_has_its_place_and_what_to_do_instead() {
    let scratch = Scratch::with(&[
        ("latin.yaml", "name: shop\n"),
        ("typo.yaml", "name: shop\nservces: {}\n"),
    ]);
    std::fs::write(scratch.path().join("latin.yaml"), b"name: caf\xe9\n").unwrap();
    for (words, expected) in [
        (
            &["check", "typo.yaml", "--json"][..],
            str![[r#"
{
  "findings": [
    {
      "code": "unknown_key",
      "source": "typo.yaml",
      "line": 2,
      "column": 1,
      "what": "unknown key `servces` in a blueprint",
      "instead": "did you mean `services`?"
    }
  ]
}

"#]],
        ),
        (
            &["check", "latin.yaml", "--json"],
            str![[r#"
{
  "findings": [
    {
      "code": "unreadable",
      "source": "latin.yaml",
      "line": 1,
      "column": 10,
      "what": "`latin.yaml` is not UTF-8 text: line 1, column 10"
    }
  ]
}

"#]],
        ),
        (
            &["apply", "--json"],
            str![[r#"
{
  "findings": [
    {
      "code": "state",
      "source": ".",
      "what": "`.` is not a project of hybridge: it has no `.hybridge/state.json`"
    }
  ]
}

"#]],
        ),
        (
            &[
                "new",
                "shop",
                "--service",
                "vision",
                "--yes",
                "--dry-run",
                "--json",
            ],
            str![[r#"
{
  "findings": [
    {
      "code": "bad_flag",
      "flag": "--service",
      "what": "`vision` is not a value of `--service`: write NAME:KIND or NAME:KIND:FRAMEWORK, as in `vision:inference`"
    }
  ]
}

"#]],
        ),
        // The command line itself.
        (
            &["check", "--json", "--jsn"],
            str![[r#"
{
  "findings": [
    {
      "code": "usage",
      "what": "unexpected argument '--jsn' found",
      "instead": "`--help` shows what there is"
    }
  ]
}

"#]],
        ),
    ] {
        scratch.run(words).code(1).stdout_eq(expected);
    }
}

#[test]
fn a_result_stays_the_only_value() {
    let scratch = Scratch::with(&[("typo.yaml", "name: shop\n")]);
    let words = ["new", "shop", "--yes", "--no-lock", "--no-git"];
    scratch.run(&words).success();
    scratch
        .run(&["check", "typo.yaml", "--json"])
        .success()
        .stdout_eq(str![[r#"
{
  "findings": []
}

"#]])
        .stderr_eq("");
    // What is wrong is in the result; the exit code says that something is.
    let output = hybridge(&scratch.path().join("shop"), &["doctor", "--json"]);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(value["findings"], json!(null));
    assert!(value["checks"].is_array());
}

#[test]
fn findings_of_a_pack_have_codes() {
    let scratch = Scratch::new();
    write(
        &scratch.path().join("acme"),
        &[
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nremove: [base/files/nothing]\n\
                 moved:\n  base/files/b.json: base/files/nowhere\n",
            ),
            (
                "templates/base/files/a.txt.hbs",
                "\n{{#if systm.name}}x{{/if}}\n",
            ),
            ("templates/base/files/b.json", "{\n"),
            ("templates/blocks/readme-hedaer.hbs", "x\n"),
            ("templats/base/files/c.txt", "x\n"),
        ],
    );
    scratch
        .run(&["pack", "check", "acme", "--json"])
        .code(1)
        .stdout_eq(str![[r#"
{
  "systems": [..],
  "findings": [
    {
      "code": "broken_file",
      "source": "templates/base/files/b.json",
      "what": "`b.json` of `templates/base/files/b.json` is not JSON: EOF while parsing an object at line 2 column 0"
    },
    {
      "code": "unused_file",
      "source": "templates/blocks/readme-hedaer.hbs",
      "what": "no system has a use for it",
      "instead": "did you mean `readme-header`?"
    },
    {
      "code": "unknown_variable",
      "source": "templates/base/files/a.txt.hbs",
      "line": 2,
      "what": "no system has a variable `systm.name`",
      "instead": "did you mean `system`?"
    },
    {
      "code": "removes_nothing",
      "source": "pack.yaml",
      "what": "`remove` names `base/files/nothing`, and no template is called so"
    },
    {
      "code": "not_moved",
      "source": "pack.yaml",
      "line": 6,
      "what": "`moved` names `base/files/b.json`, which is still there"
    },
    {
      "code": "moved_nowhere",
      "source": "pack.yaml",
      "line": 6,
      "what": "`moved` leads to `base/files/nowhere`, and the pack has no such template"
    },
    {
      "code": "misplaced",
      "source": "templats",
      "what": "`templats/` is no part of the pack",
      "instead": "did you mean `templates`?"
    }
  ]
}

"#]])
        .stderr_eq(str![[r#"
error: pack check of `acme`: 7 findings

"#]]);
    scratch.run(&["pack", "check", "acme"]).code(1).stdout_eq(str![[r#"
`b.json` of `templates/base/files/b.json` is not JSON: EOF while parsing an object at line 2 column 0
`templates/blocks/readme-hedaer.hbs`: no system has a use for it; did you mean `readme-header`?
`templates/base/files/a.txt.hbs:2`: no system has a variable `systm.name`; did you mean `system`?
`pack.yaml`: `remove` names `base/files/nothing`, and no template is called so
`pack.yaml:6`: `moved` names `base/files/b.json`, which is still there
`pack.yaml:6`: `moved` leads to `base/files/nowhere`, and the pack has no such template
`templats/` is no part of the pack; did you mean `templates`?

"#]]);
}
