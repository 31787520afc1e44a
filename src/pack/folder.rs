//! A pack as a folder, read into memory within bounds. Nothing in it is followed, run or written to.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

use super::content::{Content, NoPackFile};
use crate::fault::Fault;
use crate::pack::manifest::PACK_FILE;
use crate::template::limits;

/// The folder of a pack that mirrors the built-in templates.
pub const TEMPLATES: &str = "templates";

/// There is something else where the folder of a pack should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is no folder")]
pub struct NoFolder;

/// Why an entry of the folder cannot be the pack's, to follow its path in a sentence.
#[derive(Debug, Error)]
pub enum EntryError {
    #[error("is no folder")]
    NoFolder,
    #[error("is no UTF-8")]
    NotUtf8,
    #[error("is a symbolic link, which a pack cannot have")]
    SymbolicLink,
    /// A device or the like.
    #[error("is neither a file nor a folder")]
    NoFile,
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Reads `pack.yaml` and `templates/` of a folder; anything else in it is the author's own.
///
/// # Errors
/// [`Fault::Missing`] when there is no pack, [`Fault::Refused`] and [`Fault::TooLarge`] for what no pack may
/// have, whoever calls it what.
pub fn read(folder: &Path, name: &str) -> Result<Content, Fault> {
    let metadata = fs::metadata(folder).map_err(|error| Fault::missing(name, error))?;
    if !metadata.is_dir() {
        return Err(Fault::missing(name, NoFolder));
    }
    let mut content = Content::new(name);
    match fs::symlink_metadata(folder.join(PACK_FILE)) {
        Ok(metadata) => add_file(
            &folder.join(PACK_FILE),
            PACK_FILE,
            metadata.file_type(),
            &mut content,
        )?,
        Err(_) => return Err(Fault::missing(name, NoPackFile)),
    }
    match fs::symlink_metadata(folder.join(TEMPLATES)) {
        Ok(metadata) if metadata.is_dir() => add_folder(folder, TEMPLATES, &mut content)?,
        Ok(_) => return Err(Fault::refused(name, TEMPLATES, EntryError::NoFolder)),
        Err(_) => {}
    }
    content.finish()
}

fn add_folder(root: &Path, below: &str, content: &mut Content) -> Result<(), Fault> {
    let unreadable =
        |error: io::Error| Fault::refused(content.name(), below, EntryError::from(error));
    let mut entries = Vec::new();
    for entry in fs::read_dir(root.join(below)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        entries.push(entry);
        if entries.len() > limits::FILES {
            return Err(content.too_many());
        }
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let shown = format!("{below}/{}", name.to_string_lossy());
            return Err(Fault::refused(content.name(), &shown, EntryError::NotUtf8));
        };
        let path = format!("{below}/{name}");
        // Of the entry itself, not of what a link points to.
        let kind = entry
            .file_type()
            .map_err(|error| Fault::refused(content.name(), &path, EntryError::from(error)))?;
        if kind.is_dir() {
            content.check_folder(&path)?;
            add_folder(root, &path, content)?;
        } else {
            add_file(&entry.path(), &path, kind, content)?;
        }
    }
    Ok(())
}

fn add_file(
    full: &Path,
    path: &str,
    kind: fs::FileType,
    content: &mut Content,
) -> Result<(), Fault> {
    if kind.is_symlink() {
        return Err(Fault::refused(
            content.name(),
            path,
            EntryError::SymbolicLink,
        ));
    }
    if !kind.is_file() {
        return Err(Fault::refused(content.name(), path, EntryError::NoFile));
    }
    let unreadable =
        |error: io::Error| Fault::refused(content.name(), path, EntryError::from(error));
    let mut file = fs::File::open(full).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    const LIMIT: usize = limits::FILE_BYTES + 1;
    let size = usize::try_from(metadata.len()).unwrap_or(LIMIT).min(LIMIT);
    // One more than there is: it may have grown since it was looked at.
    let mut bytes = vec![0; size + 1];
    let read = file.read(&mut bytes).map_err(unreadable)?;
    bytes.truncate(read);
    if read != size {
        file.take((LIMIT - read.min(LIMIT)) as u64)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
    }
    content.add(path, bytes, is_executable(&metadata))
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
