//! A pack that is wrong, or for another hybridge: whose fault it is, where, and what to do.

use std::fs;

use crate::support::packs::{active, at_home, folder, refused, write};
use crate::support::stderr;

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
    assert!(
        error.starts_with("pack `acme 1.0.0`: templates/blocks/readme-header.hbs:"),
        "{error}"
    );
    let error = refused(&[("templates/base/files/a.txt.hbs", "{{shout system.name}}\n")]);
    assert!(
        error.contains("a.txt.hbs:1:1: there is no helper `shout`"),
        "{error}"
    );
    let error = refused(&[("templates/auth/x/module.yaml", "label: X\nhepl: Y\n")]);
    assert!(
        error.contains("templates/auth/x/module.yaml:2:1: unknown field `hepl`")
            && error.contains("\n2 | hepl: Y\n  | ^^^^"),
        "{error}"
    );
    let error = refused(&[(
        "templates/runtime/python/module.yaml",
        "python: { dependencies: [nowhere] }\n",
    )]);
    assert!(
        error.contains("`pypi` has no version of `nowhere`"),
        "{error}"
    );
    let error = refused(&[
        ("templates/kind/x/module.yaml", "label: X\nhelp: Y\n"),
        (
            "templates/kind/x/contract.yaml",
            "operations:\n  a: { input: { b: strng } }\n",
        ),
    ]);
    assert!(
        error.contains("templates/kind/x/contract.yaml:2:20: unknown type `strng`"),
        "{error}"
    );
    let error = refused(&[("pack.yaml", "name: Acme\nversion: 1.0.0\nhybridge: '*'\n")]);
    assert!(
        error.contains("pack.yaml:1:1: `Acme` is not a pack's name"),
        "{error}"
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
    assert!(fits("soon").contains("is not a version requirement"));
    // One that fits is read strictly.
    assert!(fits("*").contains("unknown field `later`"));
}

#[test]
fn the_name_on_the_page_is_the_name_of_the_pack() {
    let folder = folder();
    write(&folder.path().join("acme"), &[]);
    fs::write(
        folder.path().join("hybridge.yaml"),
        "name: shop\npacks: { acne: { from: acme } }\n",
    )
    .unwrap();
    let said = stderr(&at_home(folder.path(), &["check"]));
    assert!(
        said.contains("calls the pack at `acme` `acne`, and its `pack.yaml` calls it `acme`"),
        "{said}"
    );
    assert!(said.contains("hint: write `acme:` under `packs`"), "{said}");
    assert!(
        active(&[&folder.path().join("nowhere")])
            .unwrap_err()
            .to_string()
            .contains("there is no pack at")
    );
}
