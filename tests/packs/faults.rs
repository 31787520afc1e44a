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
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/base/files/a.txt.hbs", "{{shout system.name}}\n")]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/auth/x/module.yaml", "label: X\nhepl: Y\n")]);
    assert_data_eq!(error, str![]);
    let error = refused(&[(
        "templates/runtime/python/module.yaml",
        "python: { dependencies: [nowhere] }\n",
    )]);
    assert_data_eq!(error, str![]);
    let error = refused(&[
        ("templates/kind/x/module.yaml", "label: X\nhelp: Y\n"),
        (
            "templates/kind/x/contract.yaml",
            "operations:\n  a: { input: { b: strng } }\n",
        ),
    ]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("pack.yaml", "name: Acme\nversion: 1.0.0\nhybridge: '*'\n")]);
    assert_data_eq!(error, str![]);
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
    assert_data_eq!(fits("soon"), str![]);
    // One that fits is read strictly.
    assert_data_eq!(fits("*"), str![]);
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
        .stderr_eq(str![]);
    scratch
        .run(&["new", "shop", "--yes", "--pack", "nowhere"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![]);
}
