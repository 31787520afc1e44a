//! `.hybridge/packs.json`: which content of each pack a project was made with.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blueprint::model::Blueprint;
use crate::fault::Fault;
use crate::pack::Pack;
use crate::render::json::pretty;
use crate::tree::{Owner, TreeFile};

/// Where it stands in a project.
pub const LOCK: &str = ".hybridge/packs.json";

/// By the name of the pack.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lock(pub BTreeMap<String, Locked>);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Locked {
    /// As the blueprint writes it; an entry of another place counts for nothing.
    pub from: String,
    pub version: String,
    /// For git.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Of the content; a folder, which is worked on, has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Lock {
    /// The lock of the project in `folder`; empty where there is none.
    ///
    /// # Errors
    /// [`Fault::Missing`] when it is there and cannot be understood.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(LOCK);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(Self::default());
        };
        serde_json::from_str(&text)
            .map_err(|error| Fault::missing(path.display().to_string(), error))
    }

    /// What a project of this blueprint records.
    pub fn of(packs: &[Pack], blueprint: &Blueprint) -> Self {
        let entries = packs.iter().map(|pack| {
            let used = blueprint.packs.get(&pack.id.name);
            let locked = Locked {
                from: used.map_or_else(|| pack.from.clone(), |it| it.from.clone()),
                version: pack.id.version.clone(),
                commit: pack.commit.clone(),
                sha256: pack.is_foreign.then(|| pack.content.digest().to_owned()),
            };
            (pack.id.name.clone(), locked)
        });
        Self(entries.collect())
    }

    /// What is recorded of a pack from that place.
    pub fn entry(&self, name: &str, from: &str) -> Option<&Locked> {
        self.0.get(name).filter(|locked| locked.from == from)
    }

    pub fn to_file(&self) -> TreeFile {
        let value: Value = serde_json::to_value(self).expect("plain data with string keys");
        let text = format!("{}\n", pretty(&value, 0, 0));
        TreeFile::own(text.into_bytes(), Owner::Managed)
    }
}

/// Compares what was read with what was recorded.
///
/// # Errors
/// [`Fault::Changed`] when it is something else.
pub fn check(pack: &Pack, locked: &Locked) -> Result<(), Fault> {
    let Some(expected) = &locked.sha256 else {
        return Ok(());
    };
    let found = pack.content.digest();
    if *expected == found {
        return Ok(());
    }
    Err(Fault::Changed {
        pack: pack.id.to_string(),
        from: pack.from.clone(),
        expected: expected.clone(),
        found: found.to_owned(),
    })
}
