//! What a pack may say in `module.yaml` and `versions.yaml`: nothing of it reaches a program that hybridge
//! itself starts, other than as the name and version of a package.

use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;
use thiserror::Error;

use crate::fault::Fault;
use crate::origin::PackId;
use crate::question::prompt::Prompt;
use crate::template::module::{MANIFEST, Manifest, VERSIONS, Versions};

/// <https://github.com/npm/validate-npm-package-name>
static NPM_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$").expect("constant")
});
/// <https://packaging.python.org/en/latest/specifications/name-normalization/>, with extras.
static PYPI_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9][A-Za-z0-9,._-]*\])?$")
        .expect("constant")
});
/// A version, never an address or a path.
static VERSION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^=?[0-9][0-9A-Za-z.+-]*$").expect("constant"));

/// What a pack may not say there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContributionError {
    #[error("`{key}` is hybridge's own: a pack may set `images`, `actions`, `npm` and `pypi`")]
    OwnKey { key: &'static str },
    #[error("`{name}` is not the name of a package")]
    PackageName { name: String },
    #[error("`{version}` is not a version, as `1.2.3` or `=1.2.3`")]
    Version { version: String },
    #[error("`lock` is a command that hybridge runs, so a pack cannot give it")]
    Lock,
}

/// Judges one of the YAML files that hybridge reads itself, and gives back what a `module.yaml` asks. `path`
/// is below `templates/`.
///
/// # Errors
/// [`Fault::InFile`] for what only hybridge may say.
pub fn check(pack: &PackId, path: &str, text: &str) -> Result<IndexMap<String, Prompt>, Fault> {
    let none = IndexMap::new();
    let shown = format!("templates/{path}");
    let fault = |key: &str, why: ContributionError| {
        let at = text
            .lines()
            .position(|line| line.contains(key))
            .map(|line| (line + 1, 1));
        Fault::in_file(pack, &shown, text, at, why)
    };
    // What is no such file at all is told, with its place, when the catalogue is put together.
    if path == VERSIONS {
        let Ok(versions) = serde_yaml::from_str::<Versions>(text) else {
            return Ok(none);
        };
        if !versions.as_of.is_empty() || !versions.tools.is_empty() {
            let key = if versions.as_of.is_empty() {
                "tools"
            } else {
                "as_of"
            };
            return Err(fault(key, ContributionError::OwnKey { key }));
        }
        for (names, known) in [(&versions.npm, &*NPM_NAME), (&versions.pypi, &*PYPI_NAME)] {
            for (name, version) in names {
                if !known.is_match(name) {
                    let why = ContributionError::PackageName { name: name.clone() };
                    return Err(fault(name, why));
                }
                if !VERSION.is_match(version) {
                    let version = version.clone();
                    return Err(fault(name, ContributionError::Version { version }));
                }
            }
        }
    } else if path.rsplit('/').next() == Some(MANIFEST) {
        let Ok(manifest) = serde_yaml::from_str::<Manifest>(text) else {
            return Ok(none);
        };
        if manifest.lock.is_some() {
            return Err(fault("lock", ContributionError::Lock));
        }
        return Ok(manifest.prompts);
    }
    Ok(none)
}
