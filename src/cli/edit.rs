//! Commands that change a project, and the blueprint before it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::values;
use crate::catalogue::Axis;

/// How a command that changes a project does it.
#[derive(Debug, Default, Args)]
pub struct HowArgs {
    /// The project, or a folder in it, instead of the current one
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,

    /// Show what would be changed, as a patch, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Print what is changed as JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long)]
    pub json: bool,

    /// Also while files of the project are not committed
    #[arg(long)]
    pub allow_dirty: bool,

    /// Also where clients of the contract break
    #[arg(long)]
    pub allow_breaking: bool,

    /// Use this pack from elsewhere without being asked, as it is now (repeatable)
    #[arg(long, value_name = "NAME[@HASH]", help_heading = "Packs")]
    pub trust: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub how: HowArgs,

    /// Write nothing; the exit code is 1 when there is something to do (for CI)
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,

    /// All conflicts are resolved
    #[arg(long = "continue", conflicts_with_all = ["check", "dry_run", "abort", "json"])]
    pub continue_: bool,

    /// Make everything what it was before the conflicts
    #[arg(long, conflicts_with_all = ["check", "dry_run", "json"])]
    pub abort: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The file, as the project had it: `services/vision/Dockerfile`
    pub file: String,

    /// The project, or a folder in it, instead of the current one
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,
}

/// How a command that edits the blueprint goes on.
#[derive(Debug, Default, Args)]
pub struct EditArgs {
    #[command(flatten)]
    pub how: HowArgs,

    /// Edit the blueprint alone, whether it fits already or not: `hybridge check` says
    #[arg(long, conflicts_with_all = ["json", "allow_dirty", "allow_breaking"])]
    pub no_apply: bool,
}

#[derive(Debug, Subcommand)]
pub enum AddCommand {
    /// A service, linked with every gateway unless told otherwise
    Service(AddServiceArgs),
    /// A link between a gateway and a service
    Link(AddLinkArgs),
    /// Something that a service can be asked
    Operation(AddOperationArgs),
    /// Something that a service tells unasked
    Event(AddEventArgs),
    /// A deploy target
    Target(AddTargetArgs),
}

#[derive(Debug, Subcommand)]
pub enum RemoveCommand {
    /// A service, with its links
    Service(RemoveServiceArgs),
    /// A link between a gateway and a service
    Link(RemoveLinkArgs),
    /// Something that a service can be asked
    Operation(RemovePartArgs),
    /// Something that a service tells unasked
    Event(RemovePartArgs),
    /// A deploy target
    Target(TargetArgs),
}

#[derive(Debug, Args)]
pub struct AddServiceArgs {
    /// `vision:inference`, `trends:analytics:fastapi`, `edge:gateway`; asked for on a terminal
    #[arg(value_name = "NAME:KIND[:FRAMEWORK]")]
    pub service: Option<String>,

    /// One line on what it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// A gateway that calls it, instead of every one (repeatable)
    #[arg(long, value_name = "GATEWAY")]
    pub from: Vec<String>,

    /// The transport of its links
    #[arg(long, value_name = "TRANSPORT", value_parser = values(Axis::TRANSPORT, &[]))]
    pub via: Option<String>,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct AddLinkArgs {
    /// The service, or the gateway and the service; asked for on a terminal
    #[arg(value_name = "[GATEWAY:]SERVICE")]
    pub link: Option<String>,

    /// Its transport
    #[arg(long, value_name = "TRANSPORT", value_parser = values(Axis::TRANSPORT, &[]))]
    pub via: Option<String>,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct AddOperationArgs {
    /// The service; asked for on a terminal
    pub service: Option<String>,

    /// Its name, in snake_case; asked for on a terminal, with its fields
    pub name: Option<String>,

    /// A field of what it is given: `limit:int`, `words:[string]`, `note:string?` (repeatable)
    #[arg(long, value_name = "FIELD:TYPE")]
    pub input: Vec<String>,

    /// A field of what it answers (repeatable)
    #[arg(long, value_name = "FIELD:TYPE")]
    pub output: Vec<String>,

    /// One sentence on what it does
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// It changes nothing, so that it may be asked again
    #[arg(long)]
    pub safe: bool,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct AddEventArgs {
    /// The service; asked for on a terminal
    pub service: Option<String>,

    /// Its name, in snake_case; asked for on a terminal, with its fields
    pub name: Option<String>,

    /// A field of it: `word:string` (repeatable)
    #[arg(long, value_name = "FIELD:TYPE")]
    pub field: Vec<String>,

    /// One sentence on when it happens
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct AddTargetArgs {
    /// The target; asked for on a terminal
    #[arg(value_parser = values(Axis::DEPLOY, &[]))]
    pub target: Option<String>,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The target
    #[arg(value_parser = values(Axis::DEPLOY, &[]))]
    pub target: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct RemoveServiceArgs {
    /// The service
    pub service: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct RemoveLinkArgs {
    /// The service, or the gateway and the service
    #[arg(value_name = "[GATEWAY:]SERVICE")]
    pub link: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct RemovePartArgs {
    /// The service
    pub service: String,

    /// Its name
    pub name: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct RenameArgs {
    /// The service
    pub service: String,

    /// Its new name
    pub name: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// Keys with dots between them; items of lists by number, from 0: `description`, `services.vision.framework`,
    /// `links.vision.via`
    pub path: String,

    /// A string literally; what is no string as YAML has it: `[sse, websocket]`, `true`
    pub value: String,

    #[command(flatten)]
    pub edit: EditArgs,
}
