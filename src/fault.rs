//! What is wrong with a pack: always the pack's author's to mend, never hybridge's.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;

use thiserror::Error;

use crate::document::excerpt::Excerpt;
use crate::origin::PackId;

/// What is wrong, as the part that found it says it: an error of any kind, never a mere string.
#[derive(Debug)]
pub struct Cause(Box<dyn StdError + Send + Sync>);

impl<E: StdError + Send + Sync + 'static> From<E> for Cause {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// So that one can ask which error it is.
impl Deref for Cause {
    type Target = dyn StdError + Send + Sync;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a pack cannot be used.
#[derive(Debug, Error)]
pub enum Fault {
    /// Something in one of its files.
    #[error("pack `{pack}`: {place}{why}{}", .place.shown())]
    InFile {
        /// Name, or where it was looked for while its name is not known.
        pack: String,
        place: Box<FilePlace>,
        why: Cause,
    },

    /// A file or path that no pack may have.
    #[error("pack `{pack}`: `{path}` {why}")]
    Refused {
        pack: String,
        path: String,
        /// Follows the path in a sentence.
        why: Cause,
    },

    /// More than a pack may be.
    #[error("pack `{pack}`: {why}")]
    TooLarge { pack: String, why: Cause },

    /// There is no pack.
    #[error("there is no pack at `{place}`: {why}")]
    Missing { place: String, why: Cause },

    /// It is made for another hybridge.
    #[error("pack `{pack}` is for hybridge `{wants}`, and this is {have}")]
    Unfit {
        pack: PackId,
        wants: String,
        have: String,
        /// The pack wants a newer one.
        newer: bool,
    },

    #[error(
        "the blueprint calls the pack at `{place}` `{wanted}`, and its `pack.yaml` calls it `{found}`"
    )]
    OtherName {
        place: String,
        wanted: String,
        found: String,
    },

    #[error(
        "pack `{pack}` from `{from}` is not what this project was made with: its content has the hash {found}, and {expected} is locked"
    )]
    Changed {
        pack: String,
        from: String,
        expected: String,
        found: String,
    },

    #[error("pack `{pack}` wants a look before it is used, and nobody is there to ask")]
    Untrusted {
        pack: String,
        name: String,
        digest: String,
    },

    #[error("`{name}` is both pack `{first}` and pack `{second}`")]
    Twice {
        name: String,
        first: String,
        second: String,
    },
}

/// Where in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// Below the pack's folder.
    pub path: String,
    /// Line and column, from 1.
    pub at: Option<(usize, usize)>,
    /// The line itself, where it is known.
    pub line: Option<Excerpt>,
}

impl FilePlace {
    /// The place in a text.
    pub fn new(path: &str, text: &str, at: Option<(usize, usize)>) -> Self {
        Self {
            path: path.to_owned(),
            at,
            line: at.and_then(|(line, column)| Excerpt::new(text, line, column)),
        }
    }

    /// The line with a mark under the column, on lines of its own.
    fn shown(&self) -> String {
        self.line
            .as_ref()
            .map_or_else(String::new, |line| format!("\n{}", line.unstyled()))
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: ", self.path),
            None => write!(f, "{}: ", self.path),
        }
    }
}

impl Fault {
    /// Something wrong in a file of a pack, whose text is at hand to show.
    pub fn in_file(
        pack: &PackId,
        path: &str,
        text: &str,
        at: Option<(usize, usize)>,
        why: impl Into<Cause>,
    ) -> Self {
        Fault::InFile {
            pack: pack.to_string(),
            place: Box::new(FilePlace::new(path, text, at)),
            why: why.into(),
        }
    }

    /// A file or path that no pack may have; `why` follows the path in a sentence.
    pub fn refused(pack: impl fmt::Display, path: &str, why: impl Into<Cause>) -> Self {
        Fault::Refused {
            pack: pack.to_string(),
            path: path
                .chars()
                .flat_map(char::escape_debug)
                .take(300)
                .collect(),
            why: why.into(),
        }
    }

    /// There is no pack at `place`.
    pub fn missing(place: impl Into<String>, why: impl Into<Cause>) -> Self {
        Fault::Missing {
            place: place.into(),
            why: why.into(),
        }
    }

    /// More than a pack may be.
    pub fn too_large(pack: impl Into<String>, why: impl Into<Cause>) -> Self {
        Fault::TooLarge {
            pack: pack.into(),
            why: why.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Fault::Unfit { newer: true, .. } => {
                "install that hybridge, or take an older version of the pack".into()
            }
            Fault::Unfit { .. } => {
                "take a newer version of the pack; its author widens `hybridge:` in `pack.yaml` once it is tested".into()
            }
            Fault::InFile { .. } => {
                "this is the pack's, not hybridge's: `hybridge pack check` shows all that is wrong with it".into()
            }
            Fault::Changed { .. } => {
                "a tag that was moved does this: ask its author; `hybridge pack lock` takes it as it is".into()
            }
            Fault::Untrusted { name, digest, .. } => {
                format!("look at the files above, then say `--trust {name}@{}`", &digest[..12.min(digest.len())])
            }
            Fault::OtherName { found, .. } => format!("write `{found}:` under `packs`"),
            _ => return None,
        })
    }
}
