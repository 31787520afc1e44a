//! `hybridge check`: all errors of a blueprint at once.

use crate::blueprint;
use crate::blueprint::overrides::Overrides;
use crate::cli::CheckArgs;
use crate::commands::packs;
use crate::document::source;
use crate::error::Error;
use crate::plan::component::Parts;
use crate::report::Report;

pub fn run(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let source = source::read(&args.file)?;
    let catalogue = packs::of_page(&source, &args.packs, report)?;
    let mut overrides = Overrides::default();
    catalogue.name_packs(&mut overrides, &packs::folder(&source));
    let blueprint = blueprint::compose(Some(&source), &overrides, &catalogue)?;
    // Options that do not fit together show only when the modules are put together.
    for service in blueprint.services.values() {
        Parts::of(&blueprint, service, &catalogue)?;
    }
    report.done(&format!(
        "`{}` describes `{}`: {} services, {} links",
        args.file,
        blueprint.name,
        blueprint.services.len(),
        blueprint.links.len()
    ));
    Ok(())
}
