//! `hybridge rename`, `remove` and `set`: the blueprint is edited, then applied. `add` asks first what is missing.

use crate::apply::plan::{Rename, blueprint_on_disk};
use crate::apply::{Project, diff};
use crate::blueprint::edits::{Edit, NotEdited, argument, edited, places};
use crate::blueprint::overrides::Overrides;
use crate::cancel;
use crate::changes::{Action, Change, ChangeSet, Content, Reason};
use crate::cli::{EditArgs, RemoveCommand, RenameArgs, SetArgs};
use crate::commands::{apply, packs};
use crate::document::Document;
use crate::document::finding::BlueprintErrors;
use crate::document::source::Source;
use crate::error::Error;
use crate::generate::{BLUEPRINT, draft};
use crate::packs::active::ActivePacks;
use crate::project::transaction;
use crate::report::Report;

pub fn remove(command: RemoveCommand, report: &Report) -> Result<(), Error> {
    let part = |section, service, name| Edit::RemovePart {
        section,
        service,
        name,
    };
    match command {
        RemoveCommand::Service(args) => run(&Edit::RemoveService(args.service), &args.edit, report),
        RemoveCommand::Link(args) => {
            let (from, to) = ends(&args.link);
            run(&Edit::RemoveLink { from, to }, &args.edit, report)
        }
        RemoveCommand::Operation(args) => {
            let edit = part("operations", args.service, args.name);
            run(&edit, &args.edit, report)
        }
        RemoveCommand::Event(args) => {
            let edit = part("events", args.service, args.name);
            run(&edit, &args.edit, report)
        }
        RemoveCommand::Target(args) => run(&Edit::RemoveTarget(args.target), &args.edit, report),
    }
}

pub fn rename(args: &RenameArgs, report: &Report) -> Result<(), Error> {
    let edit = Edit::RenameService {
        from: args.service.clone(),
        to: args.name.clone(),
    };
    run(&edit, &args.edit, report)
}

pub fn set(args: &SetArgs, report: &Report) -> Result<(), Error> {
    let editing = Editing::open(&args.edit, report)?;
    let value = argument::value(&args.path, &args.value, &editing.packs);
    let value = value.map_err(|why| Error::BadFlag {
        flag: "VALUE",
        value: args.value.clone(),
        why: why.into(),
    })?;
    let edit = Edit::Set {
        path: args.path.clone(),
        value,
    };
    execute(editing, &edit, &args.edit, report)
}

/// `GATEWAY:SERVICE` or `SERVICE`.
pub fn ends(link: &str) -> (Option<String>, String) {
    match link.split_once(':') {
        Some((from, to)) => (Some(from.to_owned()), to.to_owned()),
        None => (None, link.to_owned()),
    }
}

/// A project whose blueprint is about to be edited.
pub struct Editing {
    pub project: Project,
    pub document: Document,
    pub packs: ActivePacks,
}

impl Editing {
    /// # Errors
    /// What keeps the project from being changed, or its blueprint from being read.
    pub fn open(args: &EditArgs, report: &Report) -> Result<Self, Error> {
        cancel::listen();
        let project = apply::open(&args.how, false)?;
        let document = apply::read_blueprint(&project)?;
        let packs = packs::of_page(&document, &args.how.pack_args(), report)?;
        Ok(Self {
            project,
            document,
            packs,
        })
    }
}

fn run(edit: &Edit, args: &EditArgs, report: &Report) -> Result<(), Error> {
    execute(Editing::open(args, report)?, edit, args, report)
}

