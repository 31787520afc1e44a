//! Names of files that are not the same file everywhere, and what is no file.

use snapbox::{assert_data_eq, str};

use crate::support::packs::{folder, refused, unreadable, write};

#[test]
fn nothing_lands_outside_of_the_project_after_placeholders_are_filled_in() {
    for (path, reason) in [
        (
            "templates/base/files/_./x",
            str![
                "pack `PACK`: `templates/base/files/_.` has a name in it that ends in a dot or a space, which Windows drops"
            ],
        ),
        (
            "templates/base/files/_git/hooks/post-commit",
            str![
                "pack `acme 1.0.0`: `templates/base/files/_git/hooks/post-commit` would be written to `.git/hooks/post-commit`, which lies in git's own folder"
            ],
        ),
        (
            "templates/base/files/sub/_GIT/config",
            str![
                "pack `acme 1.0.0`: `templates/base/files/sub/_GIT/config` would be written to `sub/.GIT/config`, which lies in git's own folder"
            ],
        ),
        (
            "templates/base/files/git~1/config",
            str![
                "pack `acme 1.0.0`: `templates/base/files/git~1/config` would be written to `git~1/config`, which lies in git's own folder"
            ],
        ),
        (
            "templates/base/files/_hybridge/state.json",
            str![
                "pack `acme 1.0.0`: `templates/base/files/_hybridge/state.json` would be written to `.hybridge/state.json`, which is hybridge's own"
            ],
        ),
        (
            "templates/base/files/hybridge.yaml",
            str![
                "pack `acme 1.0.0`: `templates/base/files/hybridge.yaml` would be written to `hybridge.yaml`, which is hybridge's own"
            ],
        ),
        (
            "templates/base/files/a/.hbs",
            str![
                "pack `acme 1.0.0`: `templates/base/files/a/.hbs` would be written to `a/`, which has a folder or file without a name in it"
            ],
        ),
        (
            "templates/base/files/nul.txt",
            str![
                "pack `PACK`: `templates/base/files/nul.txt` has the name of a Windows device in it"
            ],
        ),
        (
            "templates/base/files/a.",
            str![
                "pack `PACK`: `templates/base/files/a.` has a name in it that ends in a dot or a space, which Windows drops"
            ],
        ),
        (
            "templates/base/files/caf\u{e9}.txt",
            str![
                "pack `PACK`: `templates/base/files/café.txt` has a character in it that is not plain ASCII"
            ],
        ),
        (
            "templates/base/files/a\u{202e}b",
            str![
                "pack `PACK`: `templates/base/files/a/u{202e}b` has a character in it that is not plain ASCII"
            ],
        ),
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
    assert_data_eq!(
        error,
        str![
            "pack `PACK`: `templates/base/files/a.txt` is the same as `templates/base/files/A.txt` where letters have no case"
        ]
    );
    let error = refused(&[("templates/base/files/readme.md", "")]);
    assert_data_eq!(
        error,
        str![
            "pack `acme 1.0.0`: `templates/base/files/readme.md` would be written to `readme.md`, which cannot stand beside `README.md` on every system"
        ]
    );
    let error = refused(&[("templates/base/files/Services/x.txt", "")]);
    assert_data_eq!(
        error,
        str![
            "pack `acme 1.0.0`: `templates/base/files/Services/x.txt` would be written to `Services`, which cannot stand beside `services` on every system"
        ]
    );
    let error = refused(&[("templates/base/files/tools", "")]);
    assert_data_eq!(
        error,
        str![
            "pack `acme 1.0.0`: `templates/base/files/tools` would be written to `tools`, which cannot stand beside `tools` on every system"
        ]
    );
    let error = refused(&[("templates/deploy/compose/files/README.md", "")]);
    assert_data_eq!(
        error,
        str![
            "pack `acme 1.0.0`: `templates/deploy/compose/files/README.md` would be written to `README.md`, as `templates/base/files/README.md.hbs` already is"
        ]
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
    assert_data_eq!(
        unreadable(&pack),
        str!["pack `PACK`: `templates/base/files/pipe` is neither a file nor a folder"]
    );
}
