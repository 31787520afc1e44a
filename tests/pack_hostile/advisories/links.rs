//! Links that lead out of a pack or a project.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{folder, new_shop, unreadable, write};

/// 9.11.2, GHSA-xjhm-gp88-8pfx (CVE-2026-23968), and "disallow Jinja `{% include %}` of symlinks resolving outside
/// template root" (9.17.2): files outside of the template are read through symbolic links.
#[cfg(unix)]
#[test]
fn a_link_to_a_file_or_folder_outside_is_not_followed() {
    let folder = folder();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    fs::write(folder.path().join("secrets/key"), "s3cr3t").unwrap();
    for (at, target, reason) in [
        (
            "templates/base/files/stolen.txt",
            "../../../../secrets/key",
            str![
                "pack `PACK`: `templates/base/files/stolen.txt` is a symbolic link, which a pack cannot have"
            ],
        ),
        (
            "templates/base/files/stolen",
            "../../../../secrets",
            str![
                "pack `PACK`: `templates/base/files/stolen` is a symbolic link, which a pack cannot have"
            ],
        ),
        (
            "templates/base/files/etc",
            "/etc",
            str![
                "pack `PACK`: `templates/base/files/etc` is a symbolic link, which a pack cannot have"
            ],
        ),
        (
            "templates/partials/stolen.hbs",
            "../../../secrets/key",
            str![
                "pack `PACK`: `templates/partials/stolen.hbs` is a symbolic link, which a pack cannot have"
            ],
        ),
        (
            "templates/blocks/readme-header.hbs",
            "../../../secrets/key",
            str![
                "pack `PACK`: `templates/blocks/readme-header.hbs` is a symbolic link, which a pack cannot have"
            ],
        ),
    ] {
        let pack = write(
            &folder.path().join(at.replace('/', "-")),
            &[("templates/base/files/a.txt.hbs", "{{> stolen}}")],
        );
        fs::create_dir_all(pack.join(at).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, pack.join(at)).unwrap();
        assert_data_eq!(unreadable(&pack), reason);
    }
    // The folders above are no way around.
    let pack = write(&folder.path().join("whole"), &[]);
    std::os::unix::fs::symlink(folder.path().join("secrets"), pack.join("templates")).unwrap();
    assert_data_eq!(
        unreadable(&pack),
        str!["pack `PACK`: `templates` is no folder"]
    );
    let pack = write(&folder.path().join("page"), &[]);
    fs::remove_file(pack.join("pack.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", pack.join("pack.yaml")).unwrap();
    assert_data_eq!(
        unreadable(&pack),
        str!["pack `PACK`: `pack.yaml` is a symbolic link, which a pack cannot have"]
    );
}

/// 9.11.2, GHSA-4fqp-r85r-hxqh (CVE-2026-23986): a folder link in the template leads what is rendered outside.
/// Nothing but files is ever written, into a folder that was not there before.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = folder();
    fs::create_dir(folder.path().join("outside")).unwrap();
    let pack = write(
        &folder.path().join("acme"),
        &[("templates/base/files/a.txt", "a")],
    );
    std::os::unix::fs::symlink(
        "../../../../outside",
        pack.join("templates/base/files/link"),
    )
    .unwrap();
    new_shop(folder.path(), "acme", &[])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pack `acme`: `templates/base/files/link` is a symbolic link, which a pack cannot have

"#]]);
    assert!(!folder.path().join("shop").exists());
    assert_eq!(
        fs::read_dir(folder.path().join("outside")).unwrap().count(),
        0
    );
}
