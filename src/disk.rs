//! Single files of the user that are no project: what is kept of packs, documents that were asked for.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::error::Error;
use crate::error::kind::Written;

/// Writes a single file, replaced whole; its folder is made when missing.
///
/// # Errors
/// [`Error::Write`] with what could not be written.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let at = |path: &Path, source| Error::Write {
        what: Written::File,
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    // An empty path is the current folder.
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|source| at(path, source))?;
    file.write_all(bytes).map_err(|source| at(path, source))?;
    file.persist(path).map_err(|error| at(path, error.error))?;
    Ok(())
}
