//! `hybridge explain`: where a file comes from.

use std::fs;

use crate::blueprint::overrides::Overrides;
use crate::blueprint::{self};
use crate::cli::ExplainArgs;
use crate::commands::packs;
use crate::error::Error;
use crate::plan::explain::{Explanation, explain};
use crate::plan::{Owner, Plan};
use crate::project::state::{self, STATE, State};
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(args: &ExplainArgs, report: &Report) -> Result<(), Error> {
    let source = blueprint::source::read(&args.from)?;
    let in_force = packs::of_page(&source, &args.packs, report)?;
    let folder = packs::folder(&source);
    let mut overrides = Overrides::default();
    in_force.name_packs(&mut overrides, &folder);
    let blueprint = blueprint::compose(Some(&source), &overrides, &in_force)?;
    let plan = Plan::new(&blueprint, &in_force)?;
    let Some(file) = &args.file else {
        let all = plan
            .files()
            .keys()
            .map(|path| explain(&plan, &blueprint, path));
        let all: Vec<Explanation> = all.collect::<Result<_, _>>()?;
        match args.json {
            true => report.result(&json(&all)),
            false => report.table("Files", &all.iter().map(row).collect::<Vec<_>>()),
        }
        return Ok(());
    };
    let file = file.trim_start_matches("./");
    let explanation = explain(&plan, &blueprint, file)?;
    if args.json {
        report.result(&json(&explanation));
        return Ok(());
    }
    report.result(&page(&explanation));
    if !args.dry_run
        && let Some(state) = State::read(&folder.join(STATE))
        && let Some(known) = state.files.get(file)
    {
        let is_as_written =
            fs::read(folder.join(file)).is_ok_and(|bytes| state::sha256(&bytes) == known.sha256);
        let text = match is_as_written {
            true => "as hybridge wrote it",
            false => "changed or gone since hybridge wrote it",
        };
        report.result(&format!("on disk      {text}"));
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> String {
    pretty(&serde_json::to_value(value).expect("plain data"), 0, 0)
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
