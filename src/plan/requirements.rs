//! Packages with the versions that `versions.yaml` gives them.

use std::collections::BTreeMap;

use thiserror::Error as ThisError;

use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::finding::Place;
use crate::document::node::{Data, Node};
use crate::document::source::Source;
use crate::error::Error;
use crate::template::files::{TemplateFiles, Version};
use crate::template::module::{MANIFEST, VERSIONS};

/// Where packages come from.
#[derive(Debug, Clone, Copy)]
enum Registry {
    Npm,
    Pypi,
}

impl Registry {
    /// Its key in `versions.yaml`.
    fn section(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
        }
    }

    /// The key of a `module.yaml` below which its packages are named.
    fn key(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "python",
        }
    }
}

/// No `versions.yaml` has a version of a package.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Unversioned {
    /// A pack's package.
    #[error(
        "there is no version of `{name}`; give it one in `templates/{VERSIONS}` of the pack: \
         `{section}: {{ \"{name}\": \"1.2.3\" }}`"
    )]
    OfPack { section: &'static str, name: String },
    #[error("`{section}` has no version of `{name}`")]
    BuiltIn { section: &'static str, name: String },
}

/// `^version`, npm's own default range; the version alone where `versions.yaml` says `=version`.
///
/// # Errors
/// As [`unknown_version`] makes it, when `versions.yaml` lacks a package.
pub fn npm_ranges<'n>(
    names: impl IntoIterator<Item = &'n str>,
    catalogue: &Catalogue,
) -> Result<BTreeMap<String, String>, Error> {
    names
        .into_iter()
        .map(|name| {
            let version = catalogue
                .versions()
                .npm
                .get(name)
                .ok_or_else(|| unknown_version(catalogue, Registry::Npm, name))?;
            let range = version
                .strip_prefix('=')
                .map_or_else(|| format!("^{version}"), str::to_owned);
            Ok((name.to_owned(), range))
        })
        .collect()
}

/// `name[extras]>=version,<next major`; `==version` where `versions.yaml` says `=version`.
///
/// # Errors
/// As [`unknown_version`] makes it, when `versions.yaml` lacks a package.
pub fn python_requirements<'n>(
    names: impl IntoIterator<Item = &'n str>,
    catalogue: &Catalogue,
) -> Result<Vec<String>, Error> {
    names
        .into_iter()
        .map(|name| {
            let bare = name.split('[').next().unwrap_or(name);
            let version = catalogue
                .versions()
                .pypi
                .get(bare)
                .ok_or_else(|| unknown_version(catalogue, Registry::Pypi, bare))?;
            if let Some(exact) = version.strip_prefix('=') {
                return Ok(format!("{name}=={exact}"));
            }
            let major: u32 = version
                .split('.')
                .next()
                .and_then(|part| part.parse().ok())
                .unwrap_or(0);
            Ok(format!("{name}>={version},<{}", major + 1))
        })
        .collect()
}

/// `name ; python_version < '3'`: with it instead of what a dependency requires, the package is installed
/// on no interpreter that there is.
pub fn python_absent<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let absent = |name| format!("{name} ; python_version < '3'");
    names.into_iter().map(absent).collect()
}

/// The error for a package without a version, in the file that names it: ours or a pack's.
fn unknown_version(catalogue: &Catalogue, registry: Registry, name: &str) -> Error {
    let files = catalogue.files();
    let section = registry.section();
    match named_in(files, registry, name) {
        Some((path, version, place)) => {
            let name = name.to_owned();
            let why = Unversioned::OfPack { section, name };
            files.broken_version(path, Some(version), Some(place), why)
        }
        None => {
            let name = name.to_owned();
            let why = Unversioned::BuiltIn { section, name };
            files.broken_version(VERSIONS, None, None, why)
        }
    }
}

/// The `module.yaml` of a pack that names a package, the uppermost of them, with line and column.
fn named_in<'f>(
    files: &'f TemplateFiles,
    registry: Registry,
    name: &str,
) -> Option<(&'f str, &'f Version, (usize, usize))> {
    let manifests = files
        .paths()
        .filter(|path| path.rsplit('/').next() == Some(MANIFEST));
    manifests
        .flat_map(|path| files.versions(path).iter().map(move |it| (path, it)))
        .filter(|(_, version)| version.origin.is_pack())
        .filter_map(|(path, version)| {
            let source = Source {
                name: path.to_owned(),
                text: String::from_utf8(version.bytes.to_vec()).ok()?,
            };
            let document = Document::parse(source).ok()?;
            let place = place_of(document.root.get(registry.key())?, name)?;
            Some((path, version, place.in_text()?))
        })
        .last()
}

/// Where a package is named in a list below `node`, with its extras or without.
fn place_of(node: &Node, name: &str) -> Option<Place> {
    match &node.data {
        Data::Scalar { text, .. } => (text.split('[').next() == Some(name)).then_some(node.place),
        Data::List(items) => items.iter().find_map(|item| place_of(item, name)),
        Data::Map(entries) => entries.values().find_map(|value| place_of(value, name)),
    }
}
