//! What is shown of a pack before it is used, and to whom.

use std::fs;

use snapbox::str;

use crate::support::packs::{at_home, commit, folder, repository, write};
use crate::support::stderr;

/// What is said of the repository at a tag, to somebody who does not trust it.
fn refusal(tag: &str, digest: &str) -> String {
    format!(
        "Pack `acme 1.0.0` from `file://[FOLDER]/origin#{tag}` has files that deserve a look:
  templates/base/files/_github/workflows/ci.yaml  runs in CI
  templates/base/files/_npmrc  says where packages come from, or runs when they are installed
  templates/runtime/python/module.yaml  can be run
  templates/versions.yaml  runs in CI
  templates/versions.yaml  says what containers are made of
error: pack `acme 1.0.0` wants a look before it is used, and nobody is there to ask
hint: look at the files above, then say `--trust acme@{digest}`
"
    )
}

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
    let refused = new(&[]);
    let said = stderr(refused.get_output());
    refused
        .code(1)
        .stdout_eq("")
        .stderr_eq(refusal("v1", "7ec073323b8a"));
    let flag = said
        .lines()
        .find_map(|line| line.split("`--trust ").nth(1))
        .unwrap()
        .trim_end_matches('`')
        .to_owned();
    for other in ["acme@000000000000", "other"] {
        let refused = new(&["--trust", other]).code(1).stdout_eq("");
        assert_eq!(stderr(refused.get_output()), said);
    }
    new(&["--trust", &flag]).success();
    // Remembered from now on, for this content only.
    new(&[]).success().stderr_eq("");
    fs::write(home.join("origin/templates/base/files/_npmrc"), "a=c\n").unwrap();
    commit(&home.join("origin"), "v2");
    at_home(home, &["list", "--pack", &format!("{url}#v2")])
        .code(1)
        .stdout_eq("")
        .stderr_eq(refusal("v2", "0a43407cb0f7"));
}

#[test]
fn a_folder_of_ones_own_is_not_asked_about() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[("templates/base/files/_npmrc", "a=b\n")],
    );
    at_home(folder.path(), &["list", "--pack", "acme"])
        .success()
        .stdout_eq(str![[r#"
...
Packs
  acme 1.0.0  : 0 files added, 1 replaced or merged, 0 removed, 0 prompts; from acme

"#]])
        .stderr_eq("");
}
