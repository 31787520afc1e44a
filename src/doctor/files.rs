//! What hybridge wrote, and what stands there.

use super::Check;
use crate::apply::owner::{Whose, whose};
use crate::apply::unfinished::Unfinished;
use crate::apply::{Project, plan};
use crate::document::Document;
use crate::error::Error;
use crate::packs::active::ActivePacks;

/// Where contracts stand for everybody.
const CONTRACTS: &str = "contracts/";
/// More are counted only.
const SHOWN: usize = 3;

/// Contracts that were edited by hand: the blueprint and the code that is made of them say something else.
///
/// # Errors
/// What keeps a file from being read.
pub fn contracts(project: &Project) -> Result<Check, Error> {
    let mut check = Check::new("contracts");
    let files = project.state.files.keys();
    for path in files.filter(|path| path.starts_with(CONTRACTS)) {
        match whose(project, path)? {
            Whose::Managed { edited: true } => check.error(
                format!(
                    "`{path}` was edited by hand: what it should say belongs into `hybridge.yaml`"
                ),
                format!("rm {path} && hybridge restore {path}"),
            ),
            Whose::Deleted => check.error(
                format!("`{path}` was deleted"),
                format!("hybridge restore {path}"),
            ),
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
        check.error(
            format!("conflicts of an earlier `hybridge apply` wait: {count}"),
            "resolve them, then hybridge apply --continue",
        );
        return Ok(check);
    }
    let application = match plan(project, document, packs, &[], &document.source) {
        Ok(application) => application,
        Err(error) if error.exit_code() == 1 => {
            check.error(error.to_string(), "hybridge check");
            return Ok(check);
        }
        Err(error) => return Err(error),
    };
    let effects = application.changes.effects().map(|(path, _)| path);
    let behind: Vec<&str> = effects
        .filter(|path| !path.starts_with(".hybridge/"))
        .collect();
    if application.is_empty() {
        check.fine("the project is what its blueprint says");
        return Ok(check);
    }
    let shown = behind[..behind.len().min(SHOWN)].join("`, `");
    let what = match behind.len() {
        0 => "what hybridge remembers is of an older one".to_owned(),
        count if count > SHOWN => {
            format!("{count} files are not what the blueprint says: `{shown}` and more")
        }
        _ => format!("not what the blueprint says: `{shown}`"),
    };
    check.error(what, "hybridge apply");
    Ok(check)
}
