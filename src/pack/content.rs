//! The files of a pack in memory, whatever they were read from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, OnceLock};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::manifest::PACK_FILE;
use super::path;
use crate::fault::Fault;
use crate::template::limits;

/// `pack.yaml` and the files below `templates/`, by their path in the pack.
#[derive(Debug, Clone)]
pub struct Content {
    name: String,
    files: BTreeMap<String, File>,
    /// Paths and their folders in lower case -> as they are written.
    seen: BTreeMap<String, String>,
    /// The folder of the file that was added last, and found to be in order with all above it.
    folder: String,
    bytes: usize,
    digest: OnceLock<String>,
}

#[derive(Debug, Clone)]
pub struct File {
    /// Shared with the layer that is made of it.
    pub bytes: Arc<Vec<u8>>,
    pub executable: bool,
}

/// Why a pack may not have a file, to follow its path in a sentence.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum FileError {
    #[error("is larger than {} KiB", limits::FILE_BYTES / 1024)]
    TooLarge,
    #[error("is the same as `{other}` where letters have no case")]
    SameAs { other: String },
    #[error("is a file and a folder")]
    AlsoFolder,
    #[error("is there twice")]
    Twice,
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("is a template and not UTF-8")]
    TemplateNotUtf8,
}

/// What makes a pack larger than any may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooLarge {
    #[error("it has more than {} files", limits::FILES)]
    Files,
    #[error("it is larger than {} MiB", limits::PACK_BYTES / 1024 / 1024)]
    Bytes,
}

/// It is no pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no `{PACK_FILE}` in it")]
pub struct NoPackFile;

impl Content {
    /// `name` is what messages call it.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: BTreeMap::new(),
            seen: BTreeMap::new(),
            folder: String::new(),
            bytes: 0,
            digest: OnceLock::new(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Judges a folder whose folders above were judged before.
    ///
    /// # Errors
    /// [`Fault::Refused`] for a path that is not the same file everywhere.
    pub fn check_folder(&self, at: &str) -> Result<(), Fault> {
        path::check_last(at).map_err(|why| Fault::refused(&self.name, at, why))
    }

    pub fn too_many(&self) -> Fault {
        Fault::too_large(&self.name, TooLarge::Files)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`Fault::Refused`] for a path that no pack may have, or that is another one where letters have no case;
    /// [`Fault::TooLarge`] beyond a limit.
    pub fn add(&mut self, at: &str, bytes: Vec<u8>, executable: bool) -> Result<(), Fault> {
        // Files come folder by folder: most folders are known from the file before.
        let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_known = !folder.is_empty() && folder == self.folder;
        match is_known {
            true => path::check_last(at),
            false => path::check(at),
        }
        .map_err(|why| Fault::refused(&self.name, at, why))?;
        if bytes.len() > limits::FILE_BYTES {
            return Err(Fault::refused(&self.name, at, FileError::TooLarge));
        }
        self.bytes += bytes.len();
        if self.bytes > limits::PACK_BYTES {
            return Err(Fault::too_large(&self.name, TooLarge::Bytes));
        }
        if self.files.len() >= limits::FILES {
            return Err(self.too_many());
        }
        let above = at.match_indices('/').map(|(end, _)| end);
        let above = above.filter(|_| !is_known);
        for end in above.chain([at.len()]) {
            let part = &at[..end];
            let other = self
                .seen
                .entry(part.to_ascii_lowercase())
                .or_insert_with(|| part.to_owned());
            if other != part {
                let why = FileError::SameAs {
                    other: other.clone(),
                };
                return Err(Fault::refused(&self.name, part, why));
            }
            if end < at.len() && self.files.contains_key(part) {
                return Err(Fault::refused(&self.name, part, FileError::AlsoFolder));
            }
        }
        match self.files.entry(at.to_owned()) {
            Entry::Occupied(_) => Err(Fault::refused(&self.name, at, FileError::Twice)),
            Entry::Vacant(free) => {
                free.insert(File {
                    bytes: Arc::new(bytes),
                    executable,
                });
                self.digest = OnceLock::new();
                if !is_known {
                    self.folder = folder.to_owned();
                }
                Ok(())
            }
        }
    }

    /// All is there.
    ///
    /// # Errors
    /// [`Fault::Missing`] without a `pack.yaml`.
    pub fn finish(self) -> Result<Self, Fault> {
        if self.files.contains_key(PACK_FILE) {
            return Ok(self);
        }
        Err(Fault::missing(self.name, NoPackFile))
    }

    /// `pack.yaml`.
    ///
    /// # Errors
    /// [`Fault::Refused`] when it is not UTF-8.
    pub fn manifest_text(&self) -> Result<&str, Fault> {
        let file = self
            .files
            .get(PACK_FILE)
            .map_or(&[][..], |it| it.bytes.as_slice());
        std::str::from_utf8(file)
            .map_err(|_| Fault::refused(&self.name, PACK_FILE, FileError::NotUtf8))
    }

    /// The files below `templates/`, by their path there.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files
            .iter()
            .filter_map(|(path, file)| Some((path.strip_prefix("templates/")?, file)))
    }

    /// SHA-256 over every path, its executable bit and its bytes, in hexadecimal. Two packs have the same one
    /// only when they write the same.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| {
            let mut digest = Sha256::new();
            for (path, file) in &self.files {
                // Lengths keep the parts apart.
                digest.update((path.len() as u64).to_be_bytes());
                digest.update(path);
                digest.update([u8::from(file.executable)]);
                digest.update((file.bytes.len() as u64).to_be_bytes());
                digest.update(file.bytes.as_slice());
            }
            HEXLOWER.encode(&digest.finalize())
        })
    }
}
