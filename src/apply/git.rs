//! Whether the work tree around a project has changes that are not committed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::generate::BLUEPRINT;

/// Variables by which git, while it runs a hook, tells programs of another repository than the one around them.
const OF_HOOKS: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
];

/// The files of the project that git tracks and that differ from the last commit, the blueprint aside, which a
/// person edits to have it applied. Relative to the project; empty outside of a work tree, and where there is no git.
///
/// Nothing that a person configured is run: no monitor of the file system, no hook (filters of
/// attributes are: without them git cannot tell); the index is not written.
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
    let is_inside = project.ancestors().any(|it| it.join(".git").exists());
    let Some(git) = is_inside.then(|| which::which("git").ok()).flatten() else {
        return Ok(Vec::new());
    };
    let mut command = Command::new(git);
    command
        .args(["--no-optional-locks", "-c", "core.fsmonitor=false"])
        .args(["status", "--porcelain=v1", "-z", "--no-renames"])
        .args(["--untracked-files=no", "--ignore-submodules=all", "--", "."])
        .current_dir(project)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    for variable in OF_HOOKS {
        command.env_remove(variable);
    }
    let failed = |why: String| Error::Git { why };
    let output = command.output().map_err(|it| failed(it.to_string()))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(failed(words.trim().to_owned()));
    }
    let prefix = prefix(project);
    let entries = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = entries
        .split('\0')
        .filter_map(|entry| entry.get(3..)?.strip_prefix(prefix.as_str()));
    Ok(paths.map(str::to_owned).collect())
}

/// From the root of the work tree to the project, with `/` at its end; git tells paths from there.
fn prefix(project: &Path) -> String {
    let root = project.ancestors().find(|it| it.join(".git").exists());
    let below = root.and_then(|root| project.strip_prefix(root).ok());
    match below.filter(|it| !it.as_os_str().is_empty()) {
        Some(below) => format!("{}/", below.to_string_lossy().replace('\\', "/")),
        None => String::new(),
    }
}
