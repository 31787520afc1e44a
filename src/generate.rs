//! The one way from what a person says to the files of a project.
//!
//! A document, flags and the modules of a catalogue become a [`Draft`], in which nothing is rendered yet, and
//! that a [`Generated`] system: every file in memory, nothing written.

use std::path::Path;

use crate::blueprint;
use crate::blueprint::model::Blueprint;
use crate::blueprint::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::finding::{BlueprintErrors, Findings, Place};
use crate::document::mistake::SystemMistake;
use crate::document::place::Located;
use crate::document::source::Source;
use crate::error::Error;
use crate::packs::lock::{LOCK, Lock};
use crate::plan::guard::Unlocked;
use crate::plan::record::Record;
use crate::plan::{LockStep, Plan, Upkeep};
use crate::project::base;
use crate::project::remember::remember;
use crate::project::rendered::Inputs;
use crate::project::state::State;
use crate::render::engine::Engine;
use crate::tree::{Owner, Tree, TreeFile};

/// The blueprint of a project.
pub const BLUEPRINT: &str = "hybridge.yaml";

/// A system before any file of it is rendered.
pub struct Draft<'a> {
    pub blueprint: Blueprint,
    pub plan: Plan,
    /// `hybridge.yaml`.
    text: String,
    catalogue: &'a Catalogue,
    engine: Engine<'a>,
}

/// A system in memory.
#[derive(Debug)]
pub struct Generated {
    pub blueprint: Blueprint,
    /// Every file of the project, `hybridge.yaml` and what hybridge records among them.
    pub tree: Tree,
    /// What the tree has as `state.json`.
    pub state: State,
    /// Made after writing, in this order.
    pub locks: Vec<LockStep>,
    /// Lock files that are not made, because a pack writes what the tool that makes them would act on.
    pub unlocked: Vec<Unlocked>,
}

/// Decides everything: of a document where there is one, and of flags, which win. `record` is what the project was
/// given before.
///
/// # Errors
/// [`Error::Blueprint`] with all that is wrong with what was said, otherwise as for [`Plan::new`].
pub fn draft<'a>(
    document: Option<&Document>,
    flags: &Overrides,
    catalogue: &'a Catalogue,
    record: &Record,
) -> Result<Draft<'a>, Error> {
    let blueprint = blueprint::compose(document, flags, catalogue)?;
    // The person's own document stays as written, comments and all, but for what flags change.
    let text = match document {
        Some(document) if *flags == Overrides::default() => Some(document.source.text.clone()),
        Some(document) => blueprint::edit::with_flags(document, flags, catalogue),
        None => None,
    };
    let text = text.unwrap_or_else(|| blueprint::write::write(&blueprint));
    let engine = Engine::new(catalogue.files())?;
    let plan = Plan::new(&blueprint, catalogue, &engine, record, Upkeep::Managed)?;
    refuse_clashes(&plan, document)?;
    Ok(Draft {
        blueprint,
        plan,
        text,
        catalogue,
        engine,
    })
}

/// Names that meet only where everything of a system is put together.
///
/// # Errors
/// A finding for each two components, at the second one.
fn refuse_clashes(plan: &Plan, document: Option<&Document>) -> Result<(), BlueprintErrors> {
    let mut findings = Findings::default();
    let services = document.and_then(|document| document.root.get("services"));
    for clash in &plan.clashes {
        let key = |name: &str| services?.key(name);
        let first = clash.first.as_ref();
        let mistake = SystemMistake::SameVariable {
            variable: clash.variable.clone(),
            first: first.map(|first| Located {
                name: first.clone(),
                place: key(first).map(|key| key.place),
            }),
            second: clash.second.clone(),
        };
        let here = key(&clash.second).map_or(Place::Flag("--service"), |key| key.place);
        findings.push(here, mistake);
    }
    let flags = Source::of_name("command line");
    findings.into_result(document.map_or(&flags, |document| &document.source))
}

/// Decides everything for a project that is laid out for the first time, and renders it.
///
/// # Errors
/// As for [`draft`] and [`Draft::render`].
pub fn generate(
    document: Option<&Document>,
    flags: &Overrides,
    catalogue: &Catalogue,
) -> Result<Generated, Error> {
    draft(document, flags, catalogue, &Record::default())?.render(None)
}

/// The files of a system that nobody keeps current but its people: no blueprint, nothing that hybridge records, and
/// no word of it.
///
/// # Errors
/// As for [`draft`] and [`Draft::render`].
pub fn ejected(
    document: &Document,
    flags: &Overrides,
    catalogue: &Catalogue,
    record: &Record,
) -> Result<Tree, Error> {
    let blueprint = blueprint::compose(Some(document), flags, catalogue)?;
    let engine = Engine::new(catalogue.files())?;
    let plan = Plan::new(&blueprint, catalogue, &engine, record, Upkeep::Ejected)?;
    plan.render(engine, catalogue.files())
}

impl Draft<'_> {
    /// Renders every file, and adds those that no template makes. `project` is the one that is there already.
    ///
    /// # Errors
    /// As for [`Plan::render`].
    pub fn render(self, project: Option<&Path>) -> Result<Generated, Error> {
        let Draft {
            blueprint,
            plan,
            text,
            catalogue,
            engine,
        } = self;
        let render = || plan.render(engine, catalogue.files());
        let mut tree = match project {
            // Everything is packed.
            None => rayon::join(render, base::prepare_packing).0?,
            Some(_) => render()?,
        };
        if !blueprint.packs.is_empty() {
            let lock = Lock::of(catalogue.packs(), &blueprint);
            tree.insert(LOCK.into(), lock.to_file());
        }
        let state = remember(
            &mut tree,
            &catalogue.versions().as_of,
            &plan.record,
            project,
        );
        // The person's page, of which nothing is remembered: every other file follows from it.
        tree.insert(
            BLUEPRINT.into(),
            TreeFile::own(text.into_bytes(), Owner::Seeded),
        );
        Ok(Generated {
            blueprint,
            tree,
            state,
            locks: plan.locks,
            unlocked: plan.unlocked,
        })
    }
}

impl Generated {
    /// That of what it comes from once it is written ([`Inputs::digest`]).
    pub fn digest(&self, catalogue: &Catalogue) -> String {
        let page = self.tree.get(BLUEPRINT).map_or(&[][..], |it| &it.bytes);
        let inputs = Inputs {
            page: &String::from_utf8_lossy(page),
            packs: catalogue.packs(),
            state: &self.state,
        };
        inputs.digest()
    }
}
