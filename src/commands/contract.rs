//! `hybridge contract`: the contract of the blueprint beside the one of a git revision.

use serde_json::json;

use crate::apply::Project;
use crate::apply::git::Git;
use crate::apply::project::Access;
use crate::blueprint::overrides::Overrides;
use crate::cli::{ContractCommand, ContractDiffArgs};
use crate::commands::{apply, packs};
use crate::contract::compatibility::{self, Change, Surfaces};
use crate::error::Error;
use crate::error::git::NoContracts;
use crate::generate;
use crate::project::state::{STATE, State};
use crate::report::Report;

pub fn run(command: ContractCommand, report: &Report) -> Result<(), Error> {
    match command {
        ContractCommand::Diff(args) => diff(&args, report),
    }
}

fn diff(args: &ContractDiffArgs, report: &Report) -> Result<(), Error> {
    let project = Project::find(args.project.folder(), Access::Read)?;
    let document = apply::read_blueprint(&project)?;
    let active = packs::of_page(&document, &args.project.packs(), report)?;
    let mut flags = Overrides::default();
    active.name_packs(&mut flags, &project.folder);
    let record = &project.state.record;
    let draft = generate::draft(Some(&document), &flags, &active, record)?;
    let before = contracts_at(&project, &args.revision).map_err(|why| Error::NoContract {
        revision: args.revision.clone(),
        why,
    })?;
    let after = &draft.plan.record.contracts;
    let changes = compatibility::compare(&before, after, &record.numbered());
    match args.json {
        true => {
            let value = json!({ "revision": args.revision, "changes": changes });
            report.value(&value);
        }
        false => show(&changes, &args.revision, report),
    }
    match changes.iter().filter(|it| it.is_breaking()).count() {
        0 => Ok(()),
        count => Err(Error::Breaking {
            count,
            is_to_write: false,
        }),
    }
}

/// The contracts that were applied at an earlier revision.
fn contracts_at(project: &Project, revision: &str) -> Result<Surfaces, NoContracts> {
    let git = Git::around(&project.folder).ok_or(NoContracts::NoGit)?;
    State::contracts_of(&git.file_at(revision, STATE)?)
}

fn show(changes: &[Change], revision: &str, report: &Report) {
    match changes.is_empty() {
        true => report.done(&format!(
            "whoever follows the contract of `{revision}` notices nothing"
        )),
        false => report.contract(changes),
    }
}
