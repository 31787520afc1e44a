//! The `hybridge` command.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use hybridge::cli::Cli;
use hybridge::report::{Report, restore_terminal};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // 2 means "our fault" here, so a wrong flag is 1, not clap's 2.
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(1),
            };
        }
    };
    let report = Report;
    match hybridge::commands::run(cli, &report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            restore_terminal();
            report.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