/// Edits the blueprint of the project and applies it.
///
/// # Errors
/// What keeps the edit from being made, otherwise as for [`apply::apply`].
pub fn execute(
    editing: Editing,
    edit: &Edit,
    args: &EditArgs,
    report: &Report,
) -> Result<(), Error> {
    let Editing {
        project,
        document,
        packs,
    } = editing;
    let text = edited(&document, edit, &packs).map_err(|error| match error {
        NotEdited::Missing { what, nearest } => Error::NoSuchPart { what, nearest },
        NotEdited::Ambiguous { to, gateways } => Error::AmbiguousLink { to, gateways },
        NotEdited::Exists { what } => Error::HasPart { what },
        NotEdited::Unsupported => Error::NotEditable,
    })?;
    if args.no_apply {
        write(&project, &document, &text, args, report)?;
        if !is_system(&project, &document, &text, &packs) {
            report.note("the blueprint describes no system yet: `hybridge check` says what is missing or wrong");
        }
        return Ok(());
    }
    let read = document.source.clone();
    // A person looks for what is wrong in the file, which is not the edited text.
    let in_file = |errors: BlueprintErrors| match errors.source_name == read.name {
        true => Error::Blueprint(places::of_file(errors, &read.text, &text, argument(edit))),
        false => Error::Blueprint(errors),
    };
    let document = Document::parse(Source {
        name: read.name.clone(),
        text: text.clone(),
    })
    .map_err(in_file)?;
    let renames: Vec<Rename> = match edit {
        Edit::RenameService { from, to } => vec![Rename {
            from: from.clone(),
            to: to.clone(),
        }],
        _ => Vec::new(),
    };
    let done = apply::apply(&project, &document, &read, &renames, &args.how, report);
    let done = done.map_err(|error| match error {
        Error::Blueprint(errors) => in_file(errors),
        error => error,
    });
    for Rename { from, to } in &renames {
        let old = format!("services/{from}");
        if !args.how.dry_run
            && project.folder.join("services").join(to).is_dir()
            && project.folder.join(&old).is_dir()
        {
            report.note(&format!(
                "`{old}` still has files that hybridge did not write: move them to `services/{to}`"
            ));
        }
    }
    done
}

/// Whether `hybridge check` would find nothing in a blueprint that was edited. What is changed in several steps need
/// not fit in between.
fn is_system(project: &Project, document: &Document, text: &str, packs: &ActivePacks) -> bool {
    let source = Source {
        name: document.source.name.clone(),
        text: text.to_owned(),
    };
    let mut flags = Overrides::default();
    packs.name_packs(&mut flags, &project.folder);
    let draft = |document| draft(Some(&document), &flags, packs, &project.state.record);
    Document::parse(source).is_ok_and(|document| draft(document).is_ok())
}

/// What asked for the edit, as the help of its command calls it.
fn argument(edit: &Edit) -> &'static str {
    match edit {
        Edit::AddService { .. } => "NAME:KIND[:FRAMEWORK]",
        Edit::AddLink { .. } | Edit::RemoveLink { .. } => "[GATEWAY:]SERVICE",
        Edit::AddPart { .. } | Edit::RenameService { .. } | Edit::RemovePart { .. } => "NAME",
        Edit::AddTarget(_) | Edit::RemoveTarget(_) => "TARGET",
        Edit::RemoveService(_) => "SERVICE",
        Edit::Set { .. } => "VALUE",
    }
}

/// The blueprint alone.
fn write(
    project: &Project,
    document: &Document,
    text: &str,
    args: &EditArgs,
    report: &Report,
) -> Result<(), Error> {
    let there = blueprint_on_disk(project, &document.source)?;
    let before = there.unwrap_or_default();
    let after = Content {
        bytes: text.as_bytes().to_vec(),
        ..before.clone()
    };
    let (action, reason) = (Action::Update, Reason::Asked);
    let edited = Change::new(BLUEPRINT, action, reason, Some(before), Some(after));
    let changes = ChangeSet {
        changes: [(BLUEPRINT.to_owned(), edited)].into(),
    };
    if args.how.dry_run {
        report.result(&diff::patch(&changes));
        return Ok(());
    }
    transaction::execute(&project.folder, &changes)?;
    report.done(&format!("`{}` is edited", document.name()));
    Ok(())
}
