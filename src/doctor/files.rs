//! What hybridge wrote, and what stands there.

use super::{Check, Finding};
use crate::apply::owner::{Whose, whose};
use crate::apply::unfinished::Unfinished;
use crate::apply::{Project, plan};
use crate::document::Document;
use crate::error::Error;
use crate::packs::active::ActivePacks;

/// Where contracts stand for everybody.
const CONTRACTS: &str = "contracts/";

/// Contracts that were edited by hand: the blueprint and the code that is made of them say something else.
///
/// # Errors
/// What keeps a file from being read.
pub fn contracts(project: &Project) -> Result<Check, Error> {
    let mut check = Check::new("contracts");
    let files = project.state.files.keys();
    for path in files.filter(|path| path.starts_with(CONTRACTS)) {
        let whose = whose(project, path)?;
        let path = path.clone();
        match whose {
            Whose::Managed { edited: true } => check.find(Finding::EditedContract { path }),
            Whose::Deleted => check.find(Finding::DeletedContract { path }),
            _ => check.fine(path),
        }
    }
    Ok(check)
}

/// Whether `hybridge apply` would do anything.
///
/// # Errors
/// What keeps a file from being read.
pub fn blueprint(
    project: &Project,
    document: &Document,
    packs: &ActivePacks,
) -> Result<Check, Error> {
    let mut check = Check::new("blueprint");
    if let Some(unfinished) = Unfinished::read(&project.folder)? {
        let count = unfinished.conflicts.len();
        check.find(Finding::Conflicts { count });
        return Ok(check);
    }
    let application = match plan(project, document, packs, &[], &document.source) {
        Ok(application) => application,
        Err(error) if error.exit_code() == 1 => {
            check.find(Finding::BadBlueprint(error));
            return Ok(check);
        }
        Err(error) => return Err(error),
    };
    if application.is_empty() {
        check.fine("the project is what its blueprint says");
        return Ok(check);
    }
    let effects = application.changes.effects().map(|(path, _)| path);
    let paths = effects.filter(|path| !path.starts_with(".hybridge/"));
    let paths = paths.map(str::to_owned).collect();
    check.find(Finding::Behind { paths });
    Ok(check)
}
