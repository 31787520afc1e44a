//! `.hybridge/base/`: every file as hybridge wrote it, from which a later version merges.
//!
//! A pack holds the files of one component. Its name ends in the digest of what it holds, so that two branches
//! that change a project each bring packs of their own and git has nothing to merge; what neither needs any
//! longer goes with the next change. A file is looked for by the digest of its content, which the state has.
//!
//! ```text
//! "hybridge base" NUL   marks it, and keeps git from taking it for text
//! format, dictionary    a byte each
//! Zstandard frame       of the contents in order, each after its length (32 bits, little-endian)
//! ```
//!
//! What is rendered is mostly what its template says, so packs are compressed with the templates of a release as
//! the dictionary: a pack is about a twentieth of its files. A dictionary that a release has used is kept as
//! long as packs of that release are read; its number says which one it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rayon::prelude::*;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::state::State;
use crate::changes::component;
use crate::state_error::{BrokenBase, StateError};
use crate::tree::{Owner, Tree, TreeFile};
use crate::written::{FileState, sha256};

/// Where packs stand in a project.
pub const BASE: &str = ".hybridge/base/";

const MAGIC: &[u8] = b"hybridge base\0";
const FORMAT: u8 = 1;
const EXTENSION: &str = ".pack";
/// Of the digest in the name of a pack; tells the packs of one project apart.
const DIGITS: usize = 16;
/// More than twice the largest system that hybridge writes.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The lowest whose tables find all of a dictionary: below it packs are five times as large, and level 9 takes four
/// times as long to save a third.
const LEVEL: i32 = 4;

/// The dictionaries by number, the first one is 1. Bytes of a release never change: packs need them.
static DICTIONARIES: [&[u8]; 1] = [include_bytes!("templates-1.zst")];

static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(&dictionary(DICTIONARIES.len()), LEVEL));

