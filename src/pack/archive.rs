//! A pack as an archive, read into memory; nothing is unpacked to the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use tar::EntryType;
use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

use super::content::Content;
use super::manifest::PACK_FILE;
use crate::fault::{Cause, Fault};
use crate::template::limits;

/// Bytes of an archive with all that is in it beside the pack itself.
const UNPACKED: usize = 4 * limits::PACK_BYTES;

/// The file is none, or not whole.
#[derive(Debug, Error)]
#[error("it is no archive that can be read: {0}")]
pub struct NotAnArchive(Cause);

/// With all that is in it, also beside the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it unpacks to more than {} MiB", UNPACKED / 1024 / 1024)]
pub struct UnpacksToMore;

/// Why an entry of an archive cannot be the pack's, to follow its path in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EntryError {
    #[error("leads out of the archive")]
    LeadsOut,
    #[error("is a link or a device, which a pack cannot have")]
    NoFile,
}

fn broken(name: &str, why: impl Into<Cause>) -> Fault {
    Fault::missing(name, NotAnArchive(why.into()))
}

/// A file of an archive, before it is known whether it is the pack's.
struct Entry {
    path: String,
    bytes: Vec<u8>,
    executable: bool,
    is_file: bool,
}

/// Reads a `.tar.gz` or `.zip` file.
///
/// # Errors
/// As for folders; [`Fault::Missing`] when it cannot be read.
pub fn read(path: &Path, name: &str) -> Result<Content, Fault> {
    let file = File::open(path).map_err(|error| Fault::missing(name, error))?;
    let is_zip = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    let entries = match is_zip {
        true => zip_entries(file, name)?,
        false => tar_entries(GzDecoder::new(file), name)?,
    };
    collect(entries, name)
}

/// Reads a tar stream, as `git archive` writes it.
///
/// # Errors
/// As for [`read`].
pub fn read_tar(reader: impl Read, name: &str) -> Result<Content, Fault> {
    collect(tar_entries(reader, name)?, name)
}

fn tar_entries(reader: impl Read, name: &str) -> Result<Vec<Entry>, Fault> {
    let broken = |error: io::Error| broken(name, error);
    let mut left = Bounded {
        reader,
        left: UNPACKED,
    };
    let mut archive = tar::Archive::new(&mut left);
    let mut entries = Vec::new();
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        let mut bytes = Vec::new();
        let limit = limits::FILE_BYTES as u64 + 1;
        (&mut entry)
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(broken)?;
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let is_file = kind.is_file();
        push(
            &mut entries,
            path,
            bytes,
            executable,
            is_file,
            kind.is_dir(),
            name,
        )?;
    }
    Ok(entries)
}

fn zip_entries(file: File, name: &str) -> Result<Vec<Entry>, Fault> {
    let bad_zip = |error: ZipError| broken(name, error);
    let mut archive = ZipArchive::new(file).map_err(bad_zip)?;
    let mut entries = Vec::new();
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(bad_zip)?;
        let path = entry.name().map_err(bad_zip)?.into_owned();
        let mode = entry.unix_mode().unwrap_or(0o644);
        let (is_dir, is_file) = (entry.is_dir(), entry.is_file() && !entry.is_symlink());
        let mut bytes = Vec::new();
        let limit = limits::FILE_BYTES as u64 + 1;
        (&mut entry)
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| broken(name, error))?;
        left = left
            .checked_sub(bytes.len())
            .ok_or_else(|| broken(name, UnpacksToMore))?;
        push(
            &mut entries,
            path,
            bytes,
            mode & 0o100 != 0,
            is_file,
            is_dir,
            name,
        )?;
    }
    Ok(entries)
}

fn push(
    entries: &mut Vec<Entry>,
    path: String,
    bytes: Vec<u8>,
    executable: bool,
    is_file: bool,
    is_dir: bool,
    name: &str,
) -> Result<(), Fault> {
    let leads_out = path.starts_with(['/', '\\'])
        || path.split(['/', '\\']).any(|segment| segment == "..")
        || path.as_bytes().get(1) == Some(&b':');
    if leads_out {
        return Err(Fault::refused(name, &path, EntryError::LeadsOut));
    }
    if is_dir {
        return Ok(());
    }
    if entries.len() >= 2 * limits::FILES {
        return Err(Content::new(name).too_many());
    }
    let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
    entries.push(Entry {
        path,
        bytes,
        executable,
        is_file,
    });
    Ok(())
}

/// Takes what is the pack's: `pack.yaml` and `templates/`, at the root or in the one folder around them.
fn collect(entries: Vec<Entry>, name: &str) -> Result<Content, Fault> {
    let mut content = Content::new(name);
    let is_root = entries.iter().any(|entry| entry.path == PACK_FILE);
    let around = entries.iter().find_map(|entry| {
        let (folder, rest) = entry.path.split_once('/')?;
        (rest == PACK_FILE).then(|| format!("{folder}/"))
    });
    let prefix = match is_root {
        true => String::new(),
        false => around.unwrap_or_default(),
    };
    for entry in entries {
        let Some(path) = entry.path.strip_prefix(&prefix) else {
            continue;
        };
        if path != PACK_FILE && path != "templates" && !path.starts_with("templates/") {
            continue;
        }
        if !entry.is_file {
            return Err(Fault::refused(name, path, EntryError::NoFile));
        }
        content.add(path, entry.bytes, entry.executable)?;
    }
    content.finish()
}

/// Ends with an error instead of delivering for ever.
struct Bounded<R> {
    reader: R,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count)
            .ok_or_else(|| io::Error::other(UnpacksToMore))?;
        Ok(count)
    }
}
