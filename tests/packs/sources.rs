//! Where packs come from: git repositories, locked, cached and checked.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{
    RECORD_EXPLAINED, at_home, commit, folder, git, new_shop, new_with_pack, repository, write,
};

#[test]
fn a_pack_from_git_is_locked_cached_and_checked() {
    let folder = folder();
    let home = folder.path();
    let url = repository(home, &[("templates/base/files/house.txt", "one")]);
    let from = format!("{url}#v1");
    new_shop(home, &from, &[]).success();
    let head = || git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let first = head();
    let lock = home.join("shop/.hybridge/packs.json");
    let shown = |commit: &str| {
        let locked = fs::read_to_string(&lock).unwrap();
        locked.replace(commit, "COMMIT").replace(&url, "URL")
    };
    let locked = fs::read_to_string(&lock).unwrap();
    assert_data_eq!(
        shown(&first),
        str![[r#"
{
  "acme": {
    "from": "URL#v1",
    "version": "1.0.0",
    "commit": "COMMIT",
    "sha256": "15d86b0821375ca350c4bc47f40e7a56bc72d23dc18df18b26f275f404e4f93a"
  }
}

"#]]
    );

    // Offline, from the cache; the tag may even have moved.
    fs::write(home.join("origin/templates/base/files/house.txt"), "two").unwrap();
    commit(&home.join("origin"), "v1");
    fs::rename(home.join("origin"), home.join("away")).unwrap();
    let check = || at_home(home, &["check", "shop/hybridge.yaml"]);
    check().success();
    at_home(home, &new_with_pack("other", &from, &[])).success();
    assert_eq!(
        fs::read_to_string(home.join("other/house.txt")).unwrap(),
        "one"
    );

    // What is not what was locked is told.
    fs::write(&lock, locked.replace("\"sha256\": \"", "\"sha256\": \"0")).unwrap();
    check().code(1).stdout_eq("").stderr_eq(str![[r#"
error: pack `acme 1.0.0` from `file://[FOLDER]/origin#v1` is not what this project was made with: its content has the hash 15d86b0821375ca350c4bc47f40e7a56bc72d23dc18df18b26f275f404e4f93a, and 015d86b0821375ca350c4bc47f40e7a56bc72d23dc18df18b26f275f404e4f93a is locked
hint: a tag that was moved does this: ask its author; `hybridge pack lock` takes it as it is

"#]]);
    fs::write(&lock, &locked).unwrap();
    fs::remove_dir_all(home.join("CACHE")).unwrap();
    check().code(1).stdout_eq("").stderr_eq(str![[r#"
error: there is no pack at `file://[FOLDER]/origin#v1`: git: [..]

"#]]);
    // The locked commit is fetched again, not the moved tag.
    fs::rename(home.join("away"), home.join("origin")).unwrap();
    check().success().stdout_eq("").stderr_eq(str![[r#"
done: `shop/hybridge.yaml` describes `shop`: 3 services, 2 links

"#]]);

    // Another place on the page is not what is locked, which is told until it is locked in its turn.
    git(&home.join("origin"), &["tag", "v2"]);
    let page = home.join("shop/hybridge.yaml");
    let changed = fs::read_to_string(&page).unwrap().replace("#v1", "#v2");
    fs::write(&page, changed).unwrap();
    check().success().stdout_eq("").stderr_eq(str![[r#"
note: `.hybridge/packs.json` holds pack `acme` from `file://[FOLDER]/origin#v1`, the blueprint names `file://[FOLDER]/origin#v2`: `hybridge pack lock` records it
done: `shop/hybridge.yaml` describes `shop`: 3 services, 2 links

"#]]);
    at_home(home, &["pack", "lock", "shop/hybridge.yaml"])
        .success()
        .stdout_eq("")
        .stderr_eq(str![[r#"
done: `acme 1.0.0` from `file://[FOLDER]/origin#v2` is recorded

"#]]);
    at_home(&home.join("shop"), &["explain", ".hybridge/packs.json"])
        .success()
        .stdout_eq(RECORD_EXPLAINED);
    assert_data_eq!(
        shown(&head()),
        str![[r#"
{
  "acme": {
    "from": "URL#v2",
    "version": "1.0.0",
    "commit": "COMMIT",
    "sha256": "5a9031be772f54c4721085483c632801c79a15bd214350f16753d1cc1cfcea4d"
  }
}

"#]]
    );
    check().success().stdout_eq("").stderr_eq(str![[r#"
done: `shop/hybridge.yaml` describes `shop`: 3 services, 2 links

"#]]);
}

#[test]
fn a_git_url_needs_a_tag_or_commit_that_is_there() {
    let folder = folder();
    let url = repository(folder.path(), &[]);
    let list = |from: &str| at_home(folder.path(), &["list", "--pack", from]);
    let commit = git(&folder.path().join("origin"), &["rev-parse", "HEAD"]);
    list(&format!("{url}#{commit}")).success().stderr_eq("");
    let (tag, branch) = (format!("{url}#v9"), format!("{url}#main"));
    let other = format!("{url}#{}", commit.replace(['0', '1', '2', '3'], "f"));
    for (from, reason) in [
        (
            url.as_str(),
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin`: a git URL is followed by `#` and a tag or commit

"#]],
        ),
        (
            &tag,
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin#v9`: it has no tag `v9` (a branch moves: write a tag or a whole commit)

"#]],
        ),
        (
            &branch,
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin#main`: it has no tag `main` (a branch moves: write a tag or a whole commit)

"#]],
        ),
        (
            &other,
            str![[r#"
error: there is no pack at `file://[FOLDER]/origin#[..]`: commit `[..]` is not in it any more

"#]],
        ),
        (
            "ext::sh -c id",
            str![[r#"
error: there is no pack at `ext::sh -c id`: No such file or directory (os error 2)

"#]],
        ),
    ] {
        list(from).code(1).stdout_eq("").stderr_eq(reason);
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_repository_are_refused() {
    let folder = folder();
    let pack = write(
        &folder.path().join("origin"),
        &[("templates/base/files/a.txt", "a")],
    );
    std::os::unix::fs::symlink("/etc/passwd", pack.join("templates/base/files/b.txt")).unwrap();
    commit(&pack, "v1");
    let from = format!("file://{}#v1", pack.display());
    at_home(folder.path(), &["list", "--pack", &from])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: pack `file://[FOLDER]/origin#v1`: `templates/base/files/b.txt` is a link or a device, which a pack cannot have

"#]]);
}
