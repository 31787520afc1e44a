//! What this machine, and the project on it, lack so that the project can be worked on.
//!
//! Each part looks at one thing and gives a [`Check`]. Nothing here prints, asks or changes anything; the programs
//! that are started only say their versions or compare files, and none of them reaches for the network.
//!
//! | module | looks at |
//! | --- | --- |
//! | [`tools`] | Node.js, uv and what else the tasks call: there, and of a version that fits |
//! | [`settings`] | `.env` |
//! | [`ports`] | the ports of the components |
//! | [`backing`] | the brokers and stores that `.env` names |
//! | [`locks`] | lock files |
//! | [`files`] | contracts that were edited, files that are not what the blueprint says |

mod backing;
mod files;
mod finding;
mod locks;
mod ports;
mod settings;
mod tools;

use serde::Serialize;

use crate::apply::Project;
use crate::blueprint::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::error::Error;
use crate::generate;
use crate::packs::active::ActivePacks;
use crate::plan::LockStep;
use crate::plan::needs::Needs;
pub use finding::{Code, Finding, Severity};
use settings::Settings;
use tools::Tools;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    /// What is as it should be.
    pub fine: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Check {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            fine: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn fine(&mut self, what: impl Into<String>) {
        self.fine.push(what.into());
    }

    fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Looks at everything. Where the blueprint itself is wrong, what follows from it is not looked at.
///
/// # Errors
/// [`Error::Read`] and the like for what keeps a file of the project from being read.
pub fn examine(
    project: &Project,
    document: &Document,
    packs: &ActivePacks,
) -> Result<Vec<Check>, Error> {
    let catalogue: &Catalogue = packs;
    let tools = Tools::of(&project.folder);
    let settings = Settings::read(&project.folder)?;
    let system = system(project, document, packs);
    let (needs, steps) = system.as_ref().cloned().unwrap_or_default();
    Ok(vec![
        tools::check(&tools, catalogue.versions(), &needs.programs),
        settings.check(&project.folder)?,
        ports::check(&needs.ports, &settings),
        backing::check(&needs.services, &settings),
        locks::check(project, &steps, &tools, catalogue.versions())?,
        files::contracts(project)?,
        files::blueprint(project, document, packs)?,
    ])
}

/// What the system of the blueprint needs, and how its lock files are made.
fn system(
    project: &Project,
    document: &Document,
    packs: &ActivePacks,
) -> Result<(Needs, Vec<LockStep>), Error> {
    let mut flags = Overrides::default();
    packs.name_packs(&mut flags, &project.folder);
    let draft = generate::draft(Some(document), &flags, packs, &project.state.record)?;
    Ok((draft.plan.needs, draft.plan.locks))
}
