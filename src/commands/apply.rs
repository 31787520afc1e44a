//! `hybridge apply`: the project is made what its blueprint says now.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::apply::plan::Rename;
use crate::apply::project::Access;
use crate::apply::unfinished::Unfinished;
use crate::apply::{Application, Project, branches, diff, git, plan};
use crate::cancel;
use crate::changes::Reason;
use crate::cli::{ApplyArgs, HowArgs, PackArgs};
use crate::commands::packs;
use crate::document::Document;
use crate::document::source::Source;
use crate::error::Error;
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(args: &ApplyArgs, report: &Report) -> Result<(), Error> {
    cancel::listen();
    let from = args.how.folder();
    if args.continue_ || args.abort {
        let project = Project::find(&from, Access::Write)?;
        let Some(unfinished) = Unfinished::read(&project.folder)? else {
            return finished_earlier(&project, report);
        };
        return match args.abort {
            true => abort(&project, &unfinished, report),
            false => finish(&project, &unfinished, report),
        };
    }
    let is_merged = !args.check && !args.how.dry_run && branches::settle(&from)?;
    let project = open(&args.how, args.check)?;
    let document = read_blueprint(&project)?;
    if args.check {
        return check(&project, &document, &args.how, report);
    }
    let done = apply(
        &project,
        &document,
        &document.source,
        &[],
        &args.how,
        report,
    );
    if is_merged {
        report.note(
            "what hybridge remembers is of both branches now: `git add --all` and commit the merge",
        );
    }
    done
}

/// The project that a command works on.
///
/// # Errors
/// As for [`Project::find`]; [`Error::UnfinishedApply`].
pub fn open(how: &HowArgs, only_reads: bool) -> Result<Project, Error> {
    let access = match how.dry_run || only_reads {
        true => Access::Read,
        false => Access::Write,
    };
    let project = Project::find(&how.folder(), access)?;
    project.check_finished()?;
    Ok(project)
}

/// The blueprint as it stands on the disk.
///
/// # Errors
/// What keeps it from being read or parsed at all.
pub fn read_blueprint(project: &Project) -> Result<Document, Error> {
    let path = project.blueprint();
    // As a person in the current folder would write it.
    let here = std::env::current_dir().unwrap_or_default();
    let near = pathdiff::diff_paths(&path, here).unwrap_or(path);
    packs::read(&near.to_string_lossy())
}

/// Makes the project what `document` says, or shows what that would be. `read` is the blueprint as it was read,
/// before it was edited.
///
/// # Errors
/// [`Error::Uncommitted`] and whatever keeps it from being rendered or written; [`Error::Conflicts`] when all of it
/// is written and conflicts are left for the person.
pub fn apply(
    project: &Project,
    document: &Document,
    read: &Source,
    renames: &[Rename],
    how: &HowArgs,
    report: &Report,
) -> Result<(), Error> {
    let application = planned(project, document, read, renames, how, report)?;
    if how.dry_run {
        show(&application, how.json, report);
        return Ok(());
    }
    report.set_aside(&project.set_aside);
    agreed(&application, how, report)?;
    if application.is_empty() {
        if how.json {
            report.result(&as_json(&application));
        } else {
            report.done("the project is what its blueprint says, nothing was written");
        }
        return Ok(());
    }
    if !how.allow_dirty {
        let paths = git::uncommitted(&project.folder)?;
        // In a merge, everything differs.
        if !paths.is_empty() && !branches::is_unmerged(&project.folder)? {
            return Err(Error::Uncommitted { paths });
        }
    }
    let outcome = application.execute(project)?;
    report.set_aside(&outcome.set_aside);
    match how.json {
        true => report.result(&as_json(&application)),
        false => tell(&application, report),
    }
    match application.conflicts.len() {
        0 => Ok(()),
        count => Err(Error::Conflicts { count }),
    }
}

/// Says what breaks clients before anything is written. A person who looks on is not asked either: what a command
/// does shall not depend on where it runs, and clients that break are seen by others, later. (So do `prisma db push`
/// with `--accept-data-loss` and `git push` with `--force`.)
///
/// # Errors
/// [`Error::Breaking`] unless it was said that it may.
fn agreed(application: &Application, how: &HowArgs, report: &Report) -> Result<(), Error> {
    let count = application.breaking();
    if count > 0 && !how.allow_breaking {
        match how.json {
            true => report.result(&as_json(application)),
            false => report.contract(&application.contract),
        }
        return Err(Error::Breaking {
            count,
            is_to_write: true,
        });
    }
    if !how.json {
        report.contract(&application.contract);
    }
    Ok(())
}

fn planned(
    project: &Project,
    document: &Document,
    read: &Source,
    renames: &[Rename],
    how: &HowArgs,
    report: &Report,
) -> Result<Application, Error> {
    let active = packs::of_page(document, &how.pack_args(), report)?;
    let _progress = report.quiet_progress("rendering and merging");
    let application = plan(project, document, &active, renames, read)?;
    application.note_empty();
    Ok(application)
}

