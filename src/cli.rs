//! The command line. The words that an option takes are read from the catalogue.

mod choice;
mod contract;
mod edit;
mod life;
mod pack;

use std::path::PathBuf;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::catalogue::Axis;
pub use choice::ChoiceArgs;
use choice::{long_help, values};
pub use contract::*;
pub use edit::*;
pub use life::*;
pub use pack::*;

/// Lays out a hybrid backend: a Node.js gateway in front of Python services, and the bridge between them.
#[derive(Debug, Parser)]
#[command(
    name = "hybridge",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The command line of this process, and whether it asks for JSON.
    ///
    /// # Errors
    /// What clap says of one that is not understood; help and version are among it.
    pub fn read() -> Result<(Self, bool), clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        let cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok((cli, asks_for_json(&matches)))
    }
}

/// Of the innermost command.
fn asks_for_json(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, inner)) => asks_for_json(inner),
        None => matches!(matches.try_get_one("json"), Ok(Some(true))),
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a new system
    ///
    /// Asks what is not given by flags; `--yes` takes the defaults instead. Nothing is written before the
    /// whole system is ready, and nothing is left behind when it cannot be written.
    New(Box<NewArgs>),
    /// Make a project what its blueprint says now, and keep what you wrote
    ///
    /// Renders the blueprint anew and merges with what is there: all of it is written, or nothing. What both changed
    /// in the same place is a conflict: it is listed, the exit code is 3, and `--continue` or `--abort` ends it.
    /// What breaks clients of the contract is reported first: without `--allow-breaking` nothing is written then, and
    /// the exit code is 4.
    Apply(ApplyArgs),
    /// Compare contracts: what breaks clients, and how to change it in two steps
    #[command(subcommand)]
    Contract(ContractCommand),
    /// Bring back a file that you deleted, as hybridge wrote it
    Restore(RestoreArgs),
    /// Add something to the blueprint, then apply it
    #[command(subcommand)]
    Add(AddCommand),
    /// Give a service another name, then apply it: its files move and keep what you wrote
    Rename(RenameArgs),
    /// Remove something from the blueprint, then apply it
    #[command(subcommand)]
    Remove(RemoveCommand),
    /// Change a value of the blueprint, then apply it
    Set(SetArgs),
    /// Look for what this machine and the project lack, and say what mends it
    ///
    /// Looks at tools and their versions, ports, brokers and stores that `.env` names, lock files, contracts and what
    /// the blueprint says. The exit code is 0 when nothing is wrong (warnings aside), and 1 when something is.
    Doctor(DoctorArgs),
    /// Leave hybridge: remove every trace of it from a project, which stays as it runs
    ///
    /// Removes the blueprint, `.hybridge/` and what the files of the project say of them; what you wrote stays. Names
    /// that clients read from the network (the types of problems, `x-hybridge` in documents) stay, too.
    Eject(EjectArgs),
    /// Show the options there are: kinds, frameworks, transports, real-time ways, stores, targets
    List(ListArgs),
    /// Print the JSON Schema of the blueprint, for editors
    ///
    /// In a project it has the prompts of the project's packs.
    Schema(SchemaArgs),
    /// Show where a file of a project comes from: module, pack, template, contributions, variables
    Explain(ExplainArgs),
    /// Make and check packs: templates of your own
    #[command(subcommand)]
    Pack(PackCommand),
    /// Show or change what you say for all projects: the packs that every new system has
    Config(ConfigArgs),
    /// Check a blueprint and show all its errors at once
    Check(CheckArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Write the man pages
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the system; also its folder
    pub name: Option<String>,

    /// Take the default for everything that is not given
    #[arg(short, long)]
    pub yes: bool,

    /// Start from this blueprint (`-`: standard input); flags override it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub from: Option<String>,

    /// One line on what the system is for
    #[arg(long, value_name = "TEXT", help_heading = "Blueprint")]
    pub description: Option<String>,

    /// A service: `vision:inference`, `trends:analytics:fastapi`, `edge:gateway` (repeatable)
    #[arg(
        long = "service",
        value_name = "NAME:KIND[:FRAMEWORK]",
        help_heading = "Blueprint"
    )]
    pub services: Vec<String>,

    /// The way from gateways to services, to one of them, or of one link (repeatable)
    #[arg(long, value_name = "[[GATEWAY:]SERVICE=]TRANSPORT", help_heading = "Blueprint", long_help = long_help("The way from gateways to services, to one of them, or of one link (repeatable)", Axis::TRANSPORT))]
    pub via: Vec<String>,

    #[command(flatten)]
    pub choices: ChoiceArgs,

    /// Where the services that keep something keep it
    #[arg(long, value_name = "STORE", value_parser = values(Axis::STORE, &[]), help_heading = "Blueprint")]
    pub store: Option<String>,

    /// What the system is deployed with
    #[arg(long, value_name = "TARGET", value_delimiter = ',', value_parser = values(Axis::DEPLOY, &[]), help_heading = "Blueprint")]
    pub target: Vec<String>,

    /// Folder to write, instead of one named like the system
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub into: Option<PathBuf>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Show it as JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long, requires = "dry_run")]
    pub json: bool,

    /// Make no lock files (`make lock` makes them later)
    #[arg(long)]
    pub no_lock: bool,

    /// Leave out `git init` and the first commit
    #[arg(long)]
    pub no_git: bool,

    /// An answer to a prompt of a pack: `KEY=VALUE`, or `PACK.KEY=VALUE` (repeatable)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Packs")]
    pub set: Vec<String>,

    #[command(flatten)]
    pub packs: PackArgs,
}

/// Which packs stand on the built-in templates.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Packs")]
pub struct PackArgs {
    /// A pack: a folder, a .tar.gz or .zip, or a git URL with `#` and a tag or commit (repeatable)
    #[arg(long = "pack", value_name = "PATH|URL")]
    pub packs: Vec<String>,

    /// Use this pack from elsewhere without being asked, as it is now (repeatable)
    #[arg(long, value_name = "NAME[@HASH]")]
    pub trust: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    #[command(flatten)]
    pub packs: PackArgs,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The file, as the project has it: `services/vision/Dockerfile`
    #[arg(required_unless_present = "tree")]
    pub file: Option<String>,

    /// All files, one a line
    #[arg(long, conflicts_with = "file")]
    pub tree: bool,

    /// The blueprint; without it, `hybridge.yaml`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub from: Option<String>,

    /// Of a system that is not written: look at no file of the project; where there is no blueprint, of the
    /// default system
    #[arg(long)]
    pub dry_run: bool,

    /// As JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long)]
    pub json: bool,

    /// An answer to a prompt of a pack: `KEY=VALUE`, or `PACK.KEY=VALUE` (repeatable)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Packs")]
    pub set: Vec<String>,

    #[command(flatten)]
    pub packs: PackArgs,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Add a pack on top of the others (repeatable)
    #[arg(long, value_name = "PATH|URL")]
    pub add_pack: Vec<String>,

    /// Take a pack away (repeatable)
    #[arg(long, value_name = "PATH|URL")]
    pub remove_pack: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As JSON
    ///
    /// An error, too: as `{"findings": [...]}` in place of the result.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub packs: PackArgs,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The blueprint (`-`: standard input)
    #[arg(default_value = "hybridge.yaml", value_hint = ValueHint::FilePath)]
    pub file: String,

    /// Print what is wrong as JSON, `{"findings": [...]}`
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub packs: PackArgs,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder to write the pages into
    #[arg(long, value_name = "FOLDER", default_value = "man", value_hint = ValueHint::DirPath)]
    pub into: PathBuf,
}
