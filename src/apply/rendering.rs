//! What the blueprint of a project is rendered to now.

use super::project::Project;
use crate::blueprint::overrides::Overrides;
use crate::document::Document;
use crate::error::Error;
use crate::generate::{self, BLUEPRINT};
use crate::packs::active::ActivePacks;
use crate::plan::record::Record;
use crate::project::remember::remember;
use crate::project::rendered::{Inputs, is_known};
use crate::project::state::State;
use crate::tree::{Owner, Tree, TreeFile};
use crate::written::FileState;

/// A component that has another name now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub from: String,
    pub to: String,
}

/// Every file of a system, what hybridge records among them.
pub struct Rendering {
    pub tree: Tree,
    /// What the tree has as `state.json`.
    pub state: State,
    /// That of its inputs, once the project is what it says.
    pub digest: String,
}

impl Rendering {
    /// Renders a document, or takes the files from the base where it is known that they come out the same.
    ///
    /// # Errors
    /// Whatever is wrong with the blueprint.
    pub fn of(
        project: &Project,
        document: &Document,
        packs: &ActivePacks,
        renames: &[Rename],
    ) -> Result<Self, Error> {
        let mut flags = Overrides::default();
        packs.name_packs(&mut flags, &project.folder);
        // Where the text would be changed, it is not known what to.
        let is_settled = renames.is_empty() && flags == Overrides::default();
        let anew = || Self::anew(project, document, packs, &flags, renames);
        let known = is_settled.then(|| Self::known(project, document, packs));
        let Some(known) = known.flatten() else {
            return anew();
        };
        if cfg!(debug_assertions) {
            known.assert_is(&anew()?);
        }
        Ok(known)
    }

    fn anew(
        project: &Project,
        document: &Document,
        packs: &ActivePacks,
        flags: &Overrides,
        renames: &[Rename],
    ) -> Result<Self, Error> {
        let record = renamed_record(&project.state.record, renames);
        let draft = generate::draft(Some(document), flags, packs, &record)?;
        let generated = draft.render(Some(&project.folder))?;
        let digest = generated.digest(packs);
        Ok(Self {
            tree: generated.tree,
            state: generated.state,
            digest,
        })
    }

    /// `None` where it is not known, or the base lacks a file.
    fn known(project: &Project, document: &Document, packs: &ActivePacks) -> Option<Self> {
        let Project { state, base, .. } = project;
        let page = &document.source.text;
        let inputs = Inputs {
            page,
            packs: packs.packs(),
            state,
        };
        let digest = inputs.digest();
        if !is_known(&digest) {
            return None;
        }
        let file = |(path, known): (&String, &FileState)| {
            let file = TreeFile {
                executable: known.executable,
                template: known.template.clone(),
                pack: known.pack.clone(),
                ..TreeFile::own(base.get(known)?.to_vec(), known.owner)
            };
            Some((path.clone(), file))
        };
        let mut tree: Tree = state.files.iter().map(file).collect::<Option<_>>()?;
        let state = remember(
            &mut tree,
            &state.as_of,
            &state.record,
            Some(&project.folder),
        );
        let page = TreeFile::own(page.clone().into_bytes(), Owner::Seeded);
        tree.insert(BLUEPRINT.into(), page);
        Some(Self {
            tree,
            state,
            digest,
        })
    }

    /// # Panics
    /// When another one came out than was known: a bug.
    fn assert_is(&self, rendered: &Self) {
        assert_eq!(self.digest, rendered.digest);
        assert_eq!(self.state, rendered.state);
        let paths = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&self.tree), paths(&rendered.tree));
        for (path, file) in &self.tree {
            let known = FileState::of(file);
            assert_eq!(known, FileState::of(&rendered.tree[path]), "{path}");
        }
    }
}

/// A component keeps what it was given, under its new name.
fn renamed_record(record: &Record, renames: &[Rename]) -> Record {
    let mut record = record.clone();
    for Rename { from, to } in renames {
        if let Some(ports) = record.ports.remove(from) {
            record.ports.insert(to.clone(), ports);
        }
        if let Some(numbers) = record.numbers.remove(from) {
            record.numbers.insert(to.clone(), numbers);
        }
    }
    record
}
