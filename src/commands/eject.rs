//! `hybridge eject`: the project goes on without hybridge.

use serde_json::json;

use crate::apply::{diff, git};
use crate::cancel;
use crate::cli::EjectArgs;
use crate::commands::{apply, packs};
use crate::eject::{Ejection, Trace, eject, finish_earlier};
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(args: &EjectArgs, report: &Report) -> Result<(), Error> {
    cancel::listen();
    let how = &args.how;
    if !how.dry_run
        && let Some(folder) = finish_earlier(&how.folder())?
    {
        let folder = folder.display();
        report.done(&format!(
            "`{folder}` is yours alone: what an earlier run had begun"
        ));
        return Ok(());
    }
    let project = apply::open(how, false)?;
    let document = apply::read_blueprint(&project)?;
    let active = packs::of_page(&document, &how.pack_args(), report)?;
    let ejection = {
        let _progress = report.quiet_progress("rendering and merging");
        eject(&project, &document, &active)?
    };
    if how.dry_run {
        match how.json {
            true => report.result(&as_json(&ejection)),
            false => {
                report.result(&diff::patch(&ejection.changes));
                tell(&ejection, report);
            }
        }
        return Ok(());
    }
    if !how.allow_dirty {
        if !git::is_committed(&project.folder, BLUEPRINT) {
            return Err(Error::NotCommitted {
                path: BLUEPRINT.into(),
            });
        }
        // The blueprint goes, too.
        let paths = git::uncommitted_with_blueprint(&project.folder)?;
        if !paths.is_empty() {
            return Err(Error::Uncommitted { paths });
        }
    }
    ejection.execute(&project)?;
    match how.json {
        true => report.result(&as_json(&ejection)),
        false => {
            tell(&ejection, report);
            report.done("the project is yours alone");
        }
    }
    Ok(())
}

fn tell(ejection: &Ejection, report: &Report) {
    report.summary(&ejection.changes);
    let line = |it: &Trace| format!("{}:{}: {}", it.path, it.line, it.text);
    let left: Vec<String> = ejection.left.iter().map(line).collect();
    if !left.is_empty() {
        report.lines(
            "You wrote or changed these lines, which still speak of hybridge:",
            &left,
        );
    }
}

fn as_json(ejection: &Ejection) -> String {
    let value = json!({ "changes": ejection.changes, "left": ejection.left });
    pretty(&value, 0, 0)
}
