//! Names of files that are not the same file everywhere, and what is no file.

use snapbox::{assert_data_eq, str};

use crate::support::packs::{active, folder, refused, write};

#[test]
fn nothing_lands_outside_of_the_project_after_placeholders_are_filled_in() {
    for (path, reason) in [
        ("templates/base/files/_./x", str![]),
        ("templates/base/files/_git/hooks/post-commit", str![]),
        ("templates/base/files/sub/_GIT/config", str![]),
        ("templates/base/files/git~1/config", str![]),
        ("templates/base/files/_hybridge/state.json", str![]),
        ("templates/base/files/hybridge.yaml", str![]),
        ("templates/base/files/a/.hbs", str![]),
        ("templates/base/files/nul.txt", str![]),
        ("templates/base/files/a.", str![]),
        ("templates/base/files/caf\u{e9}.txt", str![]),
        ("templates/base/files/a\u{202e}b", str![]),
    ] {
        let error = refused(&[(path, "x")]);
        assert_data_eq!(error, reason);
    }
}

#[test]
fn names_that_differ_by_case_alone_are_refused_also_against_built_in_ones() {
    let error = refused(&[
        ("templates/base/files/A.txt", ""),
        ("templates/base/files/a.txt", ""),
    ]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/base/files/readme.md", "")]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/base/files/Services/x.txt", "")]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/base/files/tools", "")]);
    assert_data_eq!(error, str![]);
    let error = refused(&[("templates/deploy/compose/files/README.md", "")]);
    assert_data_eq!(error, str![]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let folder = folder();
    let pack = write(
        &folder.path().join("acme"),
        &[("templates/base/files/a.txt", "a")],
    );
    let pipe = pack.join("templates/base/files/pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    // Opening it would wait for ever.
    assert!(
        active(&[&pack])
            .unwrap_err()
            .to_string()
            .contains("neither a file nor a folder")
    );
}
