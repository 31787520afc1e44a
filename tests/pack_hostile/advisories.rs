//! What was found in copier, which makes projects of templates too, played against packs: the eight advisories
//! that are known of it, and every line under "Security" of its change log from 9.9.1 (August 2025) to 9.19.1
//! (October 2026), by the version that mended it.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{
    PACK, at_home, commit, folder, git, home_command, new_shop, refused, render, repository, text,
    unreadable, write,
};
use crate::support::scratch::printed;

/// 9.9.1, GHSA-3xw7-v6cj-5q8h (CVE-2025-55201), and "sandbox escape through path and settings objects" (9.17.1): what
/// a template sees has methods that read and write files. Here it is plain data, and helpers make texts.
#[test]
fn a_template_sees_plain_data_and_no_way_to_a_file() {
    for template in [
        "{{system.name.read_text}}",
        "{{system.__class__}}",
        "{{lookup system \"constructor\"}}",
        "{{system.name.constructor}}",
        "{{read \"/etc/passwd\"}}",
        "{{include \"/etc/passwd\"}}",
        "{{env \"HOME\"}}",
        "{{packs.acme.__proto__}}",
    ] {
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[("templates/base/files/a.txt.hbs", template)],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            assert_eq!(text(&tree, "a.txt").trim(), "", "{template}");
        }
    }
}

/// 9.9.1, GHSA-p7q8-grrj-3m8w (CVE-2025-55214): the rendered name of a file is `..` or absolute. Names are not
/// templates here; what an answer says stays inside of files.
#[test]
fn a_name_of_a_file_is_no_template() {
    for path in [
        "templates/base/files/{{system.name}}.txt",
        "templates/base/files/{{packs.acme.way}}/x.txt",
        "templates/base/files/__way__/x.txt",
        "templates/base/files/${way}.txt",
    ] {
        let page = format!(
            "{PACK}prompts: {{ way: {{ type: text, ask: Way, default: ../../outside }} }}\n"
        );
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[("pack.yaml", &page), (path, "x")],
        );
        let tree = render("name: shop\n", &[&pack]).unwrap();
        let name = path.strip_prefix("templates/base/files/").unwrap();
        assert_eq!(text(&tree, name), "x");
        assert!(tree.keys().all(|path| !path.contains("outside")));
    }
}

/// 9.15.2, GHSA-9gmc-jqmh-3rvm (CVE-2026-53951), 9.17.0, GHSA-34mv-rjq9-5mch (CVE-2026-62999), and "trust bypass via
/// ambiguous URL characters" (9.18.2): a place below a trusted prefix leads elsewhere. Trust is in a content, by its
/// hash, wherever it comes from.
#[test]
fn trust_in_one_place_is_no_trust_in_a_way_through_it() {
    let folder = folder();
    let home = folder.path();
    for (name, registry) in [("good", "a"), ("evil", "b")] {
        let pack = write(
            &home.join(name),
            &[("templates/base/files/_npmrc", registry)],
        );
        commit(&pack, "v1");
    }
    let list = |place: &str, more: &[&str]| {
        let from = format!("file://{}/{place}#v1", home.display());
        at_home(home, &[&["list", "--pack", &from], more].concat())
    };
    list("good", &["--trust", "acme"]).success();
    list("good", &[]).success();
    for (place, has_pack) in [
        ("good/../evil", true),
        ("good/%2e%2e/evil", true),
        ("good/..%2fevil", true),
        ("good;/../evil", false),
        ("good\\..\\evil", false),
        ("good?/../evil", false),
        ("evil", true),
    ] {
        // What is compared has no backslashes.
        let from = format!("file://[FOLDER]/{}#v1", place.replace('\\', "/"));
        let reason = match has_pack {
            true => untrusted(&from),
            false => missing(&from, "git: [..]"),
        };
        list(place, &[]).code(1).stdout_eq("").stderr_eq(reason);
    }
}

/// What is said of a pack with the content of `evil`.
fn untrusted(from: &str) -> String {
    format!(
        "Pack `acme 1.0.0` from `{from}` has files that deserve a look:
  templates/base/files/_npmrc  says where packages come from, or runs when they are installed
error: pack `acme 1.0.0` wants a look before it is used, and nobody is there to ask
hint: look at the files above, then say `--trust acme@bc228310d018`
"
    )
}

