//! The active template files, by path.
//!
//! Layers stack: a file of a later layer replaces the one at the same path. What it replaces is kept, so
//! that `explain` can tell and `module.yaml` can be merged.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Error;
use crate::fault::{Cause, Fault};
use crate::origin::{Origin, PackId};

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The text at a path below `templates/`, as the binary carries it.
pub fn built_in_text(path: &str) -> Option<&'static str> {
    BUILT_IN.get_file(path)?.contents_utf8()
}

/// The bytes of a file: in the binary, or read once and shared.
#[derive(Debug, Clone)]
pub enum Bytes {
    BuiltIn(&'static [u8]),
    Read(Arc<Vec<u8>>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::BuiltIn(bytes) => bytes,
            Bytes::Read(bytes) => bytes,
        }
    }
}

/// What one layer has at a path.
#[derive(Debug, Clone)]
pub struct Version {
    pub origin: Origin,
    pub bytes: Bytes,
    /// The pack stores it with the executable bit.
    pub executable: bool,
}

/// Path below `templates/` (with `/`) -> its versions, the active one last.
#[derive(Debug, Default)]
pub struct TemplateFiles {
    files: BTreeMap<String, Vec<Version>>,
    /// What a pack took away: path -> who did.
    removed: BTreeMap<String, Origin>,
}

impl TemplateFiles {
    /// What the binary carries.
    pub fn built_in() -> Self {
        let mut files = Self::default();
        collect(&BUILT_IN, &mut files.files);
        files
    }

    /// Puts a layer on top: first what it takes away, then what it brings.
    pub fn stack(
        &mut self,
        id: &Arc<PackId>,
        remove: impl Fn(&str) -> bool,
        files: impl IntoIterator<Item = (String, Arc<Vec<u8>>, bool)>,
    ) {
        let origin = Origin::Pack(Arc::clone(id));
        let gone: Vec<String> = self
            .paths()
            .filter(|p| remove(p))
            .map(str::to_owned)
            .collect();
        for path in gone {
            self.files.remove(&path);
            self.removed.insert(path, origin.clone());
        }
        for (path, bytes, executable) in files {
            self.files.entry(path).or_default().push(Version {
                origin: origin.clone(),
                bytes: Bytes::Read(bytes),
                executable,
            });
        }
    }

    /// The active file at `path`.
    pub fn version(&self, path: &str) -> Option<&Version> {
        self.files.get(path)?.last()
    }

    /// Every layer's file at `path`, the active one last; none where there is no such file.
    pub fn versions(&self, path: &str) -> &[Version] {
        self.files.get(path).map_or(&[], Vec::as_slice)
    }

    /// The bytes of the file at `path`.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        Some(&self.version(path)?.bytes)
    }

    /// The file at `path` as text; `None` when absent or not UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.get(path)?).ok()
    }

    /// Who wrote the file at `path`; ours when there is none.
    pub fn origin(&self, path: &str) -> &Origin {
        self.version(path).map_or(&Origin::BuiltIn, |it| &it.origin)
    }

    /// Some pack is active.
    pub fn has_packs(&self) -> bool {
        let of_pack = |versions: &Vec<Version>| versions.iter().any(|it| it.origin.is_pack());
        !self.removed.is_empty() || self.files.values().any(of_pack)
    }

    /// What is at `path` came with the binary, and no pack has changed it.
    pub fn is_untouched(&self, path: &str) -> bool {
        matches!(
            self.versions(path),
            [Version {
                bytes: Bytes::BuiltIn(_),
                ..
            }]
        )
    }

    /// Every path, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// What packs took away, each with who did.
    pub fn removed(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.removed
            .iter()
            .map(|(path, origin)| (path.as_str(), origin))
    }

    /// The paths below `folder` (which ends in `/`), sorted, each with what follows the folder.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .range(folder.to_owned()..)
            .map_while(move |(path, _)| Some((path.as_str(), path.strip_prefix(folder)?)))
    }

    /// The error for a file that cannot be used: ours or the pack's, with the line shown.
    ///
    /// `place` is line and column, from 1.
    pub fn broken(
        &self,
        path: &str,
        place: Option<(usize, usize)>,
        why: impl Into<Cause>,
    ) -> Error {
        let version = self.version(path);
        self.broken_version(path, version, place, why)
    }

    /// As [`TemplateFiles::broken`], for a version that may have been replaced.
    pub fn broken_version(
        &self,
        path: &str,
        version: Option<&Version>,
        place: Option<(usize, usize)>,
        why: impl Into<Cause>,
    ) -> Error {
        let Some((pack, version)) =
            version.and_then(|version| Some((version.origin.pack()?, version)))
        else {
            return Error::BrokenTemplate {
                path: path.to_owned(),
                at: place,
                why: why.into(),
            };
        };
        let text = std::str::from_utf8(&version.bytes).unwrap_or_default();
        Fault::in_file(pack, &format!("templates/{path}"), text, place, why).into()
    }
}

impl<P: Into<String>, C: Into<Vec<u8>>> FromIterator<(P, C)> for TemplateFiles {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        let version = |content: C| Version {
            origin: Origin::BuiltIn,
            bytes: Bytes::Read(Arc::new(content.into())),
            executable: false,
        };
        Self {
            files: files
                .into_iter()
                .map(|(path, content)| (path.into(), vec![version(content)]))
                .collect(),
            removed: BTreeMap::new(),
        }
    }
}

fn collect(dir: &'static Dir<'static>, files: &mut BTreeMap<String, Vec<Version>>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, files),
            DirEntry::File(file) => {
                let path = file.path().to_string_lossy().replace('\\', "/");
                let version = Version {
                    origin: Origin::BuiltIn,
                    bytes: Bytes::BuiltIn(file.contents()),
                    executable: false,
                };
                files.insert(path, vec![version]);
            }
        }
    }
}
