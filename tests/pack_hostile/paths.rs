//! Names of files that are not the same file everywhere, and what is no file.

use crate::support::packs::{active, folder, refused, write};

#[test]
fn nothing_lands_outside_of_the_project_after_placeholders_are_filled_in() {
    for (path, reason) in [
        ("templates/base/files/_./x", "ends in a dot"),
        (
            "templates/base/files/_git/hooks/post-commit",
            "git's own folder",
        ),
        ("templates/base/files/sub/_GIT/config", "git's own folder"),
        ("templates/base/files/git~1/config", "git's own folder"),
        (
            "templates/base/files/_hybridge/state.json",
            "hybridge's own",
        ),
        ("templates/base/files/hybridge.yaml", "hybridge's own"),
        ("templates/base/files/a/.hbs", "without a name"),
        ("templates/base/files/nul.txt", "Windows device"),
        ("templates/base/files/a.", "ends in a dot"),
        ("templates/base/files/caf\u{e9}.txt", "plain ASCII"),
        ("templates/base/files/a\u{202e}b", "plain ASCII"),
    ] {
        let error = refused(&[(path, "x")]);
        assert!(error.contains(reason), "{path}: {error}");
    }
}

#[test]
fn names_that_differ_by_case_alone_are_refused_also_against_built_in_ones() {
    let error = refused(&[
        ("templates/base/files/A.txt", ""),
        ("templates/base/files/a.txt", ""),
    ]);
    assert!(error.contains("where letters have no case"), "{error}");
    let error = refused(&[("templates/base/files/readme.md", "")]);
    assert!(error.contains("cannot stand beside `README.md`"), "{error}");
    let error = refused(&[("templates/base/files/Services/x.txt", "")]);
    assert!(error.contains("cannot stand beside"), "{error}");
    let error = refused(&[("templates/base/files/tools", "")]);
    assert!(error.contains("cannot stand beside `tools`"), "{error}");
    let error = refused(&[("templates/deploy/compose/files/README.md", "")]);
    assert!(
        error.contains("as `templates/base/files/README.md.hbs` already is"),
        "{error}"
    );
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
