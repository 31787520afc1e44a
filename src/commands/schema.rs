//! `hybridge schema`: the JSON Schema of the blueprint.

use crate::blueprint;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(report: &Report) -> Result<(), Error> {
    let catalogue = Catalogue::built_in()?;
    report.result(&pretty(&blueprint::schema::schema(catalogue), 0, 0));
    Ok(())
}
