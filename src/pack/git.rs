//! Packs in git repositories, through the system's git. Nothing is checked out: the tree of one commit is
//! read as an archive, so that neither hooks nor filters nor links of the repository come to bear.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use etcetera::HomeDirError;
use thiserror::Error as ThisError;

use super::archive;
use super::cache::Cache;
use super::content::{Content, NoPackFile};
use super::manifest::PACK_FILE;
use crate::cancel;
use crate::error::Error;
use crate::fault::Fault;
use crate::template::limits;

/// How long one git command may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Why a pack cannot be had from a repository, to follow the place of the pack in a sentence.
#[derive(Debug, ThisError)]
enum GitError {
    #[error("git is not installed")]
    NotInstalled,
    #[error("git does not start: {0}")]
    NotStarted(io::Error),
    #[error("git took longer than {} s", TIMEOUT.as_secs())]
    TooSlow,
    /// In git's own words.
    #[error("git: {said}")]
    Failed { said: String },
    #[error("it is larger than {} MiB", .limit / 1024 / 1024)]
    TooLarge { limit: usize },
    #[error("`{commit}` is no commit")]
    NoCommit { commit: String },
    #[error("it has no tag `{tag}` (a branch moves: write a tag or a whole commit)")]
    NoTag { tag: String },
    #[error("commit `{commit}` is not in it any more")]
    Gone { commit: String },
    #[error(transparent)]
    NoPack(#[from] NoPackFile),
    /// There is no place for the cache.
    #[error(transparent)]
    NoHome(#[from] HomeDirError),
    /// What was fetched cannot be kept.
    #[error(transparent)]
    Unkept(#[from] Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads the pack at a tag or commit of a repository: from the cache where that is enough. `locked` is the
/// commit that a project has recorded for it.
///
/// # Errors
/// [`Fault::Missing`] when it cannot be had, otherwise as for archives.
pub fn read(
    url: &str,
    reference: &str,
    locked: Option<&str>,
    name: &str,
) -> Result<(Content, String), Fault> {
    let missing = |error: GitError| Fault::missing(name, error);
    let cache = Cache::of(url).map_err(|error| missing(error.into()))?;
    let commit = match locked.or_else(|| is_commit(reference).then_some(reference)) {
        Some(commit) => commit.to_owned(),
        None => match resolve(url, reference) {
            Ok(commit) => {
                cache.remember(reference, &commit);
                commit
            }
            // Without the network, what was seen last is what there is.
            Err(error) => cache.remembered(reference).ok_or_else(|| missing(error))?,
        },
    };
    if !is_commit(&commit) {
        return Err(missing(GitError::NoCommit { commit }));
    }
    if let Some(tar) = cache.get(&commit)
        && let Ok(content) = archive::read_tar(tar.as_slice(), name)
    {
        return Ok((content, commit));
    }
    let tar = fetch(url, &commit).map_err(missing)?;
    let content = archive::read_tar(tar.as_slice(), name)?;
    cache
        .put(&commit, &tar)
        .map_err(|error| missing(error.into()))?;
    Ok((content, commit))
}

/// SHA-1 or SHA-256 in full.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The commit of a tag.
fn resolve(url: &str, tag: &str) -> Result<String, GitError> {
    let plain = format!("refs/tags/{tag}");
    // What an annotated tag points to.
    let peeled = format!("{plain}^{{}}");
    let listed = git(None, &["ls-remote", "--", url, &plain, &peeled], 64 * 1024)?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let of = |wanted: &str| {
        listed.lines().find_map(|line| {
            let (commit, name) = line.split_once('\t')?;
            (name == wanted).then(|| commit.to_owned())
        })
    };
    of(&peeled)
        .or_else(|| of(&plain))
        .ok_or_else(|| GitError::NoTag { tag: tag.into() })
}

/// The pack's part of the tree of a commit, as a tar stream.
fn fetch(url: &str, commit: &str) -> Result<Vec<u8>, GitError> {
    let folder = tempfile::tempdir()?;
    let at = Some(folder.path());
    git(at, &["init", "--quiet", "--bare", "--template="], 1024)?;
    let quick = [
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        "--",
        url,
    ];
    let has =
        |what: &str| git(at, &["cat-file", "-e", &format!("{what}^{{commit}}")], 1024).is_ok();
    let mut result = git(at, &[&quick[..], &[commit]].concat(), 1024);
    if !has(commit) {
        // A server that gives out no single commits.
        let whole = [
            "fetch",
            "--quiet",
            "--no-recurse-submodules",
            "--",
            url,
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ];
        result = git(at, &whole, 1024);
    }
    if !has(commit) {
        return Err(result.err().unwrap_or_else(|| GitError::Gone {
            commit: commit.into(),
        }));
    }
    let limit = 4 * limits::PACK_BYTES;
    let whole = [
        "archive",
        "--format=tar",
        commit,
        "--",
        PACK_FILE,
        super::folder::TEMPLATES,
    ];
    git(at, &whole, limit)
        .or_else(|_| git(at, &whole[..whole.len() - 1], limit).map_err(|_| NoPackFile.into()))
}

/// Why git failed, of what it said: behind an empty line it gives advice.
fn why(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .take(3)
        .collect();
    let why = match lines.is_empty() {
        true => "git failed".to_owned(),
        false => lines.join("; "),
    };
    why.chars().filter(|c| !c.is_control()).collect()
}

/// Runs git and gives back what it prints, at most `limit` bytes of it.
fn git(folder: Option<&Path>, words: &[&str], limit: usize) -> Result<Vec<u8>, GitError> {
    let program = which::which("git").map_err(|_| GitError::NotInstalled)?;
    let mut command = Command::new(program);
    if let Some(folder) = folder {
        command.arg("--git-dir").arg(folder);
    }
    let mut child = command
        .args(words)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(GitError::NotStarted)?;
    let read = |reader: Option<Box<dyn Read + Send>>, limit: usize| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut reader) = reader {
                let _ = reader
                    .by_ref()
                    .take(limit as u64 + 1)
                    .read_to_end(&mut bytes);
                // The rest is let through, so that git comes to its end.
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
            }
            bytes
        })
    };
    let out = read(child.stdout.take().map(|it| Box::new(it) as _), limit);
    let err = read(child.stderr.take().map(|it| Box::new(it) as _), 64 * 1024);
    let end = Instant::now() + TIMEOUT;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if cancel::is_cancelled() || Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(GitError::TooSlow);
        }
        thread::sleep(Duration::from_millis(5));
    };
    let (out, err) = (
        out.join().unwrap_or_default(),
        err.join().unwrap_or_default(),
    );
    if !status.success() {
        let said = why(&String::from_utf8_lossy(&err));
        return Err(GitError::Failed { said });
    }
    if out.len() > limit {
        return Err(GitError::TooLarge { limit });
    }
    Ok(out)
}
