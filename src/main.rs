//! The `hybridge` command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use hybridge::cli::Cli;
use hybridge::report::{Report, restore_terminal};
use mimalloc::MiMalloc;

/// Threads that read or render side by side allocate without asking the system for each little more.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let (cli, is_json) = match Cli::read() {
        Ok(read) => read,
        Err(error) => return unread(&error),
    };
    let mut report = Report::default();
    let done = hybridge::commands::run(cli, &report).and_then(|()| report.end());
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            restore_terminal();
            if is_json {
                report.error_value(&error);
            }
            report.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// The command line was not understood, or was a question about it.
fn unread(error: &clap::Error) -> ExitCode {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !is_answer && std::env::args_os().any(|word| word == "--json") {
        Report::default().usage_value(error);
    }
    let printed = match error.print().and_then(|()| io::stdout().flush()) {
        // As where a pipe is closed behind a result.
        Err(why) => why.kind() == io::ErrorKind::BrokenPipe,
        Ok(()) => true,
    };
    // 2 means "our fault" here, so a wrong flag is 1, not clap's 2.
    match is_answer && printed {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(1),
    }
}
