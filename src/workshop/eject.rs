//! Built-in templates in a pack, and what was built in when they were taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use super::finding::{EJECTED, Finding};
use super::test::diff;
use crate::disk::write_file;
use crate::error::Error;
use crate::fault::Fault;
use crate::pack::content::NoPackFile;
use crate::pack::manifest::PACK_FILE;
use crate::suggest::{meant, nearest};
use crate::template::files::TemplateFiles;
use crate::template::includes::BLOCKS;
use crate::template::module::{MANIFEST, VERSIONS};

/// What was taken from which hybridge: path below `templates/` -> its version.
const NOTE: &str = "ejected.json";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Note(BTreeMap<String, String>);

/// Why something cannot be taken, to follow its path in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum EjectError {
    #[error("is merged with the built-in one: write only what you add or change")]
    Merged,
    #[error("is no built-in template or block{}", .nearest.as_ref().map_or_else(String::new, |it| format!("; {}", meant(it))))]
    NotBuiltIn { nearest: Option<String> },
    #[error("is in the pack already")]
    Taken,
}

/// Copies a built-in template, or the default of a block, into the pack at `folder`.
///
/// # Errors
/// [`Fault::Refused`] for what is not built in, is merged instead of replaced, or is in the pack already.
pub fn eject(folder: &Path, path: &str) -> Result<String, Error> {
    let files = TemplateFiles::built_in();
    let refused = |why: EjectError| Fault::refused(folder.display(), path, why);
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == MANIFEST || path == VERSIONS {
        return Err(refused(EjectError::Merged).into());
    }
    let (path, bytes) = built_in(&files, path).ok_or_else(|| {
        let nearest = nearest(path, files.paths()).map(str::to_owned);
        refused(EjectError::NotBuiltIn { nearest })
    })?;
    if !folder.join(PACK_FILE).is_file() {
        return Err(Fault::missing(folder.display().to_string(), NoPackFile).into());
    }
    if folder.join("templates").join(&path).exists() {
        return Err(refused(EjectError::Taken).into());
    }
    write_file(&folder.join("templates").join(&path), &bytes)?;
    write_file(&folder.join(EJECTED).join(&path), &bytes)?;
    let mut note = read(folder);
    note.0
        .insert(path.clone(), env!("CARGO_PKG_VERSION").to_owned());
    let text = serde_json::to_string_pretty(&note).expect("plain data");
    write_file(&folder.join(NOTE), format!("{text}\n").as_bytes())?;
    Ok(path)
}

fn read(folder: &Path) -> Note {
    let text = fs::read_to_string(folder.join(NOTE));
    text.ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// What stands at a path, or in a block, without any pack.
fn built_in(files: &TemplateFiles, path: &str) -> Option<(String, Vec<u8>)> {
    if let Some(bytes) = files.get(path) {
        return Some((path.to_owned(), bytes.to_vec()));
    }
    let block = path.strip_prefix(BLOCKS)?;
    let block = block.strip_suffix(".hbs").unwrap_or(block);
    let text = default_of(files, block)?;
    Some((format!("{BLOCKS}{block}.hbs"), text.into_bytes()))
}

/// What stands inside of a block of the built-in templates.
fn default_of(files: &TemplateFiles, block: &str) -> Option<String> {
    let begin = format!("{{{{#block \"{block}\"}}}}");
    files
        .paths()
        .filter(|path| path.ends_with(".hbs"))
        .find_map(|path| {
            let (_, rest) = files.text(path)?.split_once(&begin)?;
            let (inside, _) = rest.split_once("{{/block}}")?;
            Some(inside.strip_prefix('\n').unwrap_or(inside).to_owned())
        })
}

/// What has changed in the built-in templates since they were taken, a diff for each.
pub fn changed(folder: &Path) -> Vec<Finding> {
    let files = TemplateFiles::built_in();
    let mut found = Vec::new();
    for (path, version) in read(folder).0 {
        let Ok(then) = fs::read(folder.join(EJECTED).join(&path)) else {
            found.push(Finding::Forgotten { path, version });
            continue;
        };
        match built_in(&files, &path) {
            None => found.push(Finding::NotBuiltIn { path, version }),
            Some((_, now)) if now == then => {}
            Some((_, now)) => found.push(Finding::Changed {
                diff: diff(&path, &then, &now),
                path,
                version,
            }),
        }
    }
    found
}
