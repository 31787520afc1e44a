//! `hybridge man`: a man page for hybridge and each of its commands.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::{Cli, ManArgs};
use crate::disk::write_file;
use crate::error::Error;
use crate::report::Report;

pub fn run(args: &ManArgs, report: &Report) -> Result<(), Error> {
    let mut command = Cli::command();
    command.build();
    let mut pages: Vec<(String, Vec<u8>)> = Vec::new();
    let subcommands: Vec<_> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .cloned()
        .collect();
    for command in std::iter::once(command).chain(subcommands) {
        let man = Man::new(command);
        let mut page = Vec::new();
        man.render(&mut page)
            .expect("writing to memory does not fail");
        pages.push((man.get_filename(), page));
    }
    for (name, page) in &pages {
        write_file(&args.into.join(name), page)?;
    }
    let folder = args.into.display();
    report.done(&format!(
        "{} pages in `{folder}`; read one with `man {folder}/hybridge.1`",
        pages.len()
    ));
    Ok(())
}
