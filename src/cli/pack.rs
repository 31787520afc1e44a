//! Commands that make and check packs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Write a pack that works, with a test, to start from
    New(PackNewArgs),
    /// Copy a built-in template or block into a pack, its origin noted
    Eject(PackEjectArgs),
    /// Judge a pack: every template in many systems, unknown paths and variables, what has changed below
    Check(PackCheckArgs),
    /// Render the examples of a pack and compare with what is recorded
    Test(PackTestArgs),
    /// Record in a project what its packs are now, once they were changed on purpose
    Lock(PackLockArgs),
}

#[derive(Debug, Args)]
pub struct PackNewArgs {
    /// Name of the pack
    pub name: String,

    /// Folder to write, instead of one named like the pack
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PackEjectArgs {
    /// Path below `templates/`, or `blocks/NAME`
    pub path: String,

    /// The pack
    #[arg(long, value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    pub into: PathBuf,
}

#[derive(Debug, Args)]
pub struct PackCheckArgs {
    /// The pack
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// Print what is wrong as JSON, `{"findings": [...]}`
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct PackTestArgs {
    /// The pack
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// Record what is rendered now; read the difference
    #[arg(long)]
    pub record: bool,
}

#[derive(Debug, Args)]
pub struct PackLockArgs {
    /// The blueprint of the project
    #[arg(default_value = "hybridge.yaml", value_hint = ValueHint::FilePath)]
    pub file: String,

    /// Use this pack from elsewhere without being asked, as it is now (repeatable)
    #[arg(long, value_name = "NAME[@HASH]")]
    pub trust: Vec<String>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Show it as JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long, requires = "dry_run")]
    pub json: bool,
}
