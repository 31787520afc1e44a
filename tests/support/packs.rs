//! Packs made of a few texts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hybridge::document::Document;
use hybridge::error::Error;
use hybridge::generate::generate;
use hybridge::packs::active::{ActivePacks, Wanted, load};
use hybridge::packs::lock::Lock;
use hybridge::tree::Tree;
use snapbox::cmd::OutputAssert;
use tempfile::TempDir;

use super::scratch::printed;

/// The least that a `pack.yaml` says.
pub const PACK: &str = "name: acme\nversion: 1.0.0\nhybridge: \">=0.1\"\n";

/// What `hybridge explain` says of the record of packs, as it was written.
pub const RECORD_EXPLAINED: &str = "\
.hybridge/packs.json
made         by hybridge, of the active packs; `hybridge pack lock` records what they are now
on disk      as hybridge wrote it
whose        hybridge's own, which it writes over
";

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs hybridge in `home`, with the user's folders inside of it.
pub fn at_home(home: &Path, arguments: &[&str]) -> OutputAssert {
    printed(home_command(home, arguments), home)
}

/// As [`at_home`], before it is run.
pub fn home_command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = super::command(home, arguments);
    for name in ["CONFIG", "CACHE", "DATA"] {
        command.env(format!("XDG_{name}_HOME"), home.join(name));
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// The words of `hybridge new` with a pack that ask nothing and make nothing but files.
pub fn new_with_pack<'w>(name: &'w str, pack: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    let words = [
        "new",
        name,
        "--yes",
        "--no-lock",
        "--no-git",
        "--pack",
        pack,
    ];
    [&words, more].concat()
}

/// Makes the system `shop` with a pack, at home.
pub fn new_shop(home: &Path, pack: &str, more: &[&str]) -> OutputAssert {
    at_home(home, &new_with_pack("shop", pack, more))
}

/// Writes a pack into `folder`: files by their path in the pack. Without a `pack.yaml` among them, [`PACK`].
pub fn write(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("pack.yaml"), PACK).unwrap();
    for (path, text) in files {
        let full = folder.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    folder.to_owned()
}

/// Reads packs in their order.
pub fn active(folders: &[&Path]) -> Result<ActivePacks, Error> {
    let from: Vec<String> = folders.iter().map(|it| it.display().to_string()).collect();
    ActivePacks::new(load(
        &Wanted::of_flags(&from, Path::new("")),
        &Lock::default(),
    )?)
}

/// Renders the system of a page with packs.
pub fn render(page: &str, folders: &[&Path]) -> Result<Tree, Error> {
    let active = active(folders)?;
    let source = hybridge::document::source::Source {
        name: "test.yaml".into(),
        text: page.to_owned(),
    };
    let mut overrides = hybridge::blueprint::overrides::Overrides::default();
    active.name_packs(&mut overrides, Path::new(""));
    let document = Document::parse(source)?;
    Ok(generate(Some(&document), &overrides, &active)?.tree)
}

/// What keeps a pack of these files from being used for the default system.
///
/// # Panics
/// When nothing does.
pub fn refused(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pack = write(&folder.path().join("acme"), files);
    match render("name: shop\n", &[&pack]) {
        Ok(_) => panic!("nothing is wrong with {files:?}"),
        Err(error) => of_pack(&pack, &error),
    }
}

/// What keeps a pack from being read.
///
/// # Panics
/// When nothing does.
pub fn unreadable(pack: &Path) -> String {
    match active(&[pack]) {
        Ok(_) => panic!("nothing is wrong with {}", pack.display()),
        Err(error) => of_pack(pack, &error),
    }
}

fn of_pack(pack: &Path, error: &Error) -> String {
    error
        .to_string()
        .replace(&pack.display().to_string(), "PACK")
}

/// The text of a file.
pub fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    let file = tree
        .get(path)
        .unwrap_or_else(|| panic!("no {path} among {:#?}", tree.keys()));
    std::str::from_utf8(&file.bytes).unwrap()
}

/// Runs git in a folder with an identity of its own.
pub fn git(folder: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git {words:?}: {}",
        super::stderr(&output)
    );
    super::stdout(&output).trim().to_owned()
}

/// Makes a repository of a folder where it is none, and commits all that is in it, at a tag.
pub fn commit(folder: &Path, tag: &str) {
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", tag]);
    git(
        folder,
        &["tag", "--force", "--annotate", "--message", tag, tag],
    );
}

/// A repository with a pack at the tag `v1`, in `origin` below `folder`: its URL.
pub fn repository(folder: &Path, files: &[(&str, &str)]) -> String {
    let pack = write(&folder.join("origin"), files);
    commit(&pack, "v1");
    format!("file://{}", pack.display())
}
