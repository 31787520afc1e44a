//! `hybridge restore`: a file that a person deleted comes back.

use std::path::Path;

use crate::apply::Project;
use crate::apply::project::Access;
use crate::apply::restore::restore;
use crate::cli::RestoreArgs;
use crate::error::Error;
use crate::report::Report;

pub fn run(args: &RestoreArgs, report: &Report) -> Result<(), Error> {
    let from = args.into.as_deref().unwrap_or(Path::new("."));
    let project = Project::find(from, Access::Write)?;
    project.check_finished()?;
    let path = project.path_of(from, &args.file);
    restore(&project, &path)?;
    report.done(&format!("`{path}` is as hybridge wrote it last"));
    Ok(())
}
