//! A project on the disk that commands change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use snapbox::{IntoData, assert_data_eq};
use tempfile::TempDir;

use super::scratch::prepared;
use super::{hybridge, stderr, stdout};

pub use super::trees::Files;

/// What `apply` says where nothing is to be done.
pub const SETTLED: &str = "done: the project is what its blueprint says, nothing was written\n";

pub struct Project {
    folder: TempDir,
}

impl Project {
    /// The system of a page, as `hybridge new` lays it out.
    pub fn new(page: &str) -> Self {
        let project = Self::empty();
        fs::write(project.folder.path().join("page.yaml"), page).unwrap();
        let new = ["new", "--from", "page.yaml", "--into", "shop", "--no-lock"];
        let output = hybridge(project.folder.path(), &[&new[..], &["--no-git"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        project
    }

    /// A place for a project, where nothing is yet.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    /// What the command says, on stdout and on stderr; its exit code is `code`.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
        said
    }

    /// What the command says is the whole of `expected`, and its exit code `code`.
    pub fn prints(&self, code: i32, arguments: &[&str], expected: impl IntoData) {
        let command = super::command(&self.path(), arguments);
        let printed = prepared(command, self.folder.path()).stderr_to_stdout();
        printed.assert().code(code).stdout_eq(expected);
    }

    /// As [`Project::ends`], well.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.ends(0, arguments)
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        hybridge(&self.path(), arguments)
    }

    pub fn read(&self, path: &str) -> String {
        let read = fs::read_to_string(self.path().join(path));
        read.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The file is the one that `new` lays out for the blueprint as it is now, but for what a person made of `from`.
    #[track_caller]
    pub fn assert_edited(&self, path: &str, from: &str, to: &str) {
        let fresh = Self::new(&self.read("hybridge.yaml"));
        fresh.edit(path, from, to);
        assert_data_eq!(self.read(path), fresh.read(path).raw());
    }

    /// Replaces a text that is in a file once.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{from} in {path}\n{text}");
        self.write(path, &text.replace(from, to));
    }

    pub fn delete(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    pub fn rename(&self, from: &str, to: &str) {
        let to = self.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.path().join(from), to).unwrap();
    }

    /// Every file of the project but what hybridge keeps for itself.
    pub fn files(&self) -> Files {
        let mut files = self.all();
        files.retain(|path, _| !path.starts_with(".hybridge/"));
        files
    }

    /// Every file but the lock and what git has.
    pub fn all(&self) -> Files {
        let mut found = Files::new();
        walk(&self.path(), &self.path(), &mut found);
        found
    }

    /// Nothing is to be done, and nothing is written when it is done again.
    pub fn assert_settled(&self) {
        self.run(&["apply", "--check"]);
        let before = self.times();
        self.prints(0, &["apply", "--allow-dirty"], SETTLED);
        assert_eq!(self.times(), before);
    }

    fn times(&self) -> BTreeMap<String, std::time::SystemTime> {
        let time = |path: &String| {
            let metadata = fs::metadata(self.path().join(path)).unwrap();
            (path.clone(), metadata.modified().unwrap())
        };
        self.all().keys().map(time).collect()
    }

    /// Runs git with no configuration of the person's.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    /// Runs a command of git that ends with conflicts.
    pub fn conflicts(&self, arguments: &[&str]) {
        let output = git_output(&self.path(), arguments);
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(1), "git {arguments:?}\n{said}");
        assert!(said.contains("CONFLICT"), "{said}");
    }

    /// A repository of its own, with everything committed.
    pub fn commit(&self) {
        if !self.has(".git") {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            "as it is",
        ]);
    }
}

/// Configures a filter in the repository of a project: a command of a shell each, for what is stored and for what
/// stands in the work tree.
pub fn filter(project: &Project, name: &str, clean: &str, smudge: &str) {
    for (way, command) in [("clean", clean), ("smudge", smudge)] {
        project.git(&["config", &format!("filter.{name}.{way}"), command]);
    }
}

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_output(folder, arguments);
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert!(output.status.success(), "git {arguments:?}\n{said}");
    stdout(&output)
}

fn git_output(folder: &Path, arguments: &[&str]) -> Output {
    std::process::Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap()
}

fn walk(root: &Path, folder: &Path, found: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap();
        let name = name.to_string_lossy().replace('\\', "/");
        if path.is_dir() && name != ".git" {
            walk(root, &path, found);
        } else if path.is_file() && name != ".hybridge/lock" {
            let bytes = fs::read(&path).unwrap();
            found.insert(name, (bytes, is_executable(&path)));
        }
    }
}

#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
pub fn is_executable(_: &Path) -> bool {
    false
}
