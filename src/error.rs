//! Everything that can go wrong, with fields instead of formatted strings.

pub mod flag;
pub mod git;
pub mod kind;
pub mod part;
mod value;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use self::flag::FlagError;
use self::git::{GitError, NoContracts};
use self::kind::{Checkup, FileKind, Unresolved, Written};
use self::part::{Lacking, Present};
use crate::document::finding::BlueprintErrors;
use crate::document::quote::quoted;
use crate::document::source::ReadError;
use crate::fault::{Cause, Fault};
use crate::state_error::StateError;

/// What a command ends with when it cannot do its work.
#[derive(Debug, Error)]
pub enum Error {
    /// Every error of a blueprint or of the flags that make one.
    #[error(transparent)]
    Blueprint(#[from] BlueprintErrors),

    /// There is no text to look for errors in.
    #[error(transparent)]
    Source(#[from] ReadError),

    #[error("`{path}` cannot be read: {source}")]
    Read { path: String, source: io::Error },

    #[error("{what} cannot be written at `{path}`: {source}")]
    Write {
        what: Written,
        path: PathBuf,
        source: io::Error,
    },

    #[error("the result cannot be printed: {source}")]
    Unprinted { source: io::Error },

    #[error("`{path}` is not empty: it holds {found}")]
    DestinationTaken { path: PathBuf, found: String },

    #[error("`{path}` is {what}, not a new folder")]
    DestinationUnfit { path: PathBuf, what: FileKind },

    #[error("there is no folder `{folder}` to make `{path}` in")]
    NoParent { path: PathBuf, folder: PathBuf },

    #[error("the system has no name")]
    MissingName,

    #[error("there is no terminal to ask on, and `{flag}` is not given")]
    MissingFlag { flag: &'static str },

    /// An argument of a command that asks for it on a terminal.
    #[error("there is no terminal to ask on, and {argument} is not given")]
    MissingArgument { argument: &'static str },

    #[error("{} is not a value of `{flag}`: {why}", quoted(.value))]
    BadFlag {
        flag: &'static str,
        value: String,
        why: FlagError,
    },

    #[error("cancelled, nothing was written")]
    Cancelled,

    #[error("the prompt failed: {0}")]
    Prompt(io::Error),

    /// A built-in template or module that does not work: a bug of hybridge.
    #[error("the built-in template `{path}` is broken: {}{why}", line_and_column(*at))]
    BrokenTemplate {
        path: String,
        /// Line and column, from 1.
        at: Option<(usize, usize)>,
        why: Cause,
    },

    /// A check that was asked for did not pass; what is wrong has been printed.
    #[error("{check}: {count} finding{}", if *.count == 1 { "" } else { "s" })]
    Findings { check: Checkup, count: usize },

    #[error("the system has no file `{path}`")]
    NoSuchFile {
        path: String,
        nearest: Option<String>,
    },

    #[error("no thread could be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),

    #[error("an earlier change of this project was interrupted")]
    Interrupted,

    #[error("this project was written by hybridge {version}, and this is {}", env!("CARGO_PKG_VERSION"))]
    NewerProject { version: String },

    #[error("{}", uncommitted(.paths))]
    Uncommitted { paths: Vec<String> },

    /// What goes, and could not be had back.
    #[error("`{path}` would be deleted, and no commit has it")]
    NotCommitted { path: String },

    #[error("git cannot tell what is committed: {why}")]
    Git {
        #[from]
        why: GitError,
    },

    /// Conflicts are in the project, and were listed.
    #[error("{count} conflict{} for you to resolve", if *.count == 1 { "" } else { "s" })]
    Conflicts { count: usize },

    /// Changes of the contract that break clients, which were listed. Nothing was written, if anything was to be.
    #[error("{count} breaking change{} of the contract", if *.count == 1 { "" } else { "s" })]
    Breaking { count: usize, is_to_write: bool },

    #[error("`{revision}` has no contract to compare with: {why}")]
    NoContract { revision: String, why: NoContracts },

    #[error("{count} conflict{} of an earlier `hybridge apply` wait{}", if *.count == 1 { "" } else { "s" }, if *.count == 1 { "s" } else { "" })]
    UnfinishedApply { count: usize },

    #[error("no `hybridge apply` waits to be finished")]
    NothingUnfinished,

    #[error("not resolved yet: {}", listed(.left))]
    Unresolved { left: Vec<Unresolved> },

    /// `apply --check`; what differs was listed.
    #[error("the project is not what its blueprint says: {count} file{} differ{}", if *.count == 1 { "" } else { "s" }, if *.count == 1 { "s" } else { "" })]
    Behind { count: usize },

    #[error("`{path}` is there already")]
    IsThere { path: String },

    #[error("hybridge never wrote `{path}`")]
    NeverWritten {
        path: String,
        nearest: Option<String>,
    },

    #[error("`{path}` is yours: hybridge keeps no copy of it")]
    Yours { path: String },

    #[error("the blueprint has no {what}")]
    NoSuchPart {
        what: Lacking,
        nearest: Option<String>,
    },

    #[error("the blueprint has {what} already")]
    HasPart { what: Present },

    #[error("more than one gateway leads to `{to}`, or may: {}", .gateways.join(", "))]
    AmbiguousLink { to: String, gateways: Vec<String> },

    #[error("the blueprint is written in a way that cannot be edited without touching the rest")]
    NotEditable,

    #[error("another hybridge is at work in `{path}`")]
    Busy { path: PathBuf },

    #[error("`{path}` was changed while hybridge was looking at it; nothing was written")]
    ChangedMeanwhile { path: String },

    #[error("`{path}` is {what}, where {wanted} should be; nothing was written")]
    InTheWay {
        path: String,
        what: FileKind,
        wanted: FileKind,
    },

    /// A change that has begun, and that the next run finishes.
    #[error("`{path}` cannot be written: {source}")]
    Unfinished { path: PathBuf, source: io::Error },

    /// What a project remembers cannot be used.
    #[error(transparent)]
    State(#[from] StateError),

    /// What is wrong with a pack, which is its author's to mend.
    #[error(transparent)]
    Pack(Box<Fault>),

    #[error(
        "service `{service}`: `{module}` needs `{need}`, and nothing chosen for the service provides it"
    )]
    Unmet {
        service: String,
        module: String,
        need: String,
    },

    #[error("service `{service}`: `{first}` and `{second}` cannot be used together")]
    Conflict {
        service: String,
        first: String,
        second: String,
    },

    /// A contract whose documents nobody would want.
    #[error(
        "service `{service}`: its GraphQL documents would select {selections} fields, more than {most}"
    )]
    TooManySelections {
        service: String,
        selections: usize,
        most: usize,
    },

    #[error("two modules write `{path}`: `{first}` and `{second}`")]
    TwoWriters {
        path: String,
        first: String,
        second: String,
    },
}

fn line_and_column(at: Option<(usize, usize)>) -> String {
    at.map_or_else(String::new, |(line, column)| {
        format!("line {line}, column {column}: ")
    })
}

fn listed(left: &[Unresolved]) -> String {
    let left: Vec<String> = left.iter().map(Unresolved::to_string).collect();
    left.join(", ")
}

fn uncommitted(paths: &[String]) -> String {
    let more = match paths.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("`{}`{more} changed since the last commit", paths[0])
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Error::Pack(Box::new(fault))
    }
}

