//! A pack as a folder, read into memory within bounds. Nothing in it is followed, run or written to.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::content::Content;
use crate::fault::Fault;
use crate::pack::manifest::PACK_FILE;
use crate::template::limits;

/// The folder of a pack that mirrors the built-in templates.
pub const TEMPLATES: &str = "templates";

/// Reads `pack.yaml` and `templates/` of a folder; anything else in it is the author's own.
///
/// # Errors
/// [`Fault::Missing`] when there is no pack, [`Fault::Refused`] and [`Fault::TooLarge`] for what no pack may
/// have, whoever calls it what.
pub fn read(folder: &Path, name: &str) -> Result<Content, Fault> {
    let missing = |reason: String| Fault::Missing {
        place: name.to_owned(),
        reason,
    };
    let metadata = fs::metadata(folder).map_err(|error| missing(error.to_string()))?;
    if !metadata.is_dir() {
        return Err(missing("it is no folder".into()));
    }
    let mut content = Content::new(name);
    match fs::symlink_metadata(folder.join(PACK_FILE)) {
        Ok(metadata) => add_file(
            &folder.join(PACK_FILE),
            PACK_FILE,
            metadata.file_type(),
            &mut content,
        )?,
        Err(_) => return Err(missing(format!("there is no `{PACK_FILE}` in it"))),
    }
    match fs::symlink_metadata(folder.join(TEMPLATES)) {
        Ok(metadata) if metadata.is_dir() => add_folder(folder, TEMPLATES, &mut content)?,
        Ok(_) => return Err(Fault::refused(name, TEMPLATES, "is no folder")),
        Err(_) => {}
    }
    content.finish()
}

fn add_folder(root: &Path, below: &str, content: &mut Content) -> Result<(), Fault> {
    let unreadable = |error: std::io::Error| {
        Fault::refused(content.name(), below, format!("cannot be read: {error}"))
    };
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
            return Err(Fault::refused(content.name(), &shown, "is no UTF-8"));
        };
        let path = format!("{below}/{name}");
        // Of the entry itself, not of what a link points to.
        let kind = entry.file_type().map_err(|error| {
            Fault::refused(content.name(), &path, format!("cannot be read: {error}"))
        })?;
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
            "is a symbolic link, which a pack cannot have",
        ));
    }
    if !kind.is_file() {
        return Err(Fault::refused(
            content.name(),
            path,
            "is neither a file nor a folder",
        ));
    }
    let unreadable = |error: std::io::Error| {
        Fault::refused(content.name(), path, format!("cannot be read: {error}"))
    };
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
