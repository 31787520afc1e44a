//! Of the same inputs nothing is rendered twice. A build with debug assertions, as tests run, renders nevertheless
//! and ends where another file comes out, so that every test of this suite is one of that.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use snapbox::{assert_data_eq, str};
use tempfile::TempDir;

use crate::support::project::{Project, SETTLED};
use crate::support::{command, stderr, trees};
use crate::{HANDLER, PAGE, REMEMBERED};

/// A project, and a user who has no other.
struct User {
    project: Project,
    cache: TempDir,
}

impl User {
    fn new() -> Self {
        let (project, cache) = (Project::empty(), tempfile::tempdir().unwrap());
        let user = Self { project, cache };
        let folder = user.project.path();
        let folder = folder.parent().unwrap();
        fs::write(folder.join("page.yaml"), PAGE).unwrap();
        let words = [
            "new",
            "--from=page.yaml",
            "--into=shop",
            "--no-lock",
            "--no-git",
        ];
        let mut new = command(folder, &words);
        let output = new.env("XDG_CACHE_HOME", user.cache.path()).output();
        assert!(output.unwrap().status.success());
        user
    }

    /// What `apply` says.
    fn apply(&self) -> String {
        let mut apply = command(&self.project.path(), &["apply"]);
        let output = apply.env("XDG_CACHE_HOME", self.cache.path()).output();
        let output = output.unwrap();
        let said = stderr(&output);
        assert!(output.status.success(), "{said}");
        said
    }

    fn known(&self) -> PathBuf {
        self.cache.path().join("hybridge/rendered")
    }

    /// How many renderings are known.
    fn count(&self) -> usize {
        fs::read_to_string(self.known()).unwrap().lines().count()
    }

    /// `apply` writes nothing, and knew it.
    fn assert_knew(&self) {
        let (known, before) = (self.count(), self.project.all());
        assert_eq!(self.apply(), SETTLED);
        assert_eq!(self.count(), known, "it was rendered");
        trees::assert_same(&self.project.all(), &before);
    }
}

#[test]
fn what_new_and_apply_rendered_is_known_whatever_a_person_does_with_the_files() {
    let user = User::new();
    let project = &user.project;
    assert_eq!(user.count(), 1);
    user.assert_knew();
    project.edit(
        "hybridge.yaml",
        "limit: int?",
        "limit: int?, genre: string?",
    );
    user.apply();
    assert_eq!(user.count(), 2);
    user.assert_knew();
    project.write(HANDLER, "# Mine.\n");
    project.write("README.md", "# Mine\r\n\r\n");
    project.delete("compose.yaml");
    user.assert_knew();
    project.rename("Makefile", "tools/Makefile");
    assert_eq!(user.apply(), format!("{REMEMBERED}done: 1 file changed\n"));
    user.assert_knew();
}

#[test]
fn what_the_rendering_follows_from_is_rendered_when_it_changes() {
    let user = User::new();
    let project = &user.project;
    project.edit("hybridge.yaml", "# slow", "# slower");
    assert_eq!(user.apply(), SETTLED);
    assert_eq!(user.count(), 2, "of this page nobody knew");
    user.assert_knew();
    let state = project.read(".hybridge/state.json");
    project.write(".hybridge/state.json", &state.replace("8001", "8100"));
    assert_data_eq!(
        user.apply(),
        str![[r#"
project
  update   .env.example (its template, or what goes into it, changed)
  update   compose.yaml (its template, or what goes into it, changed)
  update   tools/system.ts (its template, or what goes into it, changed)
services/books
  update   services/books/Dockerfile (its template, or what goes into it, changed)
  update   services/books/src/books/settings.py (its template, or what goes into it, changed)
done: 5 files changed

"#]]
    );
    assert_eq!(user.count(), 3);
    let state: Value = serde_json::from_str(&project.read(".hybridge/state.json")).unwrap();
    assert_eq!(state["ports"]["books"]["http"], 8100);
    user.assert_knew();
}

#[test]
fn files_that_only_the_base_knows_are_rendered_when_it_lacks_them() {
    let user = User::new();
    let project = &user.project;
    let before = project.all();
    project.write(HANDLER, "# Mine.\n");
    let packs = before.keys().filter(|path| path.ends_with(".pack"));
    packs.for_each(|path| project.delete(path));
    user.apply();
    project.write(HANDLER, std::str::from_utf8(&before[HANDLER].0).unwrap());
    trees::assert_same(&project.all(), &before);
}

#[test]
fn that_nothing_can_be_known_is_no_mistake() {
    let user = User::new();
    for text in ["", "no digest\n", "\u{0}\u{ffff}"] {
        fs::write(user.known(), text).unwrap();
        assert_eq!(user.apply(), SETTLED);
        user.assert_knew();
    }
    fs::remove_dir_all(user.cache.path().join("hybridge")).unwrap();
    fs::write(user.cache.path().join("hybridge"), "in the way").unwrap();
    assert_eq!(user.apply(), SETTLED);
}
