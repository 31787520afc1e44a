//! What a project of an earlier hybridge, or of an earlier version of a pack, needs besides a merge. Both are data:
//! steps (`upgrade/steps.yaml`), and what a pack says to have `moved`.

mod pattern;
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::walk;
use crate::pack::Pack;
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

/// The steps that a project needs, in order, and the packs that it has.
#[derive(Debug)]
pub struct Upgrade<'p> {
    steps: Vec<&'static Step>,
    packs: &'p [Pack],
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

impl<'p> Upgrade<'p> {
    pub fn of(state: &State, packs: &'p [Pack]) -> Self {
        let steps = STEPS.iter().filter(|step| state.format <= step.until);
        Self {
            steps: steps.collect(),
            packs,
        }
    }

    /// Whether the layout of the project is that of today.
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

    /// The path that the template of a written file has now.
    pub fn template<'a>(&'a self, known: &'a FileState) -> &'a str {
        let is_its = |pack: &&Pack| known.pack.as_ref() == Some(&pack.id.name);
        let now = match self.packs.iter().find(is_its) {
            Some(pack) => pack.manifest.template_now(&known.template),
            None => &known.template,
        };
        let step = |now, step: &&'static Step| step.templates.get(now).map_or(now, String::as_str);
        self.steps.iter().fold(now, step)
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
