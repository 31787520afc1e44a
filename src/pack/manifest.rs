//! `pack.yaml` as it is written.

use std::collections::BTreeMap;

use glob::Pattern;
use indexmap::IndexMap;
use semver::{Comparator, Op, Version, VersionReq};
use serde::Deserialize;
use thiserror::Error;

use super::path::{self, Unfit};
use crate::document::Document;
use crate::document::name::{Form, NameError, is_joined};
use crate::document::quote::quoted;
use crate::document::source::Source;
use crate::document::yaml::{YamlError, line_of};
use crate::fault::{Cause, Fault, FilePlace};
use crate::origin::PackId;
use crate::question::condition::Condition;
use crate::question::prompt::Prompt;
use crate::reserved::MAX_NAME;
use crate::template::glob::pattern;

/// The file that makes a folder a pack.
pub const PACK_FILE: &str = "pack.yaml";

/// What a pack says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackManifest {
    /// Lower-case words joined by hyphens; also the key of its answers in the blueprint.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// The versions of hybridge that it fits, as Cargo writes requirements (`>=0.1, <0.3`).
    pub hybridge: String,
    /// One line on what it is for.
    #[serde(default)]
    pub description: String,
    /// What `hybridge new` asks, in this order.
    #[serde(default)]
    pub prompts: IndexMap<String, Prompt>,
    /// Templates that are taken away.
    #[serde(default)]
    pub remove: Vec<Remove>,
    /// Templates of the pack that have another path below `templates/` now: the one before, and the one after. What
    /// people changed in their files goes along. Kept as long as projects of earlier versions are about.
    #[serde(default)]
    pub moved: BTreeMap<String, String>,
}

/// One entry of `remove:`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Remove {
    /// A glob over paths below `templates/`.
    Always(String),
    /// The same, as long as answers are these.
    When(RemoveWhen),
}

/// An entry of `remove:` that depends on answers; a glob alone is one that does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveWhen {
    /// A glob over paths below `templates/`.
    pub path: String,
    /// Answers by key, each a value or a list of values; all must be given.
    pub when: Condition,
}

impl Remove {
    pub fn path(&self) -> &str {
        match self {
            Remove::Always(path) => path,
            Remove::When(it) => &it.path,
        }
    }

    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Remove::Always(_) => None,
            Remove::When(it) => Some(&it.when),
        }
    }
}

/// What is wrong in it, beside its YAML, its name and its prompts.
#[derive(Debug, Error)]
pub enum ManifestError {
    #[error("`{version}` is not a semantic version: {why}")]
    Version { version: String, why: semver::Error },
    #[error("`{requirement}` is not a version requirement: {why}")]
    Requirement {
        requirement: String,
        why: semver::Error,
    },
    #[error("`when` names `{name}`, which is no prompt")]
    UnknownCondition { name: String },
    #[error("`moved` names {}, which {why}", quoted(.path))]
    MovedPath { path: String, why: Unfit },
    #[error("`moved` leads from {} in a circle", quoted(.path))]
    MovedInCircle { path: String },
}

/// What must be known before the rest is looked at: a pack for another hybridge may say more than this one
/// knows.
#[derive(Deserialize)]
struct Head {
    name: String,
    version: String,
    hybridge: String,
}

