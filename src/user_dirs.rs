//! The folders of the user: the XDG places, and their like on Windows.

use std::path::PathBuf;

use etcetera::BaseStrategy;

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
/// Why there is none: a user without a home.
pub fn folder(place: Place) -> Result<PathBuf, String> {
    let base = etcetera::choose_base_strategy().map_err(|error| error.to_string())?;
    let folder = match place {
        Place::Cache => base.cache_dir(),
        Place::Config => base.config_dir(),
        Place::Data => base.data_dir(),
    };
    Ok(folder.join("hybridge"))
}
