//! Commands that look at a project, and the one that takes leave of it.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::HowArgs;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The project, or a folder in it, instead of the current one
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,

    /// Print what was looked at, what is wrong and what mends it as JSON
    #[arg(long)]
    pub json: bool,

    /// Use this pack from elsewhere without being asked, as it is now (repeatable)
    #[arg(long, value_name = "NAME[@HASH]", help_heading = "Packs")]
    pub trust: Vec<String>,
}

#[derive(Debug, Args)]
pub struct EjectArgs {
    #[command(flatten)]
    pub how: HowArgs,
}
