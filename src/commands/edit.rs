//! `hybridge add`, `rename`, `remove` and `set`: the blueprint is edited, then applied.

use serde_json::{Map, Value, json};

use crate::apply::plan::{Rename, blueprint_on_disk};
use crate::apply::{Project, diff};
use crate::blueprint::edits::{Edit, NotEdited, edited, places};
use crate::cancel;
use crate::changes::{Action, Change, ChangeSet, Content, Reason};
use crate::cli::{
    AddCommand, AddEventArgs, AddOperationArgs, AddServiceArgs, EditArgs, RemoveCommand,
    RenameArgs, SetArgs,
};
use crate::commands::{apply, packs};
use crate::document::Document;
use crate::document::edit::Editor;
use crate::document::finding::BlueprintErrors;
use crate::document::source::Source;
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::project::transaction;
use crate::report::Report;

pub fn add(command: AddCommand, report: &Report) -> Result<(), Error> {
    match command {
        AddCommand::Service(args) => add_service(args, report),
        AddCommand::Link(args) => {
            let (from, to) = ends(&args.link);
            let via = args.via;
            run(&Edit::AddLink { from, to, via }, &args.edit, report)
        }
        AddCommand::Operation(args) => add_operation(args, report),
        AddCommand::Event(args) => add_event(args, report),
        AddCommand::Target(args) => run(&Edit::AddTarget(args.target), &args.edit, report),
    }
}

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
    let bad = |reason: &str| Error::BadFlag {
        flag: "VALUE",
        value: args.value.clone(),
        reason: reason.into(),
    };
    let text = format!("value: {}", args.value);
    let read = Editor::new(&text).map_err(|_| bad("it is no YAML"))?;
    let value = read.value().get("value").cloned();
    let edit = Edit::Set {
        path: args.path.clone(),
        value: value.ok_or_else(|| bad("it is no value"))?,
    };
    run(&edit, &args.edit, report)
}

fn add_service(args: AddServiceArgs, report: &Report) -> Result<(), Error> {
    let edit = Edit::AddService {
        service: args.service.parse()?,
        description: args.description,
        from: args.from,
        via: args.via,
    };
    run(&edit, &args.edit, report)
}

fn add_operation(args: AddOperationArgs, report: &Report) -> Result<(), Error> {
    let mut value = Map::new();
    if let Some(description) = args.description {
        value.insert("description".into(), description.into());
    }
    if args.safe {
        value.insert("safe".into(), true.into());
    }
    value.insert("input".into(), fields("--input", &args.input)?);
    value.insert("output".into(), fields("--output", &args.output)?);
    let edit = Edit::AddPart {
        section: "operations",
        service: args.service,
        name: args.name,
        value: value.into(),
    };
    run(&edit, &args.edit, report)
}

fn add_event(args: AddEventArgs, report: &Report) -> Result<(), Error> {
    let fields = fields("--field", &args.field)?;
    let value = match args.description {
        Some(description) => json!({ "description": description, "fields": fields }),
        None => fields,
    };
    let edit = Edit::AddPart {
        section: "events",
        service: args.service,
        name: args.name,
        value,
    };
    run(&edit, &args.edit, report)
}

/// `limit:int` and its like as a mapping.
fn fields(flag: &'static str, texts: &[String]) -> Result<Value, Error> {
    let mut fields = Map::new();
    for text in texts {
        let bad = |reason: &str| Error::BadFlag {
            flag,
            value: text.clone(),
            reason: reason.into(),
        };
        let (name, kind) = text
            .split_once(':')
            .filter(|(name, kind)| !name.is_empty() && !kind.is_empty())
            .ok_or_else(|| bad("write FIELD:TYPE, as in `limit:int`"))?;
        if fields.insert(name.to_owned(), kind.into()).is_some() {
            return Err(bad("it is said twice"));
        }
    }
    Ok(fields.into())
}

/// `GATEWAY:SERVICE` or `SERVICE`.
fn ends(link: &str) -> (Option<String>, String) {
    match link.split_once(':') {
        Some((from, to)) => (Some(from.to_owned()), to.to_owned()),
        None => (None, link.to_owned()),
    }
}

/// Edits the blueprint of the project and applies it.
fn run(edit: &Edit, args: &EditArgs, report: &Report) -> Result<(), Error> {
    cancel::listen();
    let project = apply::open(&args.how, false)?;
    let document = apply::read_blueprint(&project)?;
    let active = packs::of_page(&document, &args.how.pack_args(), report)?;
    let text = edited(&document, edit, &active).map_err(|error| match error {
        NotEdited::Missing { what, nearest } => Error::NoSuchPart { what, nearest },
        NotEdited::Ambiguous { to, gateways } => Error::AmbiguousLink { to, gateways },
        NotEdited::Exists { what } => Error::HasPart { what },
        NotEdited::Unsupported => Error::NotEditable,
    })?;
    if args.no_apply {
        return write(&project, &document, &text, args, report);
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
