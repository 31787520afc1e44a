//! Steps on the disk, each of which is done or not, and what stands there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::fault::{self, Step};
use crate::changes::Content;
use crate::error::Error;
use crate::error::kind::{FileKind, Written};

/// Refuses a path whose folders are links or files: it would lead out of the project, or nowhere.
///
/// # Errors
/// [`Error::InTheWay`] with what stands there.
pub fn check_folders(project: &Path, path: &str) -> Result<(), Error> {
    let folders: Vec<&Path> = Path::new(path).ancestors().skip(1).collect();
    for folder in folders.into_iter().rev() {
        if folder.as_os_str().is_empty() {
            continue;
        }
        let what = match fs::symlink_metadata(project.join(folder)) {
            Ok(there) if there.is_dir() => continue,
            Ok(there) if there.is_symlink() => FileKind::SymbolicLink,
            Ok(_) => FileKind::File,
            Err(_) => break,
        };
        return Err(Error::InTheWay {
            path: folder.display().to_string(),
            what,
            wanted: FileKind::Folder,
        });
    }
    Ok(())
}

/// The file at a path of the project.
///
/// # Errors
/// [`Error::InTheWay`] for what is no ordinary file, [`Error::Read`] for one that cannot be read.
pub fn read(project: &Path, path: &str) -> Result<Option<Content>, Error> {
    let full = project.join(path);
    let what = match fs::symlink_metadata(&full) {
        Ok(there) if there.is_file() => None,
        Ok(there) if there.is_symlink() => Some(FileKind::SymbolicLink),
        Ok(_) => Some(FileKind::Folder),
        Err(_) => None,
    };
    if let Some(what) = what {
        return Err(Error::InTheWay {
            path: path.to_owned(),
            what,
            wanted: FileKind::File,
        });
    }
    read_file(&full).map_err(|source| Error::Read {
        path: full.display().to_string(),
        source,
    })
}

/// The file at a path; `None` where there is none.
pub fn read_file(full: &Path) -> io::Result<Option<Content>> {
    let file = match File::open(full) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    // The size is known: `File` would ask for it again, and for the position.
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(metadata.len()).unwrap_or_default() + 1)?;
    file.take(u64::MAX).read_to_end(&mut bytes)?;
    let executable = is_executable(&metadata);
    Ok(Some(Content { bytes, executable }))
}

/// Tries whether something can be put into the folder in which `path` will stand, or into the nearest above it
/// that is there.
///
/// # Errors
/// [`Error::Write`] when not.
pub fn check_writable(
    project: &Path,
    path: &str,
    probed: &mut BTreeSet<PathBuf>,
) -> Result<(), Error> {
    let full = project.join(path);
    let folder = full.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = folder.unwrap_or(project);
    if probed.insert(folder.to_owned()) {
        // Without a name where the system can, so that a kill leaves nothing.
        let probe = tempfile::tempfile_in(folder);
        probe.map_err(|source| Error::Write {
            what: Written::File,
            path: full.clone(),
            source,
        })?;
    }
    Ok(())
}

/// `<path>.<word>`, or the first with a number behind it at which nothing stands.
pub fn free_name(project: &Path, path: &str, word: &str) -> String {
    let names = (1..).map(|number| match number {
        1 => format!("{path}.{word}"),
        number => format!("{path}.{word}-{number}"),
    });
    let is_free = |name: &String| fs::symlink_metadata(project.join(name)).is_err();
    names.into_iter().find(is_free).expect("endless")
}

/// When what is written lasts through a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    Now,
    /// When the system finds the time.
    Later,
}

/// Writes a file that is not there yet. Who may read and write it is as at `like`, which it will replace, otherwise
/// as the system has it for new files.
pub fn write(full: &Path, content: &Content, like: Option<&Path>, flush: Flush) -> io::Result<()> {
    let step = fault::step();
    if step == Step::Full {
        return Err(io::ErrorKind::StorageFull.into());
    }
    let mut file = File::create_new(full)?;
    if step == Step::Dies {
        let _ = file.write_all(&content.bytes[..content.bytes.len() / 2]);
        fault::die();
    }
    file.write_all(&content.bytes)?;
    let permissions = match like {
        Some(like) => fs::metadata(like)?.permissions(),
        None => file.metadata()?.permissions(),
    };
    set_permissions(&file, permissions, content.executable)?;
    match flush {
        Flush::Now => file.sync_all(),
        Flush::Later => Ok(()),
    }
}

pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::whole_step()?;
    fs::rename(from, to)
}

/// Removing needs no space, so a full disk does not keep from it.
pub fn remove(full: &Path) -> io::Result<()> {
    if fault::step() == Step::Dies {
        fault::die();
    }
    fs::remove_file(full)
}

/// Removes a folder and what is left in it.
pub fn remove_folder(full: &Path) -> io::Result<()> {
    if fault::step() == Step::Dies {
        fault::die();
    }
    fs::remove_dir_all(full)
}

pub fn create_folder(full: &Path) -> io::Result<()> {
    fault::whole_step()?;
    fs::create_dir(full)
}

/// Makes the folders between the project and `full`, which they are flushed into.
pub fn create_folders(project: &Path, full: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = full
        .ancestors()
        .take_while(|folder| *folder != project && !folder.is_dir())
        .collect();
    for folder in missing.into_iter().rev() {
        create_folder(folder)?;
        sync_folder(folder.parent().unwrap_or(project))?;
    }
    Ok(())
}

/// Makes names in a folder last. Windows has nothing of the kind.
#[cfg(unix)]
pub fn sync_folder(full: &Path) -> io::Result<()> {
    match File::open(full)?.sync_all() {
        // Some file systems cannot: what they keep is up to them.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
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

/// Whoever may read a program may run it.
#[cfg(unix)]
fn set_permissions(
    file: &File,
    mut permissions: fs::Permissions,
    executable: bool,
) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = permissions.mode() & 0o777;
    permissions.set_mode(match (executable, mode & 0o100 != 0) {
        (true, false) => mode | (mode & 0o444) >> 2,
        (false, true) => mode & !0o111,
        _ => mode,
    });
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn set_permissions(_: &File, _: fs::Permissions, _: bool) -> io::Result<()> {
    Ok(())
}
