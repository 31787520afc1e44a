//! `hybridge check`: all errors of a blueprint at once.

use crate::blueprint;
use crate::catalogue::Catalogue;
use crate::catalogue::resolve::Parts;
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::report::Report;

pub fn run(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let catalogue = Catalogue::built_in()?;
    let source = blueprint::source::read(&args.file)?;
    let blueprint = blueprint::load(&source, catalogue)?;
    // Options that do not fit together show only when the modules are put together.
    for service in blueprint.services.values() {
        Parts::of(&blueprint, service, catalogue)?;
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
