//! Packs from git that were fetched before, so that nothing is fetched twice and work goes on offline.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use etcetera::HomeDirError;
use serde::{Deserialize, Serialize};

use crate::disk::write_file;
use crate::error::Error;
use crate::template::limits;
use crate::user_dirs::{Place, folder};
use crate::written::sha256;

/// What is known of one repository.
pub struct Cache {
    folder: PathBuf,
}

/// `known.json`
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Tag -> the commit that it was last seen at.
    tags: BTreeMap<String, String>,
    /// Commit -> SHA-256 of its archive.
    archives: BTreeMap<String, String>,
}

impl Cache {
    /// # Errors
    /// There is no place for it.
    pub fn of(url: &str) -> Result<Self, HomeDirError> {
        let folder = folder(Place::Cache)?
            .join("packs")
            .join(&sha256(url.as_bytes())[..16]);
        Ok(Self { folder })
    }

    /// The archive of a commit, unless it is damaged.
    pub fn get(&self, commit: &str) -> Option<Vec<u8>> {
        let known = self.known();
        let file = fs::File::open(self.folder.join(format!("{commit}.tar"))).ok()?;
        let mut bytes = Vec::new();
        file.take(4 * limits::PACK_BYTES as u64)
            .read_to_end(&mut bytes)
            .ok()?;
        (known.archives.get(commit)? == &sha256(&bytes)).then_some(bytes)
    }

    /// # Errors
    /// [`Error::Write`] when it cannot be kept.
    pub fn put(&self, commit: &str, tar: &[u8]) -> Result<(), Error> {
        let name = format!("{commit}.tar");
        write_file(&self.folder.join(name), tar)?;
        let mut known = self.known();
        known.archives.insert(commit.to_owned(), sha256(tar));
        self.write(&known)
    }

    pub fn remembered(&self, tag: &str) -> Option<String> {
        self.known().tags.remove(tag)
    }

    /// That this cannot be written is no reason to stop: it is asked for again next time.
    pub fn remember(&self, tag: &str, commit: &str) {
        let mut known = self.known();
        if known
            .tags
            .insert(tag.to_owned(), commit.to_owned())
            .as_deref()
            != Some(commit)
        {
            let _ = self.write(&known);
        }
    }

    fn known(&self) -> Known {
        let text = fs::read_to_string(self.folder.join("known.json"));
        text.ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    fn write(&self, known: &Known) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(known).expect("plain data with string keys");
        write_file(&self.folder.join("known.json"), &text)
    }
}
