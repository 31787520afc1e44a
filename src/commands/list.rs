//! `hybridge list`: the options of every axis, as the catalogue has them.

use serde_json::{Value, json};

use crate::catalogue::{Axis, Catalogue, Module};
use crate::cli::ListArgs;
use crate::error::Error;
use crate::render::json::pretty;
use crate::report::Report;

pub fn run(args: &ListArgs, report: &Report) -> Result<(), Error> {
    let catalogue = Catalogue::built_in()?;
    if args.json {
        let all: Value = Axis::ALL
            .iter()
            .map(|axis| {
                (
                    axis.folder().to_owned(),
                    catalogue.options(*axis).map(option).collect::<Value>(),
                )
            })
            .collect();
        report.result(&pretty(&all, 0, 0));
        return Ok(());
    }
    for axis in Axis::ALL {
        let rows: Vec<(String, String)> = catalogue
            .options(axis)
            .map(|module| {
                let default = if module.is_default { " (default)" } else { "" };
                (module.name.clone(), format!("{}{default}", module.help))
            })
            .collect();
        report.table(axis.title(), &rows);
    }
    Ok(())
}

fn option(module: &Module) -> Value {
    json!({
        "name": module.name,
        "label": module.label,
        "help": module.help,
        "default": module.is_default,
    })
}
