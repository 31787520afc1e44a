//! What a project of an earlier hybridge needs besides a merge: steps, each of which is data (`upgrade/steps.yaml`).

mod pattern;
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::walk;
use crate::project::state::State;
use crate::tree::Tree;
use crate::written::FileState;
use pattern::Pattern;

static STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("upgrade/steps.yaml")).expect("our own file is as we read it")
});

/// From the layout of one release to the next.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// The last format of the state that needs it.
    until: u64,
    #[serde(default)]
    moved: BTreeMap<Pattern, Pattern>,
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    imports: BTreeMap<String, String>,
    #[serde(default)]
    notes: Vec<Note>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    files: Pattern,
    say: String,
}

/// The steps that a project needs, in order.
#[derive(Debug)]
pub struct Upgrade {
    steps: Vec<&'static Step>,
}

/// An import of a file that is the person's, of a module that has another name now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    pub was: String,
    pub is: String,
}

impl Upgrade {
    pub fn of(state: &State) -> Self {
        let steps = STEPS.iter().filter(|step| state.format <= step.until);
        Self {
            steps: steps.collect(),
        }
    }

    /// Whether the project is of today.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Files that are written elsewhere now: the path in the tree, and the one at which each was written.
    pub fn renamed(
        &self,
        written: &BTreeMap<String, FileState>,
        tree: &Tree,
    ) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for was in written.keys().filter(|path| !tree.contains_key(*path)) {
            let now = self.steps.iter().fold(was.clone(), |path, step| {
                let mut moved = step.moved.iter();
                let now = moved.find_map(|(from, to)| Some(to.fill(&from.captures(&path)?)));
                now.unwrap_or(path)
            });
            if tree.contains_key(&now) && !written.contains_key(&now) {
                found.entry(now).or_default().insert(was);
            }
        }
        // What each of several components had, and stands once now, is the same as none of them.
        let single = found.into_iter().filter(|(_, from)| from.len() == 1);
        let pairs = single.filter_map(|(now, from)| Some((now, from.first()?.to_string())));
        pairs.collect()
    }

    /// Written files with the templates that write them now.
    pub fn templates(&self, written: &mut BTreeMap<String, FileState>) {
        for step in &self.steps {
            for known in written.values_mut() {
                if let Some(now) = step.templates.get(&known.template) {
                    known.template.clone_from(now);
                }
            }
        }
    }

    /// A seeded file with import lines that follow; itself where none does.
    pub fn follow(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return bytes.to_vec();
        };
        let lines = text.split_inclusive('\n');
        let lines = lines.map(|line| match self.import(path, line) {
            Some((was, is)) => line.replacen(&was, &is, 1),
            None => line.to_owned(),
        });
        lines.collect::<String>().into_bytes()
    }

    /// The module that a line imports and that has another name now: both as they stand in an import.
    fn import(&self, path: &str, line: &str) -> Option<(String, String)> {
        let mut steps = self.steps.iter();
        steps.find_map(|step| python::renamed(path, line, &step.imports))
    }

    /// What is left to the person: notes, and imports of their own files.
    pub fn rest(&self, project: &Path, state: &State) -> (Vec<String>, Vec<Import>) {
        if self.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let notes = self.steps.iter().flat_map(|step| &step.notes);
        let applies = |note: &&Note| {
            state
                .files
                .keys()
                .any(|path| note.files.captures(path).is_some())
        };
        let notes = notes.filter(applies).map(|note| note.say.clone()).collect();
        let mut imports = Vec::new();
        let is_theirs = |path: &str| path.ends_with(".py") && !state.files.contains_key(path);
        walk::files(project, is_theirs, |path, bytes| {
            let text = String::from_utf8_lossy(&bytes);
            for (number, line) in text.lines().enumerate() {
                imports.extend(self.import(&path, line).map(|(was, is)| Import {
                    path: path.clone(),
                    line: number + 1,
                    was,
                    is,
                }));
            }
        });
        (notes, imports)
    }
}

#[cfg(test)]
mod tests;
