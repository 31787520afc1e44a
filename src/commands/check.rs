//! `hybridge check`: all errors of a blueprint at once.

use serde_json::json;

use crate::blueprint::model::Blueprint;
use crate::blueprint::overrides::Overrides;
use crate::cli::CheckArgs;
use crate::commands::packs;
use crate::error::Error;
use crate::generate::draft;
use crate::plan::record::Record;
use crate::report::Report;

pub fn run(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let blueprint = check(args, report)?;
    if args.json {
        report.value(&json!({ "findings": [] }));
        return Ok(());
    }
    report.done(&format!(
        "`{}` describes `{}`: {}, {}",
        args.file,
        blueprint.name,
        counted(blueprint.services.len(), "service"),
        counted(blueprint.links.len(), "link")
    ));
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn check(args: &CheckArgs, report: &Report) -> Result<Blueprint, Error> {
    let document = packs::read(&args.file)?;
    let catalogue = packs::of_page(&document, &args.packs, report)?;
    let mut overrides = Overrides::default();
    catalogue.name_packs(&mut overrides, &packs::folder(&document));
    // Options that do not fit together, and names that meet, show only when the modules are put together.
    let draft = draft(Some(&document), &overrides, &catalogue, &Record::default())?;
    Ok(draft.blueprint)
}
