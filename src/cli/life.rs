//! Commands that look at a project, and the one that takes leave of it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::{HowArgs, PackArgs};

/// Which project a command looks at.
#[derive(Debug, Args)]
pub struct ProjectArgs {
    /// The project, or a folder in it, instead of the current one
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,

    /// Use this pack from elsewhere without being asked, as it is now (repeatable)
    #[arg(long, value_name = "NAME[@HASH]", help_heading = "Packs")]
    pub trust: Vec<String>,
}

impl ProjectArgs {
    /// Where the project is looked for.
    pub fn folder(&self) -> &Path {
        self.into.as_deref().unwrap_or(Path::new("."))
    }

    /// What packs of it need.
    pub fn packs(&self) -> PackArgs {
        PackArgs {
            packs: Vec::new(),
            trust: self.trust.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub project: ProjectArgs,

    /// Print what was looked at, what is wrong and what mends it as JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct EjectArgs {
    #[command(flatten)]
    pub how: HowArgs,
}
