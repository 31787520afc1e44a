//! `hybridge check`: all errors of a blueprint at once.

use crate::blueprint;
use crate::catalogue::Catalogue;
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;

pub fn run(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let catalogue = Catalogue::built_in()?;
    let source = blueprint::source::read(&args.file)?;
    let blueprint = blueprint::load(&source, catalogue)?;
    // Options that do not fit together show only when the modules are put together.
    Plan::new(&blueprint, catalogue)?;
    report.done(&format!(
        "`{}` describes `{}`: {} services, {} links",
        args.file,
        blueprint.name,
        blueprint.services.len(),
        blueprint.links.len()
    ));
    Ok(())
}
