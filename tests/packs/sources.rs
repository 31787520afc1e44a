//! Where packs come from: git repositories, locked, cached and checked.

use std::fs;

use crate::support::packs::{
    at_home, commit, folder, git, new_shop, new_with_pack, repository, write,
};
use crate::support::{stderr, stdout};

#[test]
fn a_pack_from_git_is_locked_cached_and_checked() {
    let folder = folder();
    let home = folder.path();
    let url = repository(home, &[("templates/base/files/house.txt", "one")]);
    let from = format!("{url}#v1");
    let output = new_shop(home, &from, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let first = git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let lock = home.join("shop/.hybridge/packs.json");
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(
        locked.contains(&first) && locked.contains(&from),
        "{locked}"
    );

    // Offline, from the cache; the tag may even have moved.
    fs::write(home.join("origin/templates/base/files/house.txt"), "two").unwrap();
    commit(&home.join("origin"), "v1");
    fs::rename(home.join("origin"), home.join("away")).unwrap();
    let check = || at_home(home, &["check", "shop/hybridge.yaml"]);
    assert!(check().status.success(), "{}", stderr(&check()));
    let output = at_home(home, &new_with_pack("other", &from, &[]));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(home.join("other/house.txt")).unwrap(),
        "one"
    );

    // What is not what was locked is told.
    fs::write(&lock, locked.replace("\"sha256\": \"", "\"sha256\": \"0")).unwrap();
    let said = stderr(&check());
    assert!(
        said.contains("is not what this project was made with"),
        "{said}"
    );
    fs::write(&lock, &locked).unwrap();
    fs::remove_dir_all(home.join("CACHE")).unwrap();
    assert!(
        stderr(&check()).contains("there is no pack at"),
        "{}",
        stderr(&check())
    );
    // The locked commit is fetched again, not the moved tag.
    fs::rename(home.join("away"), home.join("origin")).unwrap();
    assert!(check().status.success(), "{}", stderr(&check()));

    // Another place on the page is not what is locked, which is told until it is locked in its turn.
    git(&home.join("origin"), &["tag", "v2"]);
    let page = home.join("shop/hybridge.yaml");
    let changed = fs::read_to_string(&page).unwrap().replace("#v1", "#v2");
    fs::write(&page, changed).unwrap();
    let said = stderr(&check());
    assert!(
        check().status.success() && said.contains("`hybridge pack lock` records it"),
        "{said}"
    );
    let output = at_home(home, &["pack", "lock", "shop/hybridge.yaml"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&at_home(
        &home.join("shop"),
        &["explain", ".hybridge/packs.json"],
    ));
    assert!(said.contains("as hybridge wrote it"), "{said}");
    let second = git(&home.join("origin"), &["rev-parse", "HEAD"]);
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(
        locked.contains(&second) && locked.contains("#v2") && !locked.contains(&first),
        "{locked}"
    );
    let said = stderr(&check());
    assert!(
        check().status.success() && !said.contains("pack lock"),
        "{said}"
    );
}

#[test]
fn a_git_url_needs_a_tag_or_commit_that_is_there() {
    let folder = folder();
    let url = repository(folder.path(), &[]);
    let list = |from: &str| stderr(&at_home(folder.path(), &["list", "--pack", from]));
    assert!(list(&url).contains("a git URL is followed by `#` and a tag or commit"));
    assert!(list(&format!("{url}#v9")).contains("it has no tag `v9`"));
    assert!(list(&format!("{url}#main")).contains("a branch moves"));
    let commit = git(&folder.path().join("origin"), &["rev-parse", "HEAD"]);
    assert_eq!(list(&format!("{url}#{commit}")), "");
    assert!(
        list(&format!(
            "{url}#{}",
            commit.replace(['0', '1', '2', '3'], "f")
        ))
        .contains("there is no pack")
    );
    assert!(list("ext::sh -c id").contains("there is no pack"));
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
    let said = stderr(&at_home(
        folder.path(),
        &["list", "--pack", &format!("file://{}#v1", pack.display())],
    ));
    assert!(said.contains("is a link or a device"), "{said}");
}
