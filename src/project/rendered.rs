//! Renderings that are known: of which inputs every file comes out as the project remembers it.
//!
//! What a system is rendered to follows from [`Inputs`] and from nothing else. When it is laid out or applied, their
//! digest goes into the user's cache folder; as long as they are the same, the base of the project has every file
//! that a rendering would give. A project says nothing of it, so there is nothing for git to merge, and nobody can
//! bring along the word that a system is what its blueprint says: a machine believes what it has rendered itself.

use std::fs;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::state::State;
use crate::disk::write_file;
use crate::pack::Pack;
use crate::user_dirs::{Place, folder};

/// Which build this is: another one may render something else.
const BUILD: &str = env!("HYBRIDGE_BUILD");
/// How many are kept; more than a person works on between two versions of hybridge.
const KEPT: usize = 256;

/// What a rendering follows from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The text of the blueprint.
    pub page: &'a str,
    /// Those that are active, in order.
    pub packs: &'a [Pack],
    /// What the project remembers: beside what it was given, the files that the rendering is compared with.
    pub state: &'a State,
}

impl Inputs<'_> {
    /// SHA-256 of all of it and of the build of hybridge, in hexadecimal. Where a person moved files is not in it.
    pub fn digest(&self) -> String {
        self.digest_of(BUILD)
    }

    fn digest_of(&self, build: &str) -> String {
        let mut state = self.state.clone();
        for known in state.files.values_mut() {
            known.moved_to = None;
        }
        let numbers = serde_json::to_vec(&state.record.numbers);
        let numbers = numbers.expect("plain data with string keys");
        let mut digest = Sha256::new();
        let mut add = |part: &[u8]| {
            // Lengths keep the parts apart.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        add(build.as_bytes());
        add(self.page.as_bytes());
        add(&state.format.to_be_bytes());
        add(&state.to_file().bytes);
        add(&numbers);
        for pack in self.packs {
            let id = [&pack.id.name, &pack.id.version, &pack.from];
            id.iter().for_each(|part| add(part.as_bytes()));
            add(pack.commit.as_deref().unwrap_or_default().as_bytes());
            add(&[u8::from(pack.is_foreign)]);
            add(pack.content.digest().as_bytes());
        }
        HEXLOWER.encode(&digest.finalize())
    }
}

/// Whether inputs of this digest are rendered to what the project remembers.
pub fn is_known(digest: &str) -> bool {
    known().lines().any(|line| line == digest)
}

/// Takes note of it. That it cannot be written is no reason to stop: it is rendered again next time.
pub fn note(digest: &str) {
    let known = known();
    if known.lines().any(|line| line == digest) {
        return;
    }
    let newest = std::iter::once(digest).chain(known.lines()).take(KEPT);
    let text: String = newest.map(|line| format!("{line}\n")).collect();
    let _ = path().map(|path| write_file(&path, text.as_bytes()));
}

/// A digest a line, the newest first; nothing where it cannot be read.
fn known() -> String {
    let text = path().and_then(|path| fs::read_to_string(path).ok());
    text.unwrap_or_default()
}

fn path() -> Option<PathBuf> {
    Some(folder(Place::Cache).ok()?.join("rendered"))
}

#[cfg(test)]
mod tests;
