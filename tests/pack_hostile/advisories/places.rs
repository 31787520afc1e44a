//! Places that packs come from.

use std::fs;

use snapbox::str;

use crate::support::packs::{
    at_home, commit, folder, git, home_command, new_shop, repository, write,
};
use crate::support::scratch::printed;

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