fn missing(from: &str, why: &str) -> String {
    format!("error: there is no pack at `{from}`: {why}\n")
}

/// "trust bypass via encoded URL traversal for alias and SCP-style URLs" (9.18.0). There are no aliases, and a place
/// behind ssh is trusted by its content too.
#[cfg(unix)]
#[test]
fn trust_in_a_place_behind_ssh_is_no_trust_in_a_way_through_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let home = folder.path();
    for (name, registry) in [("good", "a"), ("evil", "b")] {
        let files = [("templates/base/files/_npmrc", registry)];
        commit(&write(&home.join(name), &files), "v1");
    }
    // Runs on this machine what is to run on the host.
    let ssh = home.join("ssh");
    fs::write(&ssh, "#!/bin/sh\neval \"$2\"\n").unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let list = |place: &str, more: &[&str]| {
        let from = format!("{place}#v1");
        let mut command = home_command(home, &[&["list", "--pack", &from], more].concat());
        command
            .env("GIT_SSH", &ssh)
            .env("GIT_SSH_VARIANT", "simple");
        printed(command, home)
    };
    let scp = format!("git@host.example:{}", home.display());
    list(&format!("{scp}/good"), &["--trust", "acme"]).success();
    list(&format!("{scp}/good"), &[]).success();
    let gone = "No such file or directory (os error 2)";
    for (place, reason) in [
        (format!("{scp}/good/../evil"), None),
        (format!("{scp}/good/%2e%2e/evil"), Some("git: [..]")),
        (
            format!("ssh://git@host.example{}/good/../evil", home.display()),
            None,
        ),
        ("gh:good/../evil".to_owned(), Some(gone)),
    ] {
        let shown = place.replace(&home.display().to_string(), "[FOLDER]");
        let from = format!("{shown}#v1");
        let reason = reason.map_or_else(|| untrusted(&from), |why| missing(&from, why));
        list(&place, &[]).code(1).stdout_eq("").stderr_eq(reason);
    }
}

