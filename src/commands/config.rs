//! `hybridge config`: what the user says for all projects.

use std::path::Path;

use crate::cli::ConfigArgs;
use crate::error::Error;
use crate::packs::config::Config;
use crate::report::Report;

pub fn run(args: &ConfigArgs, report: &Report) -> Result<(), Error> {
    let mut config = Config::read()?;
    let path = Config::path()?;
    for from in &args.add_pack {
        config.add(from, Path::new(""))?;
    }
    for from in &args.remove_pack {
        if !config.remove(from, Path::new(""))? {
            report.note(&format!("`{from}` was not among the packs"));
        }
    }
    if !args.add_pack.is_empty() || !args.remove_pack.is_empty() {
        config.write()?;
        report.done(&format!("wrote `{}`", path.display()));
    }
    report.result(&format!("# {}\n{}", path.display(), config.to_yaml()));
    Ok(())
}
