//! Commands about the contracts of a project.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::ProjectArgs;

#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Show what clients notice of the blueprint, compared with a git revision
    ///
    /// Compares operations, events and types as the blueprint has them now with those that were applied at the
    /// revision. The exit code is 4 when a change breaks clients, 0 when none does. Nothing is written.
    Diff(ContractDiffArgs),
}

#[derive(Debug, Args)]
pub struct ContractDiffArgs {
    /// A commit, a branch or a tag: `origin/main`, `v1.2`
    // Without a name, git would take its index for the revision.
    #[arg(value_name = "REF", default_value = "HEAD", value_parser = NonEmptyStringValueParser::new())]
    pub revision: String,

    #[command(flatten)]
    pub project: ProjectArgs,

    /// As JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long)]
    pub json: bool,
}
