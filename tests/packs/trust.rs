//! What is shown of a pack before it is used, and to whom.

use std::fs;

use crate::support::packs::{at_home, commit, folder, repository, write};
use crate::support::{assert_says, stderr, stdout};

#[test]
fn what_deserves_a_look_is_shown_once_for_each_content() {
    let folder = folder();
    let home = folder.path();
    let url = repository(
        home,
        &[
            (
                "templates/base/files/_github/workflows/ci.yaml",
                "on: push\n",
            ),
            ("templates/base/files/_npmrc", "a=b\n"),
            (
                "templates/versions.yaml",
                "images: { node: evil/node }\nactions: { checkout: evil/checkout@v1 }\n",
            ),
            (
                "templates/runtime/python/module.yaml",
                "executable: [run]\n",
            ),
            ("templates/base/files/plain.txt", "x"),
        ],
    );
    let from = format!("{url}#v1");
    let new = |more: &[&str]| {
        at_home(
            home,
            &[
                &["new", "shop", "--yes", "--dry-run", "--pack", &from],
                more,
            ]
            .concat(),
        )
    };
    let said = stderr(&new(&[]));
    assert_says(
        &said,
        &[
            "templates/base/files/_github/workflows/ci.yaml  runs in CI",
            "templates/base/files/_npmrc  says where packages come from",
            "templates/versions.yaml  says what containers are made of",
            "templates/versions.yaml  runs in CI",
            "templates/runtime/python/module.yaml  can be run",
            "wants a look before it is used, and nobody is there to ask",
        ],
    );
    assert!(!said.contains("plain.txt"));
    let flag = said
        .lines()
        .find_map(|line| line.split("`--trust ").nth(1))
        .unwrap()
        .trim_end_matches('`')
        .to_owned();
    assert_eq!(
        new(&["--trust", "acme@000000000000"]).status.code(),
        Some(1)
    );
    assert_eq!(new(&["--trust", "other"]).status.code(), Some(1));
    assert!(new(&["--trust", &flag]).status.success());
    // Remembered from now on, for this content only.
    let again = new(&[]);
    assert!(
        again.status.success() && stderr(&again).is_empty(),
        "{}",
        stderr(&again)
    );
    fs::write(home.join("origin/templates/base/files/_npmrc"), "a=c\n").unwrap();
    commit(&home.join("origin"), "v2");
    let other = at_home(home, &["list", "--pack", &format!("{url}#v2")]);
    assert!(
        stderr(&other).contains("deserve a look"),
        "{}",
        stderr(&other)
    );
}

#[test]
fn a_folder_of_ones_own_is_not_asked_about() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    let output = at_home(folder.path(), &["list", "--pack", "acme"]);
    assert!(
        output.status.success() && stderr(&output).is_empty(),
        "{}",
        stderr(&output)
    );
    assert!(
        stdout(&output).contains("acme 1.0.0"),
        "{}",
        stdout(&output)
    );
}
