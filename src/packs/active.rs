//! Which packs are active, in which order: those of the user's configuration lowest, then those of the
//! blueprint, then those of the command line. One that is named again is taken from where it is named last.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error as ThisError;

use super::lock::{self, Lock};
use crate::blueprint::overrides::Overrides;
use crate::blueprint::packs::Named;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::fault::Fault;
use crate::pack::Pack;
use crate::pack::source::Source;
use crate::template::limits;

/// A pack that somebody wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What a blueprint calls it.
    pub name: Option<String>,
    pub from: String,
    /// What a relative path is seen from.
    pub base: PathBuf,
}

impl Wanted {
    /// Those of a page that stands in `base`.
    pub fn of_page(named: Vec<Named>, base: &Path) -> Vec<Self> {
        let wanted = named.into_iter().map(|named| Self {
            name: Some(named.name),
            from: named.from,
            base: base.to_owned(),
        });
        wanted.collect()
    }

    /// Those of the command line or the configuration.
    pub fn of_flags(from: &[String], base: &Path) -> Vec<Self> {
        let wanted = from.iter().map(|from| Self {
            name: None,
            from: from.clone(),
            base: base.to_owned(),
        });
        wanted.collect()
    }
}

/// A pack that was read, and how it was wanted.
#[derive(Debug)]
pub struct Loaded {
    pub pack: Pack,
    source: Source,
    /// A page names it by exactly this place.
    on_page: bool,
}

/// More packs than stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("more than {} packs would be active", limits::PACKS)]
pub struct TooManyActive;

/// Reads every pack that is wanted, in order.
///
/// # Errors
/// The first [`Fault`], also that one is not what `lock` says.
pub fn load(wanted: &[Wanted], lock: &Lock) -> Result<Vec<Loaded>, Fault> {
    let mut loaded: Vec<Loaded> = Vec::new();
    // Side by side: reading many small files is waiting.
    let read: Vec<Result<(Source, Pack), Fault>> = wanted
        .par_iter()
        .take(2 * limits::PACKS)
        .map(|want| read(want, lock))
        .collect();
    for (want, read) in wanted.iter().zip(read) {
        let (source, pack) = read?;
        if let Some(name) = want.name.as_ref().filter(|name| **name != pack.id.name) {
            return Err(Fault::OtherName {
                place: want.from.clone(),
                wanted: name.clone(),
                found: pack.id.name.clone(),
            });
        }
        loaded.retain(|other| other.pack.id.name != pack.id.name);
        loaded.push(Loaded {
            pack,
            source,
            on_page: want.name.is_some(),
        });
        if loaded.len() > limits::PACKS {
            return Err(Fault::too_large(&want.from, TooManyActive));
        }
    }
    Ok(loaded)
}

fn read(want: &Wanted, lock: &Lock) -> Result<(Source, Pack), Fault> {
    let source = Source::parse(&want.from, &want.base)?;
    let locked = want
        .name
        .as_deref()
        .and_then(|name| lock.entry(name, &want.from));
    let fetched = source.fetch(&want.from, locked.and_then(|it| it.commit.as_deref()))?;
    let mut pack = Pack::read(fetched.content, &want.from)?;
    pack.commit = fetched.commit;
    pack.is_foreign = source.is_foreign();
    if let Some(locked) = locked {
        lock::check(&pack, locked)?;
    }
    Ok((source, pack))
}

/// The catalogue with the active packs.
#[derive(Debug)]
pub struct ActivePacks {
    catalogue: Stacked,
    places: Vec<Placed>,
}

#[derive(Debug)]
enum Stacked {
    BuiltIn(&'static Catalogue),
    WithPacks(Box<Catalogue>),
}

#[derive(Debug)]
struct Placed {
    name: String,
    from: String,
    source: Source,
    on_page: bool,
}

impl ActivePacks {
    /// # Errors
    /// The error for the first file of a pack that does not fit what it stands on.
    pub fn new(loaded: Vec<Loaded>) -> Result<Self, Error> {
        if loaded.is_empty() {
            return Ok(Self {
                catalogue: Stacked::BuiltIn(Catalogue::built_in()?),
                places: Vec::new(),
            });
        }
        let places = loaded.iter().map(|it| Placed {
            name: it.pack.id.name.clone(),
            from: it.pack.from.clone(),
            source: it.source.clone(),
            on_page: it.on_page,
        });
        let places = places.collect();
        let packs = loaded.into_iter().map(|it| it.pack).collect();
        Ok(Self {
            catalogue: Stacked::WithPacks(Box::new(Catalogue::with_packs(packs)?)),
            places,
        })
    }

    /// Adds to what flags say the packs that a blueprint in `folder` must name. Paths become relative to it.
    /// A pack that the page names by the same place is left as it is written there.
    pub fn name_packs(&self, overrides: &mut Overrides, folder: &Path) {
        overrides.packs.clear();
        for placed in &self.places {
            let from = match &placed.source {
                Source::Git { .. } => placed.from.clone(),
                Source::Folder(path) | Source::Archive(path) => relative(path, folder),
            };
            if !placed.on_page || from != placed.from {
                overrides.packs.push((placed.name.clone(), from));
            }
        }
    }
}

impl Deref for ActivePacks {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        match &self.catalogue {
            Stacked::BuiltIn(catalogue) => catalogue,
            Stacked::WithPacks(catalogue) => catalogue,
        }
    }
}

/// `path` seen from `folder`, with `/`; in full where there is no way, as between drives.
fn relative(path: &Path, folder: &Path) -> String {
    let full = |path: &Path| match fs::canonicalize(path) {
        Ok(path) => path,
        // A folder that is not there yet: its nearest one above is.
        Err(_) => {
            let parent = path
                .parent()
                .filter(|it| !it.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let parent = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
            parent.join(path.file_name().unwrap_or_default())
        }
    };
    let (path, folder) = (full(path), full(folder));
    let way = pathdiff::diff_paths(&path, &folder).unwrap_or(path);
    way.to_string_lossy().replace('\\', "/")
}
