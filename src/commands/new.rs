//! `hybridge new`: a new system, from flags, prompts or a blueprint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::blueprint;
use crate::blueprint::model::Blueprint;
use crate::blueprint::overrides::{Overrides, ServiceFlag};
use crate::cancel;
use crate::catalogue::{Axis, Catalogue};
use crate::changes::ChangeSet;
use crate::cli::NewArgs;
use crate::commands::drawing::drawing;
use crate::commands::{packs, set};
use crate::error::Error;
use crate::error::flag::FlagError;
use crate::generate::{BLUEPRINT, Generated, generate};
use crate::plan::guard::Unlocked;
use crate::project::finish::{self, Commit, NotMade, Skipped};
use crate::project::rendered;
use crate::project::write::{self, Staging, check_free};
use crate::prompt::interview::{self, Review};
use crate::prompt::terminal::Terminal;
use crate::report::Report;
use crate::tree::Tree;

pub fn run(args: NewArgs, report: &Report) -> Result<(), Error> {
    cancel::listen();
    let document = args.from.as_deref().map(packs::read).transpose()?;
    let active = packs::of_new(document.as_ref(), &args.packs, report)?;
    let catalogue: &Catalogue = &active;
    let given = overrides(&args, catalogue)?;
    let asks = document.is_none() && !args.yes;
    let mut overrides = match (asks, Terminal::is_there()) {
        (false, _) => given,
        (true, false) => return Err(missing(&given)),
        (true, true) => {
            let mut terminal = Terminal::new();
            // What is in the way is told before any question.
            if let Some(destination) = destination(&args, given.name.as_deref()) {
                if !args.dry_run && finish_earlier(&destination, &args, report)? {
                    return Ok(());
                }
                check_free(&destination)?;
            }
            let check_name = |name: &str| {
                blueprint::names::service(name)?;
                Ok(blueprint::names::host(name, catalogue)?)
            };
            let review = |answers: &Overrides| {
                let mut named = answers.clone();
                active.name_packs(&mut named, Path::new(""));
                let blueprint = blueprint::compose(None, &named, catalogue)?;
                Ok(Review {
                    text: drawing(&blueprint),
                    question: (!args.dry_run).then_some("Write it?"),
                })
            };
            interview::ask(&mut terminal, catalogue, &given, &check_name, &review)?
        }
    };
    if overrides.name.is_none() && document.is_none() {
        return Err(Error::MissingName);
    }
    let own_name = overrides
        .name
        .clone()
        .or_else(|| document.as_ref().and_then(blueprint::name));
    if let Some(folder) = destination(&args, own_name.as_deref()) {
        active.name_packs(&mut overrides, &folder);
    }
    let generated = generate(document.as_ref(), &overrides, catalogue)?;
    let rendering = generated.digest(catalogue);
    let Generated {
        blueprint,
        tree,
        locks,
        unlocked,
        ..
    } = generated;
    let destination = destination(&args, Some(&blueprint.name)).expect("a name is there");
    let changes = ChangeSet::of_new(&tree);
    if args.dry_run {
        print_tree(&tree, &changes, &blueprint, &destination, args.json, report);
        return Ok(());
    }

    if finish_earlier(&destination, &args, report)? {
        return Ok(());
    }
    let staging = Staging::of(&destination)?;
    staging.write(&changes)?;
    let mut skipped = Vec::new();
    if !args.no_lock {
        let _progress = report.progress("making the lock files".into());
        skipped = finish::lock(staging.path(), &locks)?;
        skipped.extend(unlocked.iter().map(left_to_you));
    }
    let commit_in = |folder: &Path| match args.no_git {
        true => Ok(None),
        false => finish::commit(folder, &first_message(&blueprint.name)).map(Some),
    };
    let commit = if staging.has_folder() {
        staging.publish()?;
        commit_in(&destination)?
    } else {
        let commit = commit_in(staging.path())?;
        staging.publish()?;
        commit
    };
    rendered::note(&rendering);

    report.done(&format!(
        "{} files in `{}`",
        tree.len(),
        destination.display()
    ));
    tell_skipped(&skipped, &commit, report);
    if asks {
        report.lines(
            "The same without questions:",
            &[command_line(&args, &overrides)],
        );
    }
    report.lines(
        "Next:",
        &next_steps(&destination, &brokers(&blueprint, catalogue)),
    );
    Ok(())
}

/// Whether a run that was interrupted had begun to write there; that is finished now, up to the first commit.
fn finish_earlier(destination: &Path, args: &NewArgs, report: &Report) -> Result<bool, Error> {
    let Some(outcome) = write::finish_earlier(destination)? else {
        return Ok(false);
    };
    report.done(&format!(
        "`{}` holds what an interrupted run had begun to write",
        destination.display()
    ));
    report.set_aside(&outcome.set_aside);
    if outcome.is_new && !args.no_git {
        let page = packs::read(&destination.join(BLUEPRINT).to_string_lossy())?;
        let name = blueprint::name(&page).unwrap_or_default();
        let commit = finish::commit(destination, &first_message(&name))?;
        tell_skipped(&[], &Some(commit), report);
    }
    Ok(true)
}

fn first_message(name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Lay out {name} with hybridge {version}")
}

fn destination(args: &NewArgs, name: Option<&str>) -> Option<PathBuf> {
    args.into.clone().or_else(|| name.map(PathBuf::from))
}

/// The first question that nobody is there to answer.
fn missing(given: &Overrides) -> Error {
    let flag = if given.name.is_none() {
        "NAME"
    } else if given.services.is_empty() {
        "--service"
    } else if given.via.is_empty() {
        "--via"
    } else if let Some(axis) = Axis::all_choices()
        .find(|axis| axis.question().is_some() && !given.choices.contains_key(axis))
    {
        axis.flag()
    } else if given.targets.is_none() {
        "--target"
    } else {
        "--yes"
    };
    Error::MissingFlag { flag }
}

