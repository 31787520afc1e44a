//! The files of a project that a person wrote: what git ignores is not read, whoever told it to.

use std::fs;
use std::path::Path;

use ignore::WalkBuilder;

/// No source is larger.
const MAX_BYTES: u64 = 1024 * 1024;

/// Gives each file of which `is_wanted` its path and content, in no order. A person's own settings (`.env`) are never
/// read, also where nothing ignores them.
pub fn files(
    project: &Path,
    is_wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(String, Vec<u8>),
) {
    let is_in_git = project.ancestors().any(|it| it.join(".git").exists());
    let walk = WalkBuilder::new(project)
        .hidden(false)
        .ignore(false)
        .parents(is_in_git)
        .require_git(is_in_git)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".hybridge")
        .build();
    for entry in walk.flatten() {
        let Ok(path) = entry.path().strip_prefix(project) else {
            continue;
        };
        let path = path.to_string_lossy().replace('\\', "/");
        let is_small = || {
            let metadata = entry.metadata();
            metadata.is_ok_and(|it| it.is_file() && it.len() <= MAX_BYTES)
        };
        if entry.file_name() == ".env" || !is_wanted(&path) || !is_small() {
            continue;
        }
        if let Ok(bytes) = fs::read(entry.path()) {
            each(path, bytes);
        }
    }
}
