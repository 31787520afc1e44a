//! Where files went that a person moved or renamed.
//!
//! A file that is gone from where it was written is looked for among those that hybridge did not write: the one that
//! is most alike, as git finds renames. What git ignores is not read, whoever told it to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::project::Project;
use super::walk;
use crate::changes::{Content, MIN_LINES};
use crate::error::Error;
use crate::project::base::Base;
use crate::project::transaction;
use crate::tree::Owner;
use crate::written::FileState;

/// Of the lines of both, how many must be the same: a little more than git asks for, because nobody looks at each.
const ALIKE: f64 = 0.6;

/// A file that hybridge did not write.
struct Stray {
    path: String,
    lines: Vec<String>,
}

/// What stands on the disk, by path.
pub type Disk = BTreeMap<String, Content>;
/// By the path as a file was written: where it stands now. Those that are where they were are not in it.
pub type Moved = BTreeMap<String, String>;

/// Reads what stands at `paths`, which are those of the project's state at least, and where files went.
///
/// # Errors
/// As for [`transaction::read`].
pub fn read(project: &Project, paths: BTreeSet<String>) -> Result<(Disk, Moved), Error> {
    let at = |paths: &mut dyn Iterator<Item = &String>| {
        transaction::read(&project.folder, paths.map(String::as_str))
    };
    let mut disk = at(&mut paths.iter())?;
    let moved = find(project, &disk);
    disk.extend(at(&mut moved.values())?);
    Ok((disk, moved))
}

fn find(project: &Project, disk: &Disk) -> Moved {
    let Project {
        folder,
        state,
        base,
        ..
    } = project;
    let mut found = BTreeMap::new();
    let mut lost: Vec<(&String, &FileState)> = Vec::new();
    let away = state.files.iter().filter(|(path, known)| {
        let is_sought = known.owner == Owner::Managed && !path.starts_with(".hybridge/");
        is_sought && !disk.contains_key(*path)
    });
    for (path, known) in away {
        match &known.moved_to {
            Some(to) if folder.join(to).is_file() => {
                found.insert(path.clone(), to.clone());
            }
            _ => lost.push((path, known)),
        }
    }
    if lost.is_empty() {
        return found;
    }
    let taken: BTreeSet<&str> = found.values().map(String::as_str).collect();
    let strays = strays(folder, |path| {
        state.files.contains_key(path) || taken.contains(path)
    });
    let pairs = pairs(&lost, &strays, base);
    let mut used = BTreeSet::new();
    for (_, path, to) in pairs {
        if !found.contains_key(path) && used.insert(to) {
            found.insert(path.to_owned(), to.to_owned());
        }
    }
    found
}

/// Which file may have become which other, the likeliest first.
fn pairs<'a>(
    lost: &[(&'a String, &FileState)],
    strays: &'a [Stray],
    base: &Base,
) -> Vec<(f64, &'a str, &'a str)> {
    let mut pairs = Vec::new();
    for (path, known) in lost {
        let Some(lines) = base
            .get(known)
            .and_then(|it| std::str::from_utf8(it).ok())
            .filter(|text| text.lines().count() >= MIN_LINES)
            .map(lines)
        else {
            continue;
        };
        for stray in strays.iter().filter(|it| ending(&it.path) == ending(path)) {
            let alike = likeness(&lines, &stray.lines);
            if alike >= ALIKE {
                // Of several that are as much alike, the one that kept its name.
                let kept = f64::from(u8::from(name(&stray.path) == name(path)));
                pairs.push((alike + kept / 100.0, path.as_str(), stray.path.as_str()));
            }
        }
    }
    pairs.sort_by(|one, other| {
        let by_likeness = other.0.total_cmp(&one.0);
        by_likeness.then_with(|| (one.1, one.2).cmp(&(other.1, other.2)))
    });
    pairs
}

/// What is compared of a text: indentation and empty lines do not count.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Of the lines of both texts, the share that the other has too; 0 to 1.
fn likeness(one: &[String], other: &[String]) -> f64 {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for line in one {
        *counts.entry(line).or_default() += 1;
    }
    let common = other.iter().filter(|line| {
        counts
            .get_mut(line.as_str())
            .is_some_and(|count| count.checked_sub(1).map(|less| *count = less).is_some())
    });
    let common = common.count();
    2.0 * common as f64 / (one.len() + other.len()).max(1) as f64
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Behind the last dot of the name; all of a name without one.
fn ending(path: &str) -> &str {
    name(path).rsplit('.').next().unwrap_or_default()
}

/// The files of a project that are neither known nor ignored.
fn strays(project: &Path, is_known: impl Fn(&str) -> bool) -> Vec<Stray> {
    let mut strays = Vec::new();
    walk::files(
        project,
        |path| !is_known(path),
        |path, bytes| {
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let lines = lines(text);
                strays.push(Stray { path, lines });
            }
        },
    );
    strays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_lines_of_both() {
        let alike = |one, other| likeness(&lines(one), &lines(other));
        assert_eq!(alike("a\nb\nc\nd\n", "a\nb\nc\nd\n"), 1.0);
        assert_eq!(alike("a\nb\nc\nd\n", "  a\n\nb\nx\ny\n"), 0.5);
        assert_eq!(alike("a\na\n", "a\nb\n"), 0.5);
        assert_eq!(alike("", ""), 0.0);
    }
}
