//! `hybridge explain`: where a file comes from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::apply::project::Access;
use crate::apply::{Project, owner};
use crate::blueprint::overrides::Overrides;
use crate::cli::ExplainArgs;
use crate::commands::packs;
use crate::commands::set;
use crate::document::Document;
use crate::error::Error;
use crate::generate::{BLUEPRINT, draft};
use crate::packs::lock::LOCK;
use crate::plan::Plan;
use crate::plan::explain::{Explanation, explain};
use crate::project::base::BASE;
use crate::project::state::{STATE, State};
use crate::prompt::interview::DEFAULT_NAME;
use crate::render::json::pretty;
use crate::report::Report;
use crate::tree::Owner;

pub fn run(args: &ExplainArgs, report: &Report) -> Result<(), Error> {
    let document = page_of(args)?;
    let active = match &document {
        Some(document) => packs::of_page(document, &args.packs, report)?,
        None => packs::of_new(None, &args.packs, report)?,
    };
    let folder = document.as_ref().map_or_else(PathBuf::new, packs::folder);
    let mut overrides = Overrides {
        name: document.is_none().then(|| DEFAULT_NAME.to_owned()),
        answers: set::read(&args.set, &active)?,
        ..Overrides::default()
    };
    active.name_packs(&mut overrides, &folder);
    let record = match args.dry_run {
        true => None,
        false => State::find(&folder)?.map(|state| state.record),
    };
    let record = record.unwrap_or_default();
    let draft = draft(document.as_ref(), &overrides, &active, &record)?;
    let plan = &draft.plan;
    let explain = |path: &str| explain(plan, &draft.blueprint, &active, path);
    let Some(file) = &args.file else {
        let all = plan.files().keys().map(|path| explain(path));
        let all: Vec<Explanation> = all.collect::<Result<_, _>>()?;
        match args.json {
            true => report.result(&json(&all)),
            false => report.table("Files", &all.iter().map(row).collect::<Vec<_>>()),
        }
        return Ok(());
    };
    let file = file.trim_start_matches("./");
    let project = match args.dry_run || !folder.join(STATE).is_file() {
        true => None,
        false => Some(Project::open(&folder, Access::Read)?),
    };
    let whose = project
        .as_ref()
        .map(|project| owner::whose(project, file))
        .transpose();
    let made = without_template(plan, file);
    let explained = explain(file);
    let (text, mut value) = match (&made, &explained, &whose) {
        (Some(why), _, _) => (
            format!("{file}\nmade         {why}"),
            json!({ "path": file, "made": why }),
        ),
        (None, Ok(explained), _) => (page(explained), to_value(explained)),
        // Not of the system: it may be one that it had, or the person's.
        (None, Err(_), Ok(Some(_))) => (file.to_owned(), json!({ "path": file })),
        (None, Err(_), _) => return Err(explained.expect_err("matched above")),
    };
    let whose = whose.ok().flatten();
    if args.json {
        if let (Some(whose), Some(value)) = (&whose, value.as_object_mut()) {
            value.extend(to_value(whose).as_object().cloned().unwrap_or_default());
        }
        report.value(&value);
        return Ok(());
    }
    report.result(&text);
    if let Some(text) = project.as_ref().and_then(|it| on_disk(it, file)) {
        report.result(&format!("on disk      {text}"));
    }
    if let Some(whose) = whose {
        report.result(&format!("whose        {whose}"));
    }
    Ok(())
}

/// The page whose system is explained; `None` for the default system, which has none.
fn page_of(args: &ExplainArgs) -> Result<Option<Document>, Error> {
    let from = match &args.from {
        Some(from) => from,
        None if args.dry_run && !Path::new(BLUEPRINT).exists() => return Ok(None),
        None => BLUEPRINT,
    };
    Ok(Some(packs::read(from)?))
}

/// How a file of a project comes about that no template makes.
fn without_template(plan: &Plan, file: &str) -> Option<String> {
    let own = match file {
        BLUEPRINT => "by `hybridge new`, of what it was told; yours to change",
        STATE => "by hybridge, to know later what it wrote",
        _ if file.starts_with(BASE) => "by hybridge, to merge later from what it wrote",
        LOCK => "by hybridge, of the active packs; `hybridge pack lock` records what they are now",
        _ => "",
    };
    if !own.is_empty() && !plan.files().contains_key(file) {
        return Some(own.to_owned());
    }
    if let Some(left) = plan.unlocked.iter().find(|it| it.path == file) {
        return Some(format!(
            "by `make lock`: `{}` is of pack `{}`, and hybridge starts no program on it",
            left.because, left.pack
        ));
    }
    let step = plan
        .locks
        .iter()
        .find(|step| Path::new(&step.folder).join(&step.output) == Path::new(file))?;
    Some(format!("by `{}`", shell_words::join(&step.command)))
}

/// Whether a file is as it was written; `None` where hybridge wrote none.
fn on_disk(project: &Project, file: &str) -> Option<&'static str> {
    let known = project.state.files.get(file)?;
    let is_as_written = fs::read(project.folder.join(file)).is_ok_and(|bytes| known.is_of(&bytes));
    Some(match is_as_written {
        true => "as hybridge wrote it",
        false => "changed or gone since hybridge wrote it",
    })
}

fn to_value(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("plain data")
}

fn json(value: &impl serde::Serialize) -> String {
    pretty(&to_value(value), 0, 0)
}

fn row(file: &Explanation) -> (String, String) {
    let mut text = format!("{} ({})", file.template.path, file.template.origin);
    let packs: Vec<String> = file
        .includes
        .iter()
        .filter(|it| it.origin != "hybridge")
        .map(|it| format!("{} ({})", it.path, it.origin))
        .collect();
    if !packs.is_empty() {
        text.push_str(&format!(" with {}", packs.join(", ")));
    }
    (file.path.clone(), text)
}

fn page(file: &Explanation) -> String {
    let owner = match file.owner {
        Owner::Managed => "managed: hybridge keeps it current",
        Owner::Seeded => "seeded: written once, then yours",
    };
    let mut lines = vec![
        file.path.clone(),
        format!("module       {}", file.module),
        format!(
            "template     templates/{} ({})",
            file.template.path, file.template.origin
        ),
    ];
    let mut add = |title: &str, items: Vec<String>| {
        for (number, item) in items.into_iter().enumerate() {
            let title = if number == 0 { title } else { "" };
            lines.push(format!("{title:<12} {item}"));
        }
    };
    add(
        "replaced",
        file.replaced
            .iter()
            .map(|it| format!("the one of {it}"))
            .collect(),
    );
    add(
        "includes",
        file.includes
            .iter()
            .map(|it| format!("templates/{} ({})", it.path, it.origin))
            .collect(),
    );
    let contributed = file.contributions.iter().map(|it| {
        format!(
            "templates/{} ({}): {}: {}",
            it.path,
            it.origin,
            it.key,
            it.names.join(", ")
        )
    });
    add("contributed", contributed.collect());
    let used = file.variables.iter().map(|it| match it.value.as_str() {
        "" => it.name.clone(),
        value => format!("{} = {value}", it.name),
    });
    add("variables", used.collect());
    add("owner", vec![owner.to_owned()]);
    if file.executable {
        add("", vec!["executable".to_owned()]);
    }
    lines.join("\n")
}
