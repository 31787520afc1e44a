//! The work tree around a project: whether it has changes that are not committed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::error::git::GitError;
use crate::generate::BLUEPRINT;
use crate::project::finish::OF_HOOKS;

/// The files of the project that git tracks and that differ from the last commit, the blueprint aside, which a
/// person edits to have it applied. Relative to the project; empty outside of a work tree, and where there is no git.
///
/// # Errors
/// [`Error::Git`] with git's own words when it cannot tell.
pub fn uncommitted(project: &Path) -> Result<Vec<String>, Error> {
    let mut paths = uncommitted_with_blueprint(project)?;
    paths.retain(|path| path != BLUEPRINT);
    Ok(paths)
}

/// As [`uncommitted`], the blueprint among them.
///
/// # Errors
/// As for [`uncommitted`].
pub fn uncommitted_with_blueprint(project: &Path) -> Result<Vec<String>, Error> {
    let Some(git) = Git::around(project) else {
        return Ok(Vec::new());
    };
    let status = git.run(
        &["status", "--porcelain=v1", "-z", "--no-renames"],
        &["--untracked-files=no", "--ignore-submodules=all"],
    )?;
    // Of a file that has another size than at the last checkout, `status` says that it changed. `diff` looks into
    // it: other ends of lines, which git evens out, are no change.
    let diff = git.run(
        &["diff", "--name-only", "-z", "--no-renames", "--no-relative"],
        &["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"],
    )?;
    let differ: BTreeSet<&str> = diff.split('\0').collect();
    let entries = status.split('\0').filter(|entry| match entry.get(..3) {
        Some(" M ") => differ.contains(&entry[3..]),
        entry => entry.is_some(),
    });
    let prefix = git.prefix();
    let paths = entries.filter_map(|entry| entry[3..].strip_prefix(prefix.as_str()));
    Ok(paths.map(str::to_owned).collect())
}

/// Whether the last commit has a file of the project, so that it can be had back when it goes.
pub fn is_committed(project: &Path, path: &str) -> bool {
    Git::around(project).is_some_and(|git| git.file_at("HEAD", path).is_ok())
}

/// git, in the work tree around a project.
///
/// Nothing that a person configured is run: no monitor of the file system, no hook (filters of attributes are:
/// without them git cannot tell what changed); the index is not written, and nothing is fetched.
pub struct Git<'p> {
    program: PathBuf,
    project: &'p Path,
}

impl<'p> Git<'p> {
    /// `None` outside of a work tree, and where there is no git.
    pub fn around(project: &'p Path) -> Option<Self> {
        let is_inside = project.ancestors().any(|it| it.join(".git").exists());
        let program = is_inside.then(|| which::which("git").ok()).flatten()?;
        Some(Self { program, project })
    }

    /// A command of git in the folder of the project.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--no-optional-locks", "-c", "core.fsmonitor=false"])
            .current_dir(self.project)
            .env("LC_ALL", "C")
            .env("GIT_NO_LAZY_FETCH", "1")
            .stdin(Stdio::null());
        for variable in OF_HOOKS {
            command.env_remove(variable);
        }
        command
    }

    /// What a command says of the folder of the project.
    fn run(&self, words: &[&str], further: &[&str]) -> Result<String, Error> {
        let mut command = self.command();
        command.args(words).args(further).args(["--", "."]);
        let output = command.output().map_err(GitError::NotStarted)?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let words = words.trim().to_owned();
            return Err(GitError::Refused { words }.into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The files of the project in which git found conflicts that nobody has resolved yet.
    ///
    /// # Errors
    /// [`Error::Git`] with git's own words when it cannot tell.
    pub fn unmerged(&self) -> Result<Vec<String>, Error> {
        let words = ["diff", "--name-only", "-z", "--no-relative"];
        let told = self.run(&words, &["--diff-filter=U", "--no-ext-diff"])?;
        let prefix = self.prefix();
        let paths = told
            .split('\0')
            .filter_map(|path| path.strip_prefix(&prefix));
        Ok(paths
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// The text of a file of the project at a revision, as a checkout would write it: with what filters of a person,
    /// without which it means nothing, make of what is stored.
    ///
    /// # Errors
    /// Why there is none.
    pub fn file_at(&self, revision: &str, path: &str) -> Result<String, GitError> {
        let output = self
            .command()
            .args(["cat-file", "--filters", "--end-of-options"])
            .arg(format!("{revision}:./{path}"))
            .output()?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let words = words.trim().trim_start_matches("fatal: ");
            let words = words.to_owned();
            return Err(GitError::Refused { words });
        }
        String::from_utf8(output.stdout).map_err(|_| GitError::NotUtf8 {
            path: path.to_owned(),
        })
    }

    /// From the root of the work tree to the project, with `/` at its end; git tells paths from there.
    pub fn prefix(&self) -> String {
        let mut above = self.project.ancestors();
        let root = above.find(|it| it.join(".git").exists());
        let below = root.and_then(|root| self.project.strip_prefix(root).ok());
        match below.filter(|it| !it.as_os_str().is_empty()) {
            Some(below) => format!("{}/", below.to_string_lossy().replace('\\', "/")),
            None => String::new(),
        }
    }
}
