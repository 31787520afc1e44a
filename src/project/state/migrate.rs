//! From earlier formats of `state.json` to this one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::State;
use crate::plan::record::Record;
use crate::tree::Owner;
use crate::written::FileState;

#[derive(Deserialize)]
struct Document1 {
    hybridge: String,
    as_of: String,
    files: BTreeMap<String, FileState1>,
}

#[derive(Deserialize)]
struct FileState1 {
    owner: Owner,
    module: String,
    pack: Option<String>,
    sha256: String,
}

/// hybridge 0.1.0. It recorded no ports: they follow from the order of the blueprint, which they still do where
/// the record is empty. It recorded no modes: those on the disk are taken.
///
/// # Errors
/// It is not what that version wrote.
pub fn from_1(value: Value, folder: &Path) -> serde_json::Result<State> {
    let document: Document1 = serde_json::from_value(value)?;
    let files = document.files.into_iter().map(|(path, file)| {
        let own = file.module == "hybridge";
        let known = FileState {
            owner: file.owner,
            template: if own {
                String::new()
            } else {
                format!("{}/", file.module)
            },
            pack: file.pack,
            executable: is_executable(&folder.join(&path)),
            sha256: file.sha256,
            moved_to: None,
        };
        (path, known)
    });
    Ok(State {
        format: 1,
        hybridge: document.hybridge,
        as_of: document.as_of,
        record: Record::default(),
        files: files.collect(),
    })
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}