fn left_to_you(one: &Unlocked) -> Skipped {
    Skipped {
        path: one.path.clone(),
        why: NotMade::OfPack {
            path: one.because.clone(),
            pack: one.pack.clone(),
        },
    }
}

fn overrides(args: &NewArgs, catalogue: &Catalogue) -> Result<Overrides, Error> {
    Ok(Overrides {
        packs: Vec::new(),
        answers: set::read(&args.set, catalogue)?,
        name: args.name.clone(),
        description: args.description.clone(),
        services: services(&args.services)?,
        via: args
            .via
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?,
        choices: args.choices.0.clone(),
        store: args.store.clone(),
        targets: (!args.target.is_empty()).then(|| args.target.clone()),
    })
}

/// # Errors
/// [`Error::BadFlag`] for one that is no service, or that names one again, as a key twice in a blueprint.
fn services(texts: &[String]) -> Result<Vec<ServiceFlag>, Error> {
    let mut services: Vec<ServiceFlag> = Vec::new();
    for text in texts {
        let service: ServiceFlag = text.parse()?;
        if services.iter().any(|it| it.name == service.name) {
            return Err(Error::BadFlag {
                flag: "--service",
                value: text.clone(),
                why: FlagError::GivenTwice { name: service.name },
            });
        }
        services.push(service);
    }
    Ok(services)
}

fn print_tree(
    tree: &Tree,
    changes: &ChangeSet,
    blueprint: &Blueprint,
    destination: &Path,
    json: bool,
    report: &Report,
) {
    if json {
        let files: Vec<_> = tree
            .iter()
            .map(|(path, file)| {
                let change = &changes.changes[path];
                json!({
                    "path": path,
                    "action": change.action.to_string(),
                    "reason": change.reason,
                    "component": change.component,
                    "bytes": file.bytes.len(),
                    "owner": file.owner,
                    "module": file.module,
                    "executable": file.executable,
                })
            })
            .collect();
        let plan = json!({ "name": blueprint.name, "destination": destination, "files": files });
        report.value(&plan);
    } else {
        report.tree(
            &destination.display().to_string(),
            tree.iter()
                .map(|(path, file)| (path.as_str(), file.bytes.len())),
        );
    }
}

fn tell_skipped(skipped: &[Skipped], commit: &Option<Commit>, report: &Report) {
    for one in skipped {
        report.note(&format!("no `{}`: {}", one.path, one.why));
    }
    if !skipped.is_empty() {
        report.note("`make lock` makes what is missing; so does every task that needs it");
    }
    match commit {
        Some(Commit::Skipped(why)) => report.note(&format!("no first commit: {why}")),
        Some(Commit::Inside) => {
            report.note("no first commit: the folder is inside a git work tree already")
        }
        Some(Commit::Made) | None => {}
    }
}

/// What the links need that is somebody else's program, by name.
fn brokers(blueprint: &Blueprint, catalogue: &Catalogue) -> BTreeSet<String> {
    blueprint
        .links
        .iter()
        .filter_map(|link| catalogue.get(Axis::TRANSPORT, &link.via))
        .flat_map(|transport| &transport.manifest.containers)
        .map(|container| container.name.clone())
        .collect()
}

/// What a person types next.
fn next_steps(destination: &Path, brokers: &BTreeSet<String>) -> Vec<String> {
    let mut steps = Vec::new();
    if destination != Path::new(".") {
        let folder = destination.to_string_lossy();
        steps.push(format!("cd {}", word(&folder)));
    }
    steps.push(match brokers.is_empty() {
        true => "make dev    # starts it all, without Docker".into(),
        false => {
            let names: Vec<&str> = brokers.iter().map(String::as_str).collect();
            let names = names.join(" and ");
            format!(
                "make backing dev    # {names} in containers, all else without; or `make dev` with your own in .env"
            )
        }
    });
    steps
}

/// A word of a command line; control characters as `$'...'` has them (POSIX.1-2024, 2.2.4).
fn word(text: &str) -> String {
    if !text.contains(char::is_control) {
        return shell_words::quote(text).into_owned();
    }
    let escaped = text.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if c.is_control() => {
            let bytes = c.to_string().into_bytes();
            bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
        }
        c => c.to_string(),
    });
    format!("$'{}'", escaped.collect::<String>())
}

/// The command that does the same without asking.
fn command_line(args: &NewArgs, answers: &Overrides) -> String {
    let mut words = vec!["hybridge".to_owned(), "new".into()];
    words.extend(answers.name.clone());
    words.push("--yes".into());
    let mut option = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    if let Some(description) = &answers.description {
        option("--description", description.clone());
    }
    for service in &answers.services {
        option("--service", service.to_string());
    }
    for via in &answers.via {
        option("--via", via.to_string());
    }
    for (axis, words) in &answers.choices {
        let value = match words.is_empty() {
            true => "none".to_owned(),
            false => words.join(","),
        };
        option(axis.flag(), value);
    }
    if let Some(store) = &answers.store {
        option("--store", store.clone());
    }
    if let Some(targets) = &answers.targets {
        option("--target", targets.join(","));
    }
    for from in &args.packs.packs {
        option("--pack", from.clone());
    }
    for (pack, key, value) in &answers.answers {
        option("--set", format!("{pack}.{key}={}", set::text(value)));
    }
    if let Some(into) = &args.into {
        option("--into", into.to_string_lossy().into_owned());
    }
    words.extend(args.no_lock.then(|| "--no-lock".to_owned()));
    words.extend(args.no_git.then(|| "--no-git".to_owned()));
    shell_words::join(words)
}
