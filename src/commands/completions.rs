//! `hybridge completions`: a completion script.

use clap::CommandFactory;
use clap_complete::generate;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;
use crate::report::Report;

pub fn run(args: &CompletionsArgs, report: &Report) -> Result<(), Error> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "hybridge", &mut script);
    report.result(&String::from_utf8_lossy(&script));
    Ok(())
}
