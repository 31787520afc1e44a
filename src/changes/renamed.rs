//! Files that the system has under another path now.

use std::collections::BTreeMap;

use super::change::{Content, component};
use super::{MIN_LINES, OWN};
use crate::template::path::repeated_for;
use crate::tree::{Tree, TreeFile};
use crate::written::{FileState, sha256};

/// The new path of a file, and the one at which it was written.
pub type Renamed = BTreeMap<String, String>;

/// A path that the system no longer has, with what was written there.
type Gone<'a> = (&'a str, &'a FileState);
/// A path that the system did not have, with what is written there.
type Come<'a> = (&'a str, &'a TreeFile);

/// Files that the system no longer has, and files that it has now and that are the same: of one template, by the path
/// that `template` says it has now, or else of one content. Only where both are single in their component, and nothing
/// stands at the new path.
pub fn renamed<'w>(
    written: &'w BTreeMap<String, FileState>,
    disk: &BTreeMap<String, Content>,
    tree: &'w Tree,
    template: impl Fn(&'w FileState) -> &'w str,
) -> Renamed {
    let gone = written.iter().map(|(path, known)| (path.as_str(), known));
    let gone = gone.filter(|(path, _)| !path.starts_with(OWN) && !tree.contains_key(*path));
    let mut gone: Vec<Gone<'_>> = gone.collect();
    let is_new = |path: &str| !written.contains_key(path) && !disk.contains_key(path);
    let come = tree.iter().map(|(path, file)| (path.as_str(), file));
    let come = come.filter(|(path, _)| !path.starts_with(OWN) && is_new(path));
    let mut come: Vec<Come<'_>> = come.collect();
    let mut found = Renamed::new();
    // A state of format 1 has the folder of the module alone, for all its files.
    let is_one = |template: &str| !template.is_empty() && !template.ends_with('/');
    let of_template = |known| Some(template(known)).filter(|it| is_one(it));
    pair(
        (&mut gone, |_, known| of_template(known)),
        (&mut come, |_, file| Some(file.template.as_str())),
        &mut found,
    );
    // A template that is repeated: for the same operation, service or container.
    pair(
        (&mut gone, |path, known| {
            Some((of_template(known)?, repeated_for(&known.template, path)?))
        }),
        (&mut come, |path, file| {
            Some((file.template.as_str(), repeated_for(&file.template, path)?))
        }),
        &mut found,
    );
    pair(
        (&mut gone, |_, known| {
            Some((known.sha256.clone(), known.executable))
        }),
        (&mut come, |_, file| {
            is_telling(&file.bytes).then(|| (sha256(&file.bytes), file.executable))
        }),
        &mut found,
    );
    found
}

/// Whether a content is like few others.
fn is_telling(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.lines().count() >= MIN_LINES)
}

/// Adds those of which each side has one with the same key in a component, and takes them off both.
fn pair<'a, K: Ord>(
    (gone, key_of_gone): (
        &mut Vec<Gone<'a>>,
        impl Fn(&'a str, &'a FileState) -> Option<K>,
    ),
    (come, key_of_come): (
        &mut Vec<Come<'a>>,
        impl Fn(&'a str, &'a TreeFile) -> Option<K>,
    ),
    found: &mut Renamed,
) {
    /// Paths on both sides.
    type Sides<'a> = (Vec<&'a str>, Vec<&'a str>);
    let mut sides: BTreeMap<(&str, K), Sides<'a>> = BTreeMap::new();
    for (path, known) in gone.iter() {
        if let Some(key) = key_of_gone(path, known) {
            sides
                .entry((component(path), key))
                .or_default()
                .0
                .push(path);
        }
    }
    for (path, file) in come.iter() {
        if let Some(key) = key_of_come(path, file) {
            sides
                .entry((component(path), key))
                .or_default()
                .1
                .push(path);
        }
    }
    for sides in sides.into_values() {
        if let ([from], [to]) = (sides.0.as_slice(), sides.1.as_slice()) {
            gone.retain(|(path, _)| path != from);
            come.retain(|(path, _)| path != to);
            found.insert((*to).to_owned(), (*from).to_owned());
        }
    }
}
