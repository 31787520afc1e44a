//! What other programs add to a written project: lock files and the first commit.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error as ThisError;

use crate::cancel;
use crate::error::Error;
use crate::plan::LockStep;

/// How long one lock file may take before it is given up; it takes seconds with a registry at hand.
const LOCK_TIMEOUT: Duration = Duration::from_secs(180);

/// Variables by which git, while it runs a hook, tells programs of another repository than the one around them.
pub const OF_HOOKS: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
];

/// What hybridge keeps for itself, which no commit has.
const OWN: &str = ":(exclude).hybridge/lock";

/// A lock file that was left out.
#[derive(Debug)]
pub struct Skipped {
    /// Below the project.
    pub path: String,
    pub why: NotMade,
}

/// Why a lock file or the first commit is not made.
#[derive(Debug, ThisError)]
pub enum NotMade {
    #[error("git is not installed")]
    NoGit,
    #[error("git has no `user.name` and `user.email`")]
    NoIdentity,
    /// The program that makes it would act on a file of a pack: a person starts it, not hybridge.
    #[error("`{path}` is of pack `{pack}`, and hybridge starts no program on it")]
    OfPack { path: String, pack: String },
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Makes the lock files of `project`, side by side. What fails is left out and told.
///
/// # Errors
/// [`Error::Cancelled`] after Ctrl-C.
pub fn lock(project: &Path, steps: &[LockStep]) -> Result<Vec<Skipped>, Error> {
    let outcomes: Vec<Result<(), RunError>> = thread::scope(|scope| {
        let running: Vec<_> = steps
            .iter()
            .map(|step| scope.spawn(|| lock_one(project, step)))
            .collect();
        running
            .into_iter()
            .map(|one| one.join().expect("it does not panic"))
            .collect()
    });
    cancel::check()?;
    let skipped = steps.iter().zip(outcomes).filter_map(|(step, outcome)| {
        let path = Path::new(&step.folder).join(&step.output);
        outcome.err().map(|error| Skipped {
            path: path.display().to_string(),
            why: error.into(),
        })
    });
    Ok(skipped.collect())
}

fn lock_one(project: &Path, step: &LockStep) -> Result<(), RunError> {
    let folder = project.join(&step.folder);
    let env: &[(&str, &str)] = match step.is_guarded {
        true => &[("UV_NO_BUILD", "1")],
        false => &[],
    };
    let made = run(&folder, &step.command, env, LOCK_TIMEOUT);
    let lock = folder.join(&step.output);
    match made {
        Ok(()) if lock.exists() => Ok(()),
        Ok(()) => Err(RunError::Unwritten {
            command: step.command.join(" "),
        }),
        Err(error) => {
            // Half a lock file is worse than none; that there is none to remove is fine too.
            let _ = std::fs::remove_file(lock);
            Err(error)
        }
    }
}

/// Whether the project was committed.
#[derive(Debug)]
pub enum Commit {
    Made,
    /// The project stands inside a work tree already.
    Inside,
    Skipped(NotMade),
}

/// `git init` and the first commit, when git and an identity are there and no work tree is around it.
///
/// `project` is where the files stand now, beside the place where they will stand.
///
/// # Errors
/// [`Error::Cancelled`] after Ctrl-C.
pub fn commit(project: &Path, message: &str) -> Result<Commit, Error> {
    let git = |words: &[&str]| {
        let command: Vec<String> = ["git"]
            .iter()
            .chain(words)
            .map(|word| (*word).to_owned())
            .collect();
        run(project, &command, &[], Duration::from_secs(60))
    };
    if which::which("git").is_err() {
        return Ok(Commit::Skipped(NotMade::NoGit));
    }
    // One that is there is somebody's, also where git does not want to look at it.
    if project.join(".git").exists() || git(&["rev-parse", "--is-inside-work-tree"]).is_ok() {
        return Ok(Commit::Inside);
    }
    let configured = |key: &str, variable: &str| {
        std::env::var_os(variable).is_some() || git(&["config", "--get", key]).is_ok()
    };
    if !configured("user.name", "GIT_AUTHOR_NAME") || !configured("user.email", "GIT_AUTHOR_EMAIL")
    {
        return Ok(Commit::Skipped(NotMade::NoIdentity));
    }
    let steps: [&[&str]; 3] = [
        &["init", "--quiet", "--initial-branch=main"],
        // A person's own list of what git ignores does not know this project.
        &["add", "--all", "--force", "--", ".", OWN],
        &["commit", "--quiet", "--message", message],
    ];
    for step in steps {
        let outcome = git(step);
        cancel::check()?;
        if let Err(error) = outcome {
            let _ = std::fs::remove_dir_all(project.join(".git"));
            return Ok(Commit::Skipped(error.into()));
        }
    }
    Ok(Commit::Made)
}

/// Why a program did not do its work, in one line.
#[derive(Debug, ThisError)]
pub enum RunError {
    #[error("`{program}` is not installed")]
    NotInstalled { program: String },
    #[error("`{program}` does not start: {source}")]
    NotStarted { program: String, source: io::Error },
    #[error("`{program}` took longer than {} s", .timeout.as_secs())]
    TooSlow { program: String, timeout: Duration },
    /// With the program's own last words.
    #[error("`{program}`: {last}")]
    Failed { program: String, last: String },
    /// It said nothing.
    #[error("`{program}` ended with {status}")]
    Ended { program: String, status: ExitStatus },
    #[error("`{command}` did not write it")]
    Unwritten { command: String },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs a program to its end; it is stopped on Ctrl-C and after `timeout`.
fn run(
    folder: &Path,
    words: &[String],
    env: &[(&str, &str)],
    timeout: Duration,
) -> Result<(), RunError> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    // Found by hand because Windows starts `npm.cmd` only under its full name.
    let named = || program.clone();
    let path = which::which(program).map_err(|_| RunError::NotInstalled { program: named() })?;
    let mut command = Command::new(path);
    for variable in OF_HOOKS {
        command.env_remove(variable);
    }
    let mut child = command
        .args(arguments)
        .envs(env.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| RunError::NotStarted {
            program: named(),
            source,
        })?;
    let mut stderr = child.stderr.take().expect("piped above");
    let words = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let end = Instant::now() + timeout;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if cancel::is_cancelled() || Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(RunError::TooSlow {
                program: named(),
                timeout,
            });
        }
        thread::sleep(Duration::from_millis(20));
    };
    if status.success() {
        return Ok(());
    }
    let words = words.join().unwrap_or_default();
    let last = words
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .unwrap_or_default();
    Err(match last {
        "" => RunError::Ended {
            program: named(),
            status,
        },
        last => RunError::Failed {
            program: named(),
            last: last.to_owned(),
        },
    })
}
