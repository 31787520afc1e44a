//! `hybridge check`: all errors of a blueprint at once.

use serde_json::json;

use crate::blueprint;
use crate::blueprint::model::Blueprint;
use crate::blueprint::overrides::Overrides;
use crate::cli::CheckArgs;
use crate::commands::packs;
use crate::error::Error;
use crate::plan::component::Parts;
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let checked = check(args, report);
    if args.json {
        return print_json(checked, args, report);
    }
    let blueprint = checked?;
    report.done(&format!(
        "`{}` describes `{}`: {} services, {} links",
        args.file,
        blueprint.name,
        blueprint.services.len(),
        blueprint.links.len()
    ));
    Ok(())
}

fn check(args: &CheckArgs, report: &Report) -> Result<Blueprint, Error> {
    let document = packs::read(&args.file)?;
    let catalogue = packs::of_page(&document, &args.packs, report)?;
    let mut overrides = Overrides::default();
    catalogue.name_packs(&mut overrides, &packs::folder(&document));
    let blueprint = blueprint::compose(Some(&document), &overrides, &catalogue)?;
    // Options that do not fit together show only when the modules are put together.
    for service in blueprint.services.values() {
        Parts::of(&blueprint, service, &catalogue)?;
    }
    Ok(blueprint)
}

/// What was found, as `{"findings": [...]}` on stdout. A bug of ours is told as everywhere.
fn print_json(
    checked: Result<Blueprint, Error>,
    args: &CheckArgs,
    report: &Report,
) -> Result<(), Error> {
    let findings = match &checked {
        Err(error) if error.exit_code() == 1 => error.to_json(),
        _ => {
            checked?;
            Vec::new()
        }
    };
    report.result(&pretty(&json!({ "findings": findings }), 0, 0));
    match findings.len() {
        0 => Ok(()),
        count => Err(Error::Findings {
            what: format!("check of `{}`", args.file),
            count,
        }),
    }
}
