//! `hybridge doctor`: what this machine lacks for the project.

use serde_json::json;

use crate::apply::Project;
use crate::apply::project::Access;
use crate::cli::DoctorArgs;
use crate::commands::{apply, packs};
use crate::doctor::{self, Severity};
use crate::error::Error;
use crate::error::kind::Checkup;
use crate::report::Report;

pub fn run(args: &DoctorArgs, report: &Report) -> Result<(), Error> {
    let project = Project::find(args.project.folder(), Access::Read)?;
    let document = apply::read_blueprint(&project)?;
    let active = packs::of_page(&document, &args.project.packs(), report)?;
    let checks = {
        let _progress = report.quiet_progress("looking at the machine and the project");
        doctor::examine(&project, &document, &active)?
    };
    match args.json {
        true => report.value(&json!({ "checks": checks })),
        false => report.checkup(&checks),
    }
    let findings = checks.iter().flat_map(|check| &check.findings);
    match findings
        .filter(|it| it.severity() == Severity::Error)
        .count()
    {
        0 => Ok(()),
        count => Err(Error::Findings {
            check: Checkup::Doctor,
            count,
        }),
    }
}
