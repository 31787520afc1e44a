//! What a user has said for all projects: `config.yaml` in the user's configuration folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::disk::write_file;
use crate::document::print::yaml_scalar;
use crate::document::yaml::YamlError;
use crate::fault::Fault;
use crate::pack::source::Source;
use crate::template::limits;
use crate::user_dirs::{Place, folder};

const FILE: &str = "config.yaml";

/// The configuration names more than stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {} packs", limits::PACKS)]
pub struct TooManyPacks;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Packs that every new system has, the first one lowest.
    pub packs: Vec<String>,
}

impl Config {
    /// Where it stands, whether or not it is there.
    ///
    /// # Errors
    /// [`Fault::Missing`] for a user without a home.
    pub fn path() -> Result<PathBuf, Fault> {
        let folder = folder(Place::Config).map_err(|error| Fault::missing(FILE, error))?;
        Ok(folder.join(FILE))
    }

    /// # Errors
    /// [`Fault::Missing`] when it is there and cannot be understood.
    pub fn read() -> Result<Self, Fault> {
        // A user without a home has said nothing.
        let Ok(path) = Self::path() else {
            return Ok(Self::default());
        };
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(Self::default());
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_yaml::from_str(&text).map_err(|error| {
            let error = YamlError::from(error);
            let place = match error.place() {
                Some((line, column)) => format!("{}:{line}:{column}", path.display()),
                None => path.display().to_string(),
            };
            Fault::missing(place, error)
        })
    }

    /// Adds a pack on top; a path is kept in full.
    ///
    /// # Errors
    /// [`Fault::Missing`] for what is no place of a pack.
    pub fn add(&mut self, from: &str, base: &Path) -> Result<(), Fault> {
        let from = in_full(from, base)?;
        self.packs.retain(|known| *known != from);
        self.packs.push(from);
        if self.packs.len() > limits::PACKS {
            return Err(Fault::missing(FILE, TooManyPacks));
        }
        Ok(())
    }

    /// Whether it was there.
    ///
    /// # Errors
    /// [`Fault::Missing`] for what is no place of a pack.
    pub fn remove(&mut self, from: &str, base: &Path) -> Result<bool, Fault> {
        let full = in_full(from, base)?;
        let before = self.packs.len();
        self.packs.retain(|known| *known != full && known != from);
        Ok(self.packs.len() < before)
    }

    pub fn to_yaml(&self) -> String {
        if self.packs.is_empty() {
            return "packs: []\n".to_owned();
        }
        let lines = self
            .packs
            .iter()
            .map(|from| format!("  - {}\n", yaml_scalar(from)));
        format!("packs:\n{}", lines.collect::<String>())
    }

    /// # Errors
    /// What keeps it from being written.
    pub fn write(&self) -> Result<(), crate::error::Error> {
        write_file(&Self::path()?, self.to_yaml().as_bytes())
    }
}

fn in_full(from: &str, base: &Path) -> Result<String, Fault> {
    Ok(match Source::parse(from, base)? {
        Source::Git { .. } => from.to_owned(),
        Source::Folder(path) | Source::Archive(path) => {
            let full = fs::canonicalize(&path).unwrap_or(path);
            full.display().to_string()
        }
    })
}