impl PackManifest {
    /// Reads `pack.yaml`; `place` is what the pack is called until its name is known.
    ///
    /// # Errors
    /// [`Fault::Unfit`] for a pack of another hybridge, otherwise [`Fault::InFile`].
    pub fn read(text: &str, place: &str) -> Result<Self, Fault> {
        let in_file = |pack: &str, at, why: Cause| Fault::InFile {
            pack: pack.to_owned(),
            place: Box::new(FilePlace::new(PACK_FILE, text, at)),
            why,
        };
        let yaml = |pack: &str, error: serde_yaml::Error| {
            let error = YamlError::from(error);
            in_file(pack, error.place(), error.into())
        };
        let head: Head = serde_yaml::from_str(text).map_err(|error| yaml(place, error))?;
        let key = |name: &str, why: Cause| in_file(place, line_of(text, name), why);
        check_name(&head.name).map_err(|error| key("name", error.into()))?;
        Version::parse(&head.version).map_err(|why| {
            let version = head.version.clone();
            key("version", ManifestError::Version { version, why }.into())
        })?;
        let wants = VersionReq::parse(&head.hybridge).map_err(|why| {
            let requirement = head.hybridge.clone();
            let why = ManifestError::Requirement { requirement, why };
            key("hybridge", why.into())
        })?;
        let id = PackId {
            name: head.name,
            version: head.version,
        };
        check_fit(&id, &wants)?;
        let manifest: Self =
            serde_yaml::from_str(text).map_err(|error| yaml(&id.to_string(), error))?;
        for remove in &manifest.remove {
            pattern(remove.path())
                .map_err(|why| in_file(&id.to_string(), line_of(text, "remove"), why.into()))?;
        }
        for from in manifest.moved.keys() {
            manifest.check_moved(from).map_err(|why| {
                let is_target =
                    matches!(&why, ManifestError::MovedPath { path, .. } if path != from);
                let places = places_of_moved(text, from);
                let at = places.map(|places| places[usize::from(is_target)]);
                in_file(&id.to_string(), at, why.into())
            })?;
        }
        Ok(manifest)
    }

    /// # Errors
    /// What is wrong with an entry of `moved`, whatever else is in the pack.
    fn check_moved(&self, from: &str) -> Result<(), ManifestError> {
        for path in [from, &self.moved[from]] {
            path::check(path).map_err(|why| ManifestError::MovedPath {
                path: path.to_owned(),
                why,
            })?;
        }
        let mut now = from;
        for _ in 0..=self.moved.len() {
            match self.moved.get(now) {
                Some(next) => now = next,
                None => return Ok(()),
            }
        }
        let path = from.to_owned();
        Err(ManifestError::MovedInCircle { path })
    }

    /// The path that a template of an earlier version of the pack has now.
    pub fn template_now<'p>(&'p self, template: &'p str) -> &'p str {
        let mut now = template;
        while let Some(next) = self.moved.get(now) {
            now = next;
        }
        now
    }

    pub fn id(&self) -> PackId {
        PackId {
            name: self.name.clone(),
            version: self.version.clone(),
        }
    }

    /// The globs of what is taken away whatever is answered.
    pub fn removed(&self) -> Vec<Pattern> {
        let always = self.remove.iter().filter(|it| it.condition().is_none());
        always
            .filter_map(|it| Pattern::new(it.path()).ok())
            .collect()
    }
}

/// Line and column, from 1, of both paths of an entry of `moved` in `pack.yaml`.
pub fn places_of_moved(text: &str, from: &str) -> Option<[(usize, usize); 2]> {
    let document = Document::parse(Source {
        name: PACK_FILE.to_owned(),
        text: text.to_owned(),
    });
    let document = document.ok()?;
    let moved = document.root.get("moved")?;
    let places = [moved.key(from)?.place, moved.get(from)?.place];
    Some([places[0].in_text()?, places[1].in_text()?])
}

/// # Errors
/// Why it is no name of a pack.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if is_joined(name, '-') && name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(NameError::form(name, Form::PackName))
}

fn check_fit(id: &PackId, wants: &VersionReq) -> Result<(), Fault> {
    let have = Version::parse(env!("CARGO_PKG_VERSION")).expect("Cargo checks it");
    // A pre-release is what its release will be.
    let release = Version::new(have.major, have.minor, have.patch);
    if wants.matches(&have) || wants.matches(&release) {
        return Ok(());
    }
    let lowest = |it: &Comparator| {
        let lowest = Version::new(it.major, it.minor.unwrap_or(0), it.patch.unwrap_or(0));
        !matches!(it.op, Op::Less | Op::LessEq) && lowest > release
    };
    Err(Fault::Unfit {
        pack: id.clone(),
        wants: wants.to_string(),
        have: have.to_string(),
        newer: wants.comparators.iter().any(lowest),
    })
}
