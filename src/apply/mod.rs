//! A project is made what its blueprint says now, and nothing that a person wrote is lost.
//!
//! # What goes in and out
//!
//! [`Project`] is a folder with its blueprint, state and base. [`plan`] renders the blueprint anew, merges with what
//! stands on the disk and gives an [`Application`]: a change set, the conflicts in it, and what is left to the
//! person. Making it writes nothing. [`Application::execute`] writes all of it or nothing, by the transaction of
//! `project`. Nothing here prints or asks.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`project`] | finds the project around a folder, and refuses one that cannot be changed now |
//! | [`branches`] | one project of two branches that git merges |
//! | [`moves`] | where files went that a person renamed |
//! | [`plan`](mod@plan) | blueprint, disk and base: what is to be done, and what is remembered of it |
//! | [`rendering`] | what the blueprint is rendered to, also where that is known |
//! | [`diff`] | a change set as a patch, as git writes one |
//! | [`git`] | the work tree around a project: what is not committed |
//! | [`history`] | files as hybridge wrote them, where only git still has them |
//! | [`upgrade`] | what a project of an earlier hybridge, or of an earlier version of a pack, needs besides a merge |
//! | [`unfinished`] | conflicts that wait for a person; continuing and aborting |
//! | [`owner`] | whose a file is |
//! | [`restore`](mod@restore) | a file that was deleted |
//!
//! # Whose a file is
//!
//! | file | what becomes of it |
//! | --- | --- |
//! | managed | what a template changes is merged with what the person changed |
//! | seeded | as managed until the person edits it, then never written again; what hybridge would write now is shown. Only an upgrade to another layout takes along what the file calls |
//! | hybridge's own (`.hybridge/`) | written over |
//! | the blueprint | edited by commands that are asked to, else untouched |
//! | any other | untouched, and read only to find out whether it is one that was renamed; ignored files not even then |
//!
//! A file that the person deleted stays deleted, one that was moved is followed. Of a file that the system no longer
//! has, an edited one stays and is remembered with its base: should the system have it again, it is merged as if
//! it had never gone.

pub mod branches;
pub mod diff;
pub mod git;
pub mod history;
pub mod moves;
pub mod owner;
pub mod plan;
pub mod project;
mod rendering;
pub mod restore;
pub mod unfinished;
pub mod upgrade;
mod walk;

pub use plan::{Application, plan};
pub use project::Project;