/// What is to be done as a patch on stdout, and a summary beside it.
fn show(application: &Application, json: bool, report: &Report) {
    if json {
        return report.result(&as_json(application));
    }
    if application.is_empty() {
        return report.done("nothing is to be done");
    }
    let patch = diff::patch(&application.changes);
    if !patch.is_empty() {
        report.result(&patch);
    }
    report.contract(&application.contract);
    report.summary(&application.changes);
    tell_rest(application, report);
}

fn tell(application: &Application, report: &Report) {
    report.summary(&application.changes);
    let count = application.changes.told().len();
    let plural = if count == 1 { "" } else { "s" };
    report.done(&format!("{count} file{plural} changed"));
    tell_rest(application, report);
    if application.needs_lock {
        report.lines("Next:", &["make lock    # dependencies changed".into()]);
    }
}

/// What is left to the person.
fn tell_rest(application: &Application, report: &Report) {
    for stub in &application.stubs {
        let lines: Vec<String> = stub.diff.lines().map(str::to_owned).collect();
        let heading = format!(
            "`{}` is yours and stays; what hybridge would write there changed:",
            stub.path
        );
        report.lines(&heading, &lines);
    }
    let imports = application.imports.iter();
    let imports: Vec<String> = imports
        .map(|it| format!("{}:{}: `{}` is `{}`", it.path, it.line, it.was, it.is))
        .collect();
    if !imports.is_empty() {
        report.lines(
            "Files of your own import modules that have another name now:",
            &imports,
        );
    }
    if !application.notes.is_empty() {
        report.lines("Left to you in this upgrade:", &application.notes);
    }
    let dropped = application.changes.changes.iter();
    let dropped = dropped.filter(|(_, change)| change.reason == Reason::DroppedEdited);
    let dropped: Vec<String> = dropped.map(|(path, _)| path.clone()).collect();
    if !dropped.is_empty() {
        report.lines(
            "The system no longer has these files, and you changed them; delete them when you need them no more:",
            &dropped,
        );
    }
    if application.conflicts.is_empty() {
        return;
    }
    let conflicts = application.conflicts.iter().map(|it| {
        let places = match it.places.is_empty() {
            true => it.reason.to_string(),
            false => it.places.join(", "),
        };
        match &it.beside {
            Some(beside) => format!(
                "{}: {places}; yours stands there, hybridge's is `{beside}`: take of it what you want and delete it",
                it.path
            ),
            None => format!("{}: {places}", it.path),
        }
    });
    report.lines("Conflicts:", &conflicts.collect::<Vec<_>>());
}

fn as_json(application: &Application) -> String {
    let value = json!({
        "changes": application.changes,
        "contract": application.contract,
        "conflicts": application.conflicts,
        "stubs": application.stubs,
        "notes": application.notes,
        "imports": application.imports,
        "needs_lock": application.needs_lock,
    });
    pretty(&value, 0, 0)
}

/// For CI: whether `apply` would do anything.
fn check(
    project: &Project,
    document: &Document,
    how: &HowArgs,
    report: &Report,
) -> Result<(), Error> {
    let application = planned(project, document, &document.source, &[], how, report)?;
    if how.json {
        report.result(&as_json(&application));
    }
    let count = application.changes.told().len();
    if count == 0 {
        if !how.json {
            report.done("the project is what its blueprint says");
        }
        return Ok(());
    }
    if !how.json {
        report.contract(&application.contract);
        report.summary(&application.changes);
    }
    Err(Error::Behind { count })
}

/// No conflict waits: where this run has just finished what an earlier one had begun, that is as it should be.
fn finished_earlier(project: &Project, report: &Report) -> Result<(), Error> {
    if !project.finished_earlier {
        return Err(Error::NothingUnfinished);
    }
    report.set_aside(&project.set_aside);
    report.done("what an interrupted run had begun is finished, and no conflict waits");
    Ok(())
}

fn finish(project: &Project, unfinished: &Unfinished, report: &Report) -> Result<(), Error> {
    let left = unfinished.unresolved(&project.folder)?;
    if !left.is_empty() {
        return Err(Error::Unresolved { left });
    }
    Unfinished::finish(&project.folder)?;
    report.done("all conflicts are resolved");
    Ok(())
}

fn abort(project: &Project, unfinished: &Unfinished, report: &Report) -> Result<(), Error> {
    let aside = unfinished.undo(&project.folder)?;
    for (path, name) in &aside {
        report.note(&format!(
            "`{path}`, as you changed it since, is `{name}` now"
        ));
    }
    report.done("the project is as it was before");
    Ok(())
}

impl HowArgs {
    /// The folder from which the project is looked for.
    pub fn folder(&self) -> PathBuf {
        let into = self.into.as_deref();
        into.unwrap_or(Path::new(".")).to_owned()
    }

    /// Which packs may be used.
    pub fn pack_args(&self) -> PackArgs {
        PackArgs {
            packs: Vec::new(),
            trust: self.trust.clone(),
        }
    }
}
