//! The command line. The words that an option takes are read from the catalogue.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use indexmap::IndexMap;

use crate::catalogue::{Axis, Catalogue};

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
    Apply(ApplyArgs),
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
    #[arg(long)]
    pub json: bool,

    /// Also while files of the project are not committed
    #[arg(long)]
    pub allow_dirty: bool,

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

    /// Edit the blueprint alone
    #[arg(long, conflicts_with_all = ["json", "allow_dirty"])]
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
    Target(TargetArgs),
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
    /// `vision:inference`, `trends:analytics:fastapi`, `edge:gateway`
    #[arg(value_name = "NAME:KIND[:FRAMEWORK]")]
    pub service: String,

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
    /// The service, or the gateway and the service
    #[arg(value_name = "[GATEWAY:]SERVICE")]
    pub link: String,

    /// Its transport
    #[arg(long, value_name = "TRANSPORT", value_parser = values(Axis::TRANSPORT, &[]))]
    pub via: Option<String>,

    #[command(flatten)]
    pub edit: EditArgs,
}

#[derive(Debug, Args)]
pub struct AddOperationArgs {
    /// The service
    pub service: String,

    /// Its name, in snake_case
    pub name: String,

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
    /// The service
    pub service: String,

    /// Its name, in snake_case
    pub name: String,

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

    /// As YAML has it: `kafka`, `[sse, websocket]`
    pub value: String,

    #[command(flatten)]
    pub edit: EditArgs,
}

/// A flag for each axis of which components choose by a key of their own.
#[derive(Debug, Default)]
pub struct ChoiceArgs(pub IndexMap<Axis, Vec<String>>);

impl ChoiceArgs {
    fn arg(axis: Axis) -> Arg {
        let text = axis.flag_text();
        let arg = Arg::new(axis.folder())
            .long(axis.folder())
            .value_name(text.value.as_str())
            .help(text.help.as_str())
            .help_heading("Blueprint");
        match axis.is_many() {
            true => arg
                .action(ArgAction::Append)
                .value_delimiter(',')
                .value_parser(values(axis, &["none"])),
            false => arg.value_parser(values(axis, &[])),
        }
    }
}

impl FromArgMatches for ChoiceArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for axis in Axis::all_choices() {
            let Some(words) = matches.get_many::<String>(axis.folder()) else {
                continue;
            };
            let mut words: Vec<String> = words.cloned().collect();
            if axis.is_many() && words == ["none"] {
                words.clear();
            }
            self.0.insert(axis, words);
        }
        Ok(())
    }
}

impl Args for ChoiceArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        Axis::all_choices().fold(command, |command, axis| command.arg(Self::arg(axis)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
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
    #[arg(long)]
    pub json: bool,

    /// An answer to a prompt of a pack: `KEY=VALUE`, or `PACK.KEY=VALUE` (repeatable)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Packs")]
    pub set: Vec<String>,

    #[command(flatten)]
    pub packs: PackArgs,
}

#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Write a pack that works, with a test, to start from
    New(PackNewArgs),
    /// Copy a built-in template or block into a pack, its origin noted
    Eject(PackEjectArgs),
    /// Judge a pack: every template in many systems, unknown paths and variables, what has changed below
    Check(PackFolderArgs),
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
pub struct PackFolderArgs {
    /// The pack
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
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
    #[arg(long, requires = "dry_run")]
    pub json: bool,
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

    /// Print what is wrong as JSON
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

/// The options of an axis, and `more` words, as values that clap completes and helps with.
///
/// Others are let through: a pack may bring them, and the blueprint's schema knows it.
fn values(axis: Axis, more: &[&'static str]) -> OptionNames {
    let mut values = options(axis);
    values.extend(more.iter().copied().map(PossibleValue::new));
    OptionNames(values)
}

#[derive(Clone)]
struct OptionNames(Vec<PossibleValue>);

impl TypedValueParser for OptionNames {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().cloned()))
    }
}

fn long_help(text: &str, axis: Axis) -> String {
    let words: Vec<String> = options(axis)
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    format!("{text}\n\n[transports: {}]", words.join(", "))
}

fn options(axis: Axis) -> Vec<PossibleValue> {
    // A catalogue that cannot be read is told by the command itself, with its place.
    let Ok(catalogue) = Catalogue::built_in() else {
        return Vec::new();
    };
    catalogue
        .options(axis)
        .map(|module| PossibleValue::new(module.name.clone()).help(module.help.clone()))
        .collect()
}