/// Made ready once, for all packs of a project.
static DECODERS: [LazyLock<DecoderDictionary<'static>>; 1] =
    [LazyLock::new(|| DecoderDictionary::copy(&dictionary(1)))];

/// Makes ready what unpacking needs, and takes longer than all else that is read of a project.
pub fn prepare() {
    LazyLock::force(&DECODERS[DECODERS.len() - 1]);
}

/// Makes ready what packing needs, which depends on nothing that is packed.
pub fn prepare_packing() {
    LazyLock::force(&ENCODER);
}

/// The text of a dictionary.
fn dictionary(number: usize) -> Vec<u8> {
    zstd::decode_all(DICTIONARIES[number - 1]).expect("a dictionary of ours is whole")
}

/// The files of a project as they were written, by the digest of their content.
#[derive(Debug, Default)]
pub struct Base {
    contents: BTreeMap<String, Vec<u8>>,
}

impl Base {
    /// Everything that the packs of a project hold. A project that was written before there were packs has none;
    /// a file that nobody has changed since is its own base then.
    ///
    /// # Errors
    /// [`StateError::BrokenBase`] for a pack that is not whole, [`StateError::NewerBase`] for one that this
    /// hybridge does not know.
    pub fn read(project: &Path, state: &State) -> Result<Self, StateError> {
        let folder = project.join(BASE);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let unreadable = |path: &Path, source| StateError::Read {
            path: path.to_owned(),
            source,
        };
        let entries = entries.map_err(|source| unreadable(&folder, source))?;
        let paths: Vec<_> = entries.iter().map(DirEntry::path).collect();
        let is_pack = |path: &&PathBuf| path.to_string_lossy().ends_with(EXTENSION);
        let packs: Vec<_> = paths.iter().filter(is_pack).collect();
        let read = |path: &&PathBuf| {
            let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
            unpack(path, &bytes)
        };
        let unpacked: Result<Vec<_>, _> = packs.par_iter().map(read).collect();
        let contents = unpacked?.into_par_iter().flatten();
        let contents = contents.map(|content| (sha256(&content), content));
        let mut contents: BTreeMap<_, _> = contents.collect();
        for (path, file) in &state.files {
            if !contents.contains_key(&file.sha256)
                && let Ok(bytes) = fs::read(project.join(path))
                && sha256(&bytes) == file.sha256
            {
                contents.insert(file.sha256.clone(), bytes);
            }
        }
        Ok(Self { contents })
    }

    /// Adds contents that stand elsewhere.
    pub fn extend(&mut self, contents: Vec<Vec<u8>>) {
        let contents = contents.into_iter();
        let contents = contents.map(|content| (sha256(&content), content));
        self.contents.extend(contents);
    }

    /// The file as hybridge wrote it; `None` where nothing tells.
    pub fn get(&self, file: &FileState) -> Option<&[u8]> {
        self.contents.get(&file.sha256).map(Vec::as_slice)
    }
}

/// The packs of a tree, by their paths in the project. Those that stand in `project` are as they are: their names
/// say what they hold.
pub fn packs(tree: &Tree, project: Option<&Path>) -> Tree {
    let mut components: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (path, file) in tree {
        if seen.insert(file.bytes.as_slice()) {
            let contents = components.entry(component(path)).or_default();
            contents.push(&file.bytes);
        }
    }
    let components: Vec<_> = components.into_iter().collect();
    let packs = components.par_iter().map(|(component, contents)| {
        let name = component.replace('/', "-");
        file(&name, contents, project)
    });
    packs.collect::<Vec<_>>().into_iter().collect()
}

/// A pack of files that the system no longer has, of `project`; none for none.
pub fn kept(contents: &[&[u8]], project: &Path) -> Option<(String, TreeFile)> {
    (!contents.is_empty()).then(|| file("kept", contents, Some(project)))
}

/// The pack of a component, and its path in the project.
fn file(name: &str, contents: &[&[u8]], project: Option<&Path>) -> (String, TreeFile) {
    let digests: String = contents.iter().map(|bytes| sha256(bytes)).collect();
    let digest = &sha256(digests.as_bytes())[..DIGITS];
    let path = format!("{BASE}{name}-{digest}{EXTENSION}");
    let stored = project.and_then(|project| fs::read(project.join(&path)).ok());
    let bytes = stored.unwrap_or_else(|| pack(contents));
    (path, TreeFile::own(bytes, Owner::Managed))
}

fn pack(contents: &[&[u8]]) -> Vec<u8> {
    let mut plain = Vec::new();
    for content in contents {
        let length = u32::try_from(content.len()).expect("files are far smaller");
        plain.extend(length.to_le_bytes());
        plain.extend(*content);
    }
    let frame = Compressor::with_prepared_dictionary(&ENCODER)
        .and_then(|mut compressor| compressor.compress(&plain))
        .expect("memory to memory, into a buffer of the size that the worst case needs");
    let number = u8::try_from(DICTIONARIES.len()).expect("few releases have a dictionary");
    [MAGIC, &[FORMAT, number], &frame].concat()
}

fn unpack(path: &Path, bytes: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
    let broken = |why: BrokenBase| StateError::BrokenBase {
        path: path.to_owned(),
        why,
    };
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| broken(BrokenBase::NotAPack))?;
    let [format, number, frame @ ..] = rest else {
        return Err(broken(BrokenBase::EndsEarly));
    };
    if *format > FORMAT || usize::from(*number) > DICTIONARIES.len() {
        return Err(StateError::NewerBase {
            path: path.to_owned(),
        });
    }
    if *format == 0 || *number == 0 {
        return Err(broken(BrokenBase::NoFormat));
    }
    let size = zstd::zstd_safe::get_frame_content_size(frame)
        .ok()
        .flatten()
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size <= MAX_BYTES)
        .ok_or_else(|| broken(BrokenBase::NoSize))?;
    let dictionary = &DECODERS[usize::from(*number) - 1];
    let plain = Decompressor::with_prepared_dictionary(dictionary)
        .and_then(|mut decompressor| decompressor.decompress(frame, size))
        .map_err(|error| broken(error.into()))?;
    let mut contents = Vec::new();
    let mut rest = plain.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let content = after
            .get(..length)
            .ok_or_else(|| broken(BrokenBase::EndsEarly))?;
        contents.push(content.to_vec());
        rest = &after[length..];
    }
    match rest.is_empty() {
        true => Ok(contents),
        false => Err(broken(BrokenBase::EndsEarly)),
    }
}

#[cfg(test)]
mod tests;