/// "argument injection via git subprocess calls" (9.19.0): a place, a tag or a recorded commit that git would take for
/// an option which starts a program.
#[test]
fn nothing_of_a_place_is_an_option_of_git() {
    let folder = folder();
    let home = folder.path();
    let url = repository(home, &[]);
    let ran = home.join("ran");
    let touch = format!("touch${{IFS}}{}", ran.display());
    for (from, reason) in [
        (
            format!("--upload-pack={touch}#v1"),
            str![[r#"
error: there is no pack at `--upload-pack=touch${IFS}[FOLDER]/ran#v1`: No such file or directory (os error 2)

"#]],
        ),
        (
            format!("-u{touch}#v1"),
            str![[r#"
error: there is no pack at `-utouch${IFS}[FOLDER]/ran#v1`: No such file or directory (os error 2)

"#]],
        ),
        (
            format!("{url}#--upload-pack={touch}"),
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin#--upload-pack=touch${IFS}[FOLDER]/ran`: what stands behind `#` is neither a tag nor a commit

"#]],
        ),
        (
            format!("{url}#-u{touch}"),
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin#-utouch${IFS}[FOLDER]/ran`: what stands behind `#` is neither a tag nor a commit

"#]],
        ),
        (
            format!("ext::{touch}#v1"),
            str![[r#"
error: there is no pack at `ext::touch${IFS}[FOLDER]/ran#v1`: No such file or directory (os error 2)

"#]],
        ),
        (
            format!("ssh://-oProxyCommand={touch}/x#v1"),
            str![[r#"
error: there is no pack at `ssh://-oProxyCommand=touch${IFS}[FOLDER]/ran/x#v1`: git: [..]

"#]],
        ),
        (
            format!("ssh://git@-oProxyCommand={touch}/x#v1"),
            str![[r#"
error: there is no pack at `ssh://git@-oProxyCommand=touch${IFS}[FOLDER]/ran/x#v1`: git: [..]

"#]],
        ),
        (
            format!("-oProxyCommand={touch}@host.example:x#v1"),
            str![[r#"
error: there is no pack at `-oProxyCommand=touch${IFS}[FOLDER]/ran@host.example:x#v1`: No such file or directory (os error 2)

"#]],
        ),
    ] {
        at_home(home, &["list", &format!("--pack={from}")])
            .code(1)
            .stdout_eq("")
            .stderr_eq(reason);
        assert!(!ran.exists(), "{from}");
    }
    let from = format!("{url}#v1");
    new_shop(home, &from, &[]).success();
    let lock = home.join("shop/.hybridge/packs.json");
    let recorded = fs::read_to_string(&lock).unwrap();
    let commit = git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let option = format!("--upload-pack={touch}");
    fs::write(&lock, recorded.replace(&commit, &option)).unwrap();
    at_home(home, &["check", "shop/hybridge.yaml"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: there is no pack at `file://[FOLDER]/origin#v1`: `--upload-pack=touch${IFS}[FOLDER]/ran` is no commit

"#]]);
    assert!(!ran.exists());
}

/// "code execution via Jinja finalizer by disallowing YAML tags" (9.17.1), and "disallow config `!include` paths outside
/// the template root" (9.17.2): a tag in the template's YAML makes an object, or reads a file. Here a tag makes nothing
/// but an error, or the plain value behind it.
#[test]
fn a_tag_in_yaml_makes_nothing() {
    for tag in [
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system ''",
        "!include /etc/passwd",
        "!include ../secret.yaml",
        "!env HOME",
    ] {
        let page =
            format!("{PACK}prompts: {{ way: {{ type: text, ask: Way, default: {tag} }} }}\n");
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[
                ("pack.yaml", &page),
                ("templates/base/files/a.txt.hbs", "{{packs.acme.way}}"),
            ],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            let text = text(&tree, "a.txt");
            assert!(
                ["", "/etc/passwd", "../secret.yaml", "HOME"].contains(&text.trim()),
                "{tag}: {text}"
            );
        }
    }
}

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

/// 9.14.1, GHSA-hgjq-p8cr-gg4h (CVE-2026-34730): data files are read from `..` and absolute paths that the template names. A pack
/// names no file to read; what looks like it is an unknown key or an unknown partial.
#[test]
fn a_pack_names_no_file_to_read() {
    for (files, reason) in [
        (
            &[(
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nexternal_data: { a: ../../secret.yaml }\n",
            )][..],
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `external_data`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`
  |
4 | external_data: { a: ../../secret.yaml }
  | ^^^^^^^^^^^^^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> ../../../secret}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: there is no partial `partials/../../../secret.hbs`
  |
1 | {{> ../../../secret}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> /etc/passwd}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: there is no partial `partials//etc/passwd.hbs`
  |
1 | {{> /etc/passwd}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> [/etc/passwd]}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a partial is named by a plain word, nothing computed
  |
1 | {{> [/etc/passwd]}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> (lookup . \"x\")}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a partial is named by a plain word, nothing computed
  |
1 | {{> (lookup . "x")}}
  | ^
"#]],
        ),
        (
            &[(
                "templates/base/files/a.txt.hbs",
                "{{#block \"../x\"}}{{/block}}",
            )],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a block is named by a literal: `{{#block "name"}}`
  |
1 | {{#block "../x"}}{{/block}}
  | ^
"#]],
        ),
    ] {
        assert_data_eq!(refused(files), reason);
    }
}

/// 9.14.1, GHSA-85v3-4m8g-hrh6 (CVE-2026-34726): the template moves its own root to `..`. A pack has one root.
#[test]
fn a_pack_does_not_choose_its_root() {
    for (key, reason) in [
        (
            "subdirectory: ..",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `subdirectory`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`
  |
4 | subdirectory: ..
  | ^^^^^^^^^^^^
"#]],
        ),
        (
            "templates: /etc",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `templates`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`
  |
4 | templates: /etc
  | ^^^^^^^^^
"#]],
        ),
        (
            "root: ../..",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `root`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`
  |
4 | root: ../..
  | ^^^^
"#]],
        ),
    ] {
        let error = refused(&[("pack.yaml", &format!("{PACK}{key}\n"))]);
        assert_data_eq!(error, reason);
    }
}
