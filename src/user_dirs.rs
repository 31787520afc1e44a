//! The folders of the user: the XDG places, and their like on Windows.

use std::path::PathBuf;

use etcetera::{BaseStrategy, HomeDirError};

/// What hybridge keeps for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `~/.cache/hybridge`: may be deleted at any time.
    Cache,
    /// `~/.config/hybridge`: what the user says.
    Config,
    /// `~/.local/share/hybridge`: what the user has agreed to.
    Data,
}

/// The folder, which need not be there.
///
/// # Errors
/// There is none for a user without a home.
pub fn folder(place: Place) -> Result<PathBuf, HomeDirError> {
    let base = etcetera::choose_base_strategy()?;
    let folder = match place {
        Place::Cache => base.cache_dir(),
        Place::Config => base.config_dir(),
        Place::Data => base.data_dir(),
    };
    Ok(folder.join("hybridge"))
}
