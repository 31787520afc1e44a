//! The `hybridge` command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use hybridge::cli::Cli;
use hybridge::report::{Report, restore_terminal};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let printed = match error.print().and_then(|()| io::stdout().flush()) {
                // As where a pipe is closed behind a result.
                Err(why) => why.kind() == io::ErrorKind::BrokenPipe,
                Ok(()) => true,
            };
            // 2 means "our fault" here, so a wrong flag is 1, not clap's 2.
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if printed => ExitCode::SUCCESS,
                _ => ExitCode::from(1),
            };
        }
    };
    let report = Report::default();
    let done = hybridge::commands::run(cli, &report).and_then(|()| report.end());
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            restore_terminal();
            Report::default().error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
