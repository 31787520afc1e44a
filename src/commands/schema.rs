//! `hybridge schema`: the JSON Schema of the blueprint.

use crate::blueprint;
use crate::cli::SchemaArgs;
use crate::commands::packs;
use crate::error::Error;
use crate::report::Report;

pub fn run(args: &SchemaArgs, report: &Report) -> Result<(), Error> {
    let catalogue = packs::of_here(&args.packs, report)?;
    report.value(&blueprint::schema::schema(&catalogue));
    Ok(())
}
