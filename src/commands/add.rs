//! `hybridge add`: the blueprint gets more. What is not given is asked for where somebody sits at a terminal.

use serde_json::{Map, Value, json};

use crate::blueprint;
use crate::blueprint::edits::Edit;
use crate::blueprint::model::Blueprint;
use crate::blueprint::names;
use crate::blueprint::overrides::{Overrides, ServiceFlag};
use crate::cli::{
    AddCommand, AddEventArgs, AddLinkArgs, AddOperationArgs, AddServiceArgs, AddTargetArgs,
};
use crate::commands::edit::{Editing, ends, execute};
use crate::error::Error;
use crate::error::flag::FlagError;
use crate::prompt::Refusal;
use crate::prompt::addition::Addition;
use crate::prompt::terminal::Terminal;
use crate::report::Report;

pub fn run(command: AddCommand, report: &Report) -> Result<(), Error> {
    match command {
        AddCommand::Service(args) => service(args, report),
        AddCommand::Link(args) => link(args, report),
        AddCommand::Operation(args) => operation(args, report),
        AddCommand::Event(args) => event(args, report),
        AddCommand::Target(args) => target(args, report),
    }
}

fn service(args: AddServiceArgs, report: &Report) -> Result<(), Error> {
    let given = args.service.as_deref().map(str::parse).transpose()?;
    let editing = Editing::open(&args.edit, report)?;
    let (service, via): (ServiceFlag, _) = match given {
        Some(service) => (service, args.via),
        None => asked(&editing, "NAME:KIND", |addition| {
            addition.service(args.via, &|name| Ok(names::service(name)?))
        })?,
    };
    let edit = Edit::AddService {
        service,
        description: args.description,
        from: args.from,
        via,
    };
    execute(editing, &edit, &args.edit, report)
}

fn link(args: AddLinkArgs, report: &Report) -> Result<(), Error> {
    let editing = Editing::open(&args.edit, report)?;
    let edit = match args.link.as_deref().map(ends) {
        Some((from, to)) => Edit::AddLink {
            from,
            to,
            via: args.via,
        },
        None => {
            let (from, to, via) = asked(&editing, "SERVICE", |addition| addition.link(args.via))?;
            Edit::AddLink {
                from: Some(from),
                to,
                via: Some(via),
            }
        }
    };
    execute(editing, &edit, &args.edit, report)
}

fn operation(args: AddOperationArgs, report: &Report) -> Result<(), Error> {
    let AddOperationArgs {
        service,
        name,
        mut input,
        mut output,
        description,
        mut safe,
        edit: how,
    } = args;
    let editing = Editing::open(&how, report)?;
    let (service, name) = part(&editing, (service, name), "operation", |addition| {
        if input.is_empty() {
            input = addition.fields("Field of its input", &check_field)?;
        }
        if output.is_empty() {
            output = addition.fields("Field of its output", &check_field)?;
        }
        safe = safe || addition.is_safe()?;
        Ok(())
    })?;
    let mut value = Map::new();
    if let Some(description) = description {
        value.insert("description".into(), description.into());
    }
    if safe {
        value.insert("safe".into(), true.into());
    }
    value.insert("input".into(), fields("--input", &input)?);
    value.insert("output".into(), fields("--output", &output)?);
    let edit = Edit::AddPart {
        section: "operations",
        service,
        name,
        value: value.into(),
    };
    execute(editing, &edit, &how, report)
}

fn event(args: AddEventArgs, report: &Report) -> Result<(), Error> {
    let AddEventArgs {
        service,
        name,
        mut field,
        description,
        edit: how,
    } = args;
    let editing = Editing::open(&how, report)?;
    let (service, name) = part(&editing, (service, name), "event", |addition| {
        if field.is_empty() {
            field = addition.fields("Field of it", &check_field)?;
        }
        Ok(())
    })?;
    let fields = fields("--field", &field)?;
    let value = match description {
        Some(description) => json!({ "description": description, "fields": fields }),
        None => fields,
    };
    let edit = Edit::AddPart {
        section: "events",
        service,
        name,
        value,
    };
    execute(editing, &edit, &how, report)
}

fn target(args: AddTargetArgs, report: &Report) -> Result<(), Error> {
    let editing = Editing::open(&args.edit, report)?;
    let target = match args.target {
        Some(target) => target,
        None => asked(&editing, "TARGET", |addition| addition.target())?,
    };
    execute(editing, &Edit::AddTarget(target), &args.edit, report)
}

/// The service and the name of a part of it, as given or asked for; `further` asks for what else the part has.
fn part(
    editing: &Editing,
    given: (Option<String>, Option<String>),
    what: &str,
    further: impl FnOnce(&mut Addition<'_>) -> Result<(), Error>,
) -> Result<(String, String), Error> {
    let (service, argument) = match given {
        (Some(service), Some(name)) => return Ok((service, name)),
        (Some(service), None) => (Some(service), "NAME"),
        (None, _) => (None, "SERVICE"),
    };
    asked(editing, argument, |addition| {
        let part = addition.part(service, what)?;
        further(addition)?;
        Ok(part)
    })
}

/// Asks on the terminal; without one, `argument` is named as missing.
fn asked<T>(
    editing: &Editing,
    argument: &'static str,
    ask: impl FnOnce(&mut Addition<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if !Terminal::is_there() {
        return Err(Error::MissingArgument { argument });
    }
    let blueprint = blueprint_of(editing)?;
    let mut terminal = Terminal::new();
    ask(&mut Addition {
        prompter: &mut terminal,
        catalogue: &editing.packs,
        blueprint: &blueprint,
    })
}

fn blueprint_of(editing: &Editing) -> Result<Blueprint, Error> {
    let mut flags = Overrides::default();
    editing
        .packs
        .name_packs(&mut flags, &editing.project.folder);
    let composed = blueprint::compose(Some(&editing.document), &flags, &editing.packs)?;
    Ok(composed)
}

/// `limit:int` and its like as a mapping.
fn fields(flag: &'static str, texts: &[String]) -> Result<Value, Error> {
    let mut fields = Map::new();
    for text in texts {
        let bad = |why: FlagError| Error::BadFlag {
            flag,
            value: text.clone(),
            why,
        };
        let (name, kind) = field(text).map_err(bad)?;
        if fields.insert(name.to_owned(), kind.into()).is_some() {
            let name = name.to_owned();
            return Err(bad(FlagError::GivenTwice { name }));
        }
    }
    Ok(fields.into())
}

fn field(text: &str) -> Result<(&str, &str), FlagError> {
    text.split_once(':')
        .filter(|(name, kind)| !name.is_empty() && !kind.is_empty())
        .ok_or(FlagError::NotAField)
}

fn check_field(text: &str) -> Result<(), Refusal> {
    field(text).map(|_| ()).map_err(Refusal::Field)
}
