//! `tests/<case>/blueprint.yaml` of a pack: a system, and what the pack is recorded to write into it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::finding::Difference;
use crate::blueprint;
use crate::blueprint::overrides::Overrides;
use crate::disk::write_file;
use crate::document::Document;
use crate::document::source;
use crate::error::Error;
use crate::fault::Fault;
use crate::generate::draft;
use crate::packs::active::{ActivePacks, Wanted, load};
use crate::packs::lock::Lock;
use crate::plan::guard;
use crate::plan::record::Record;

/// Where the examples stand in a pack.
pub const TESTS: &str = "tests";
/// The system of an example.
pub const PAGE: &str = "blueprint.yaml";
/// What is recorded of it.
pub const EXPECTED: &str = "expected";

/// What the pack writes into one example: bytes by path.
pub type Written = BTreeMap<String, Vec<u8>>;

/// The examples of a pack, sorted.
///
/// # Errors
/// [`Fault::Missing`] when the folder cannot be read.
pub fn cases(pack: &Path) -> Result<Vec<PathBuf>, Fault> {
    let folder = pack.join(TESTS);
    let entries = fs::read_dir(&folder)
        .map_err(|error| Fault::missing(folder.display().to_string(), error))?;
    let mut cases: Vec<PathBuf> = entries
        .flatten()
        .map(|it| it.path())
        .filter(|it| it.join(PAGE).is_file())
        .collect();
    cases.sort();
    Ok(cases)
}

/// Renders an example: every file whose template, or a part of it, is of the pack.
///
/// # Errors
/// Whatever is wrong with the pack or the page.
pub fn render(pack: &Path, case: &Path) -> Result<Written, Error> {
    let page = case.join(PAGE).display().to_string();
    let document = Document::parse(source::read(&page)?)?;
    let mut wanted = Wanted::of_page(blueprint::packs::named(&document), case);
    wanted.extend(Wanted::of_flags(
        &[pack.display().to_string()],
        Path::new(""),
    ));
    let loaded = load(&wanted, &Lock::default())?;
    let name = loaded
        .last()
        .map(|it| it.pack.id.name.clone())
        .unwrap_or_default();
    let active = ActivePacks::new(loaded)?;
    let mut overrides = Overrides::default();
    active.name_packs(&mut overrides, case);
    let draft = draft(Some(&document), &overrides, &active, &Record::default())?;
    let own: Vec<String> = draft
        .plan
        .files()
        .iter()
        .filter(|(_, file)| {
            guard::contributing_pack(&file.template, active.files())
                .is_some_and(|it| it.name == name)
        })
        .map(|(path, _)| path.clone())
        .collect();
    let mut tree = draft.render(None)?.tree;
    Ok(own
        .into_iter()
        .filter_map(|path| Some((path.clone(), tree.remove(&path)?.bytes)))
        .collect())
}

/// How what is rendered differs from what is recorded, one for each file.
pub fn compare(case: &Path, written: &Written) -> Vec<Difference> {
    let recorded = recorded(&case.join(EXPECTED));
    let mut found = Vec::new();
    for (path, bytes) in written {
        match recorded.get(path) {
            None => found.push(Difference::NotRecorded { path: path.clone() }),
            Some(known) if known == bytes => {}
            Some(known) => found.push(Difference::Changed {
                path: path.clone(),
                diff: diff(path, known, bytes),
            }),
        }
    }
    let gone = recorded.into_keys();
    let gone = gone.filter(|path| !written.contains_key(path));
    found.extend(gone.map(|path| Difference::NotWritten { path }));
    found
}

/// Records what is rendered, in place of what was.
///
/// # Errors
/// [`Error::Write`] when that cannot be written.
pub fn record(case: &Path, written: &Written) -> Result<(), Error> {
    let folder = case.join(EXPECTED);
    for path in recorded(&folder)
        .keys()
        .filter(|path| !written.contains_key(*path))
    {
        let _ = fs::remove_file(folder.join(path));
    }
    for (path, bytes) in written {
        write_file(&folder.join(path), bytes)?;
    }
    Ok(())
}

/// Two texts as a unified diff.
pub fn diff(path: &str, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let text = diff
        .unified_diff()
        .header(&format!("{path} (recorded)"), &format!("{path} (now)"))
        .to_string();
    text.trim_end().to_owned()
}

/// Every file below a folder; none where there is no folder.
fn recorded(folder: &Path) -> Written {
    let mut found = Written::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((folder, below)) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{below}{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((entry.path(), format!("{path}/"))),
                Ok(kind) if kind.is_file() => {
                    _ = found.insert(path, fs::read(entry.path()).unwrap_or_default())
                }
                _ => {}
            }
        }
    }
    found
}