impl Error {
    /// What kind of error it is, in words for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Blueprint(_) => "blueprint",
            Error::Source(_) | Error::Read { .. } => "unreadable",
            Error::Write { .. } | Error::Unprinted { .. } => "unwritable",
            Error::DestinationTaken { .. }
            | Error::DestinationUnfit { .. }
            | Error::NoParent { .. } => "destination",
            Error::MissingName | Error::MissingFlag { .. } | Error::MissingArgument { .. } => {
                "missing_flag"
            }
            Error::BadFlag { .. } => "bad_flag",
            Error::Cancelled => "cancelled",
            Error::Prompt(_) | Error::Threads(_) => "system",
            Error::BrokenTemplate { .. } | Error::TwoWriters { .. } => "broken_template",
            Error::Findings { .. } => "findings",
            Error::NoSuchFile { .. } => "no_such_file",
            Error::Interrupted => "interrupted",
            Error::NewerProject { .. } => "newer_project",
            Error::Uncommitted { .. } | Error::NotCommitted { .. } => "uncommitted",
            Error::Git { .. } => "git",
            Error::Conflicts { .. } => "conflicts",
            Error::Breaking { .. } => "breaking",
            Error::NoContract { .. } => "no_contract",
            Error::UnfinishedApply { .. } => "unfinished_apply",
            Error::NothingUnfinished => "nothing_unfinished",
            Error::Unresolved { .. } => "unresolved",
            Error::Behind { .. } => "behind",
            Error::IsThere { .. } => "is_there",
            Error::NeverWritten { .. } => "never_written",
            Error::Yours { .. } => "yours",
            Error::NoSuchPart { .. } => "no_such_part",
            Error::HasPart { .. } => "has_part",
            Error::NotEditable => "not_editable",
            Error::AmbiguousLink { .. } => "ambiguous_link",
            Error::Busy { .. } => "busy",
            Error::ChangedMeanwhile { .. } => "changed_meanwhile",
            Error::InTheWay { .. } => "in_the_way",
            Error::Unfinished { .. } => "unfinished",
            Error::State(_) => "state",
            Error::Pack(_) => "pack",
            Error::Unmet { .. } => "unmet",
            Error::Conflict { .. } => "conflict",
            Error::TooManySelections { .. } => "unsupported_contract",
        }
    }

    /// 1: the user's error; 2: ours; 3: conflicts wait for the user; 4: the contract changes in a way
    /// that breaks clients; 130: cancelled (128 + SIGINT, as shells count).
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::BrokenTemplate { .. } | Error::TwoWriters { .. } => 2,
            Error::Blueprint(errors) if errors.in_module => 2,
            Error::Conflicts { .. } | Error::UnfinishedApply { .. } | Error::Unresolved { .. } => 3,
            Error::Breaking { .. } => 4,
            Error::Cancelled => 130,
            _ => 1,
        }
    }

    /// What to do about it, printed after the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::DestinationTaken { .. } => Some(
                "choose another name or `--into` another folder; nothing in it was touched".into(),
            ),
            Error::DestinationUnfit { .. } => Some("give a name that is free".into()),
            Error::NoParent { folder, .. } => Some(format!(
                "make it first: `mkdir -p {}`",
                shell_words::quote(&folder.to_string_lossy())
            )),
            Error::Pack(fault) => fault.hint(),
            Error::State(error) => error.hint(),
            Error::Unfinished { .. } => Some(
                "some files are the new ones already: mend the cause and run the same command again, which \
                 finishes what was begun"
                    .into(),
            ),
            Error::Interrupted => Some("`hybridge apply` finishes it".into()),
            Error::NewerProject { version } => Some(format!(
                "install hybridge {version} or a newer one: `cargo install hybridge`"
            )),
            Error::Uncommitted { .. } => Some(
                "commit it first, so that you can look at what hybridge changes apart from it, or say \
                 `--allow-dirty`"
                    .into(),
            ),
            Error::NotCommitted { .. } => Some(
                "commit the project first, so that it can be had back, or say `--allow-dirty`".into(),
            ),
            Error::Git { .. } => Some("`--allow-dirty` does not ask git".into()),
            Error::Conflicts { .. } => Some(
                "resolve them, then `hybridge apply --continue`; `hybridge apply --abort` takes everything back"
                    .into(),
            ),
            Error::Breaking { is_to_write: true, .. } => Some(
                "nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once"
                    .into(),
            ),
            Error::UnfinishedApply { .. } => Some(
                "`hybridge apply --continue` once they are resolved, or `hybridge apply --abort`".into(),
            ),
            Error::Behind { .. } => Some("`hybridge apply` makes it so".into()),
            Error::IsThere { path } => Some(format!(
                "delete or rename it first; `hybridge explain {path}` says whose it is"
            )),
            Error::AmbiguousLink { to, gateways } => gateways
                .first()
                .map(|gateway| format!("say which: `{gateway}:{to}`")),
            Error::NotEditable => {
                Some("edit `hybridge.yaml` yourself, then `hybridge apply`".into())
            }
            Error::Yours { path } => Some(format!(
                "git has what was committed: `git restore {path}`"
            )),
            Error::NoSuchPart { nearest, .. } | Error::NeverWritten { nearest, .. } => {
                nearest.as_ref().map(|path| format!("did you mean `{path}`?"))
            }
            Error::ChangedMeanwhile { .. } => Some("run the same command again".into()),
            Error::Busy { .. } => Some("wait until it is done".into()),
            Error::NoSuchFile { nearest, .. } => Some(match nearest {
                Some(path) => format!("did you mean `{path}`?"),
                None => "`hybridge explain --tree` shows all of them".into(),
            }),
            Error::MissingName => Some("give it first: `hybridge new shop`".into()),
            Error::MissingArgument { .. } => Some("`--help` shows how it is given".into()),
            Error::MissingFlag { .. } => Some("`--yes` takes every default".into()),
            Error::BrokenTemplate { .. } | Error::TwoWriters { .. } => Some(
                "this is a bug in hybridge: please report it with the command that you ran".into(),
            ),
            Error::TooManySelections { .. } => Some(
                "let fewer types contain each other, or link it by another transport".into(),
            ),
            Error::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => Some(
                "free some space and run the same command again; what was begun is removed".into(),
            ),
            _ => None,
        }
    }
}
