//! A file that a person deleted comes back as hybridge wrote it last. What has changed since is up to the next apply.

use super::project::Project;
use crate::changes::{Action, Change, ChangeSet, Content, Reason};
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::project::state::STATE;
use crate::project::transaction;
use crate::suggest::nearest;
use crate::tree::Tree;

/// # Errors
/// [`Error::Yours`] for the blueprint; [`Error::NeverWritten`] for a path at which hybridge wrote nothing, or of which it
/// no longer knows what; [`Error::IsThere`] where a file stands.
pub fn restore(project: &Project, path: &str) -> Result<(), Error> {
    if path == BLUEPRINT {
        return Err(Error::Yours {
            path: path.to_owned(),
        });
    }
    let files = &project.state.files;
    let never = || Error::NeverWritten {
        path: path.to_owned(),
        nearest: nearest(path, files.keys().map(String::as_str)).map(str::to_owned),
    };
    let known = files.get(path).ok_or_else(never)?;
    let bytes = project.base.get(known).ok_or_else(never)?;
    let disk = transaction::read(&project.folder, [path, STATE].into_iter())?;
    if disk.contains_key(path) {
        return Err(Error::IsThere {
            path: path.to_owned(),
        });
    }
    // Should it have been moved: the file elsewhere is the person's from now on.
    let mut state = project.state.clone();
    if let Some(known) = state.files.get_mut(path) {
        known.moved_to = None;
    }
    let record = Tree::from([(STATE.to_owned(), state.to_file())]);
    let mut changes = ChangeSet::of_record(&record, &disk);
    let content = Content {
        bytes: bytes.to_vec(),
        executable: known.executable,
    };
    let back = Change::new(path, Action::Create, Reason::Asked, None, Some(content));
    changes.changes.insert(path.to_owned(), back);
    transaction::execute(&project.folder, &changes).map(|_| ())
}
