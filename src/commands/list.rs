//! `hybridge list`: the options of every axis, as the catalogue has them.

use serde_json::{Value, json};

use crate::catalogue::{Axis, Catalogue, Module};
use crate::cli::ListArgs;
use crate::commands::packs;
use crate::error::Error;
use crate::origin::Origin;
use crate::pack::Pack;
use crate::report::Report;
use crate::template::module::MANIFEST;

pub fn run(args: &ListArgs, report: &Report) -> Result<(), Error> {
    let catalogue = packs::of_here(&args.packs, report)?;
    if args.json {
        let all: Value = Axis::all()
            .map(|axis| {
                (
                    axis.folder().to_owned(),
                    catalogue
                        .options(axis)
                        .map(|module| option(module, &catalogue))
                        .collect::<Value>(),
                )
            })
            .collect();
        report.value(&all);
        return Ok(());
    }
    for axis in Axis::all() {
        let rows: Vec<(String, String)> = catalogue
            .options(axis)
            .map(|module| {
                let default = if module.is_default { " (default)" } else { "" };
                let pack = match origin(module, &catalogue) {
                    Some(pack) => format!(" (pack {pack})"),
                    None => String::new(),
                };
                (
                    module.name.clone(),
                    format!("{}{default}{pack}", module.help),
                )
            })
            .collect();
        report.table(axis.title(), &rows);
    }
    if !catalogue.packs().is_empty() {
        let rows: Vec<(String, String)> = catalogue
            .packs()
            .iter()
            .map(|it| row(it, &catalogue))
            .collect();
        report.table("Packs", &rows);
    }
    Ok(())
}

/// The pack that brought the option.
fn origin(module: &Module, catalogue: &Catalogue) -> Option<String> {
    let versions = catalogue
        .files()
        .versions(&format!("{}/{MANIFEST}", module.folder()));
    let pack = versions.first()?.origin.pack()?;
    Some(pack.name.clone())
}

/// A pack in a line: what it says of itself, and how much it does.
fn row(pack: &Pack, catalogue: &Catalogue) -> (String, String) {
    let files = catalogue.files();
    let is_own = |origin: &Origin| origin.pack() == Some(&*pack.id);
    let (mut replaced, mut added) = (0, 0);
    for path in pack.content.templates().map(|(path, _)| path) {
        match files
            .versions(path)
            .iter()
            .position(|version| is_own(&version.origin))
        {
            Some(0) => added += 1,
            _ => replaced += 1,
        }
    }
    let removed = files.removed().filter(|(_, origin)| is_own(origin)).count();
    let prompts = pack.manifest.prompts.len();
    let text = format!(
        "{}: {added} files added, {replaced} replaced or merged, {removed} removed, {prompts} prompts; from {}",
        pack.manifest.description, pack.from
    );
    (pack.id.to_string(), text)
}

fn option(module: &Module, catalogue: &Catalogue) -> Value {
    let mut option = json!({
        "name": module.name,
        "label": module.label,
        "help": module.help,
        "default": module.is_default,
    });
    if let Some(pack) = origin(module, catalogue) {
        option["pack"] = json!(pack);
    }
    option
}
