//! A pack that is wrong, or for another hybridge: whose fault it is, where, and what to do.

use snapbox::{assert_data_eq, str};

use crate::support::packs::{refused, write};
use crate::support::scratch::Scratch;

#[test]
fn errors_name_pack_file_line_and_column_and_show_the_line() {
    let error = refused(&[(
        "templates/base/files/a.txt.hbs",
        "one\ntwo {{sytem.name}}\n",
    )]);
    assert_eq!(
        error,
        "pack `acme 1.0.0`: templates/base/files/a.txt.hbs:2:5: there is no variable `sytem.name` here\n  |\n2 | two {{sytem.name}}\n  |     ^"
    );
    let error = refused(&[("templates/blocks/readme-header.hbs", "{{#if x}}\n")]);
    assert_data_eq!(
        error,
        str![
            "pack `acme 1.0.0`: templates/blocks/readme-header.hbs:2:1: not a template: expected [..]"
        ]
    );
    let error = refused(&[("templates/base/files/a.txt.hbs", "{{shout system.name}}\n")]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: there is no helper `shout`
  |
1 | {{shout system.name}}
  | ^
"#]]
    );
    let error = refused(&[("templates/auth/x/module.yaml", "label: X\nhepl: Y\n")]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/auth/x/module.yaml:2:1: unknown field `hepl`, expected one of [..]
  |
2 | hepl: Y
  | ^^^^
"#]]
    );
    let error = refused(&[(
        "templates/runtime/python/module.yaml",
        "python: { dependencies: [nowhere] }\n",
    )]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/runtime/python/module.yaml:1:26: there is no version of `nowhere`; give it one in `templates/versions.yaml` of the pack: `pypi: { "nowhere": "1.2.3" }`
  |
1 | python: { dependencies: [nowhere] }
  |                          ^^^^^^^
"#]]
    );
    let error = refused(&[
        ("templates/kind/x/module.yaml", "label: X\nhelp: Y\n"),
        (
            "templates/kind/x/contract.yaml",
            "operations:\n  a: { input: { b: strng } }\n",
        ),
    ]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/kind/x/contract.yaml:2:20: unknown type `strng`
  |
2 |   a: { input: { b: strng } }
  |                    ^^^^^
"#]]
    );
    let error = refused(&[
        ("templates/kind/x/module.yaml", "label: X\nhelp: Y\n"),
        (
            "templates/kind/x/contract.yaml",
            "operations:\n  a: { stream: { b: string }, observe: { name: a, attributes: [] } }\n",
        ),
    ]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/kind/x/contract.yaml:2:40: an answer in parts is not observed: an observer gets outputs of calls
  |
2 |   a: { stream: { b: string }, observe: { name: a, attributes: [] } }
  |                                        ^
"#]]
    );
    let error = refused(&[("pack.yaml", "name: Acme\nversion: 1.0.0\nhybridge: '*'\n")]);
    assert_data_eq!(
        error,
        str![[r#"
pack `PACK`: pack.yaml:1:1: `Acme` is not a pack's name: lower-case letters and digits, in words joined by single hyphens, a letter first
  |
1 | name: Acme
  | ^^^^
"#]]
    );
}

#[test]
fn a_pack_for_another_hybridge_is_told_which() {
    let fits = |requirement: &str| {
        refused(&[(
            "pack.yaml",
            &format!("name: acme\nversion: 2.0.0\nhybridge: \"{requirement}\"\nlater: 1\n"),
        )])
    };
    let have = env!("CARGO_PKG_VERSION");
    assert_eq!(
        fits(">=9.0"),
        format!("pack `acme 2.0.0` is for hybridge `>=9.0`, and this is {have}")
    );
    assert_eq!(
        fits("<0.1"),
        format!("pack `acme 2.0.0` is for hybridge `<0.1`, and this is {have}")
    );
    assert_data_eq!(
        fits("soon"),
        str![[r#"
pack `PACK`: pack.yaml:3:1: `soon` is not a version requirement: unexpected character 's' while parsing major version number
  |
3 | hybridge: "soon"
  | ^^^^^^^^
"#]]
    );
    // One that fits is read strictly.
    assert_data_eq!(
        fits("*"),
        str![[r#"
pack `acme 2.0.0`: pack.yaml:4:1: unknown field `later`, expected one of [..]
  |
4 | later: 1
  | ^^^^^
"#]]
    );
}

#[test]
fn the_name_on_the_page_is_the_name_of_the_pack() {
    let page = "name: shop\npacks: { acne: { from: acme } }\n";
    let scratch = Scratch::with(&[("hybridge.yaml", page)]);
    write(&scratch.path().join("acme"), &[]);
    scratch
        .run(&["check"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: the blueprint calls the pack at `acme` `acne`, and its `pack.yaml` calls it `acme`
hint: write `acme:` under `packs`

"#]]);
    scratch
        .run(&["new", "shop", "--yes", "--pack", "nowhere"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: there is no pack at `nowhere`: No such file or directory (os error 2)

"#]]);
}
