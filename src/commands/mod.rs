//! One command a file; each takes its arguments and the printer.

mod apply;
mod check;
mod completions;
mod config;
mod contract;
mod drawing;
mod edit;
mod explain;
mod list;
mod man;
mod new;
mod pack;
mod packs;
mod restore;
mod schema;
mod set;

use crate::cli::{Cli, Command};
use crate::error::Error;
use crate::report::Report;

/// Runs the command that was given.
///
/// # Errors
/// Whatever keeps the command from doing its work; [`Error::exit_code`] says whose it is.
pub fn run(cli: Cli, report: &Report) -> Result<(), Error> {
    match cli.command {
        Command::New(args) => new::run(*args, report),
        Command::Apply(args) => apply::run(&args, report),
        Command::Contract(command) => contract::run(command, report),
        Command::Add(command) => edit::add(command, report),
        Command::Rename(args) => edit::rename(&args, report),
        Command::Remove(command) => edit::remove(command, report),
        Command::Set(args) => edit::set(&args, report),
        Command::Restore(args) => restore::run(&args, report),
        Command::List(args) => list::run(&args, report),
        Command::Schema(args) => schema::run(&args, report),
        Command::Explain(args) => explain::run(&args, report),
        Command::Pack(command) => pack::run(command, report),
        Command::Config(args) => config::run(&args, report),
        Command::Check(args) => check::run(&args, report),
        Command::Completions(args) => completions::run(&args, report),
        Command::Man(args) => man::run(&args, report),
    }
}
