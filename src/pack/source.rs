//! Where packs come from.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use thiserror::Error;

use super::content::Content;
use super::{archive, folder, git};
use crate::fault::Fault;

/// A pack's place, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Folder(PathBuf),
    /// A `.tar.gz`, `.tgz` or `.zip` file.
    Archive(PathBuf),
    Git {
        url: String,
        /// A tag, or a commit in full.
        reference: String,
    },
}

/// Why a text is no place of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PlaceError {
    #[error("of git's protocols only https, ssh and file are used")]
    Protocol,
    #[error("archives are not downloaded: fetch it and name the file, or name the git repository")]
    ArchiveUrl,
    #[error("a git URL is followed by `#` and a tag or commit")]
    NoReference,
    #[error("what stands behind `#` is neither a tag nor a commit")]
    Reference,
    #[error("this is no URL")]
    NoUrl,
}

/// What was read, and from which commit.
#[derive(Debug)]
pub struct Fetched {
    pub content: Content,
    pub commit: Option<String>,
}

/// What git's own URL forms look like: `scheme://...` and `user@host:path`.
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([a-z][a-z0-9+.-]*)://|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:").expect("constant")
});
/// Tags as people name them; nothing that git could take for an option or a revision expression.
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$").expect("constant"));

impl Source {
    /// Reads a place as it is written in a blueprint, on the command line or in the configuration. Relative
    /// paths are seen from `base`.
    ///
    /// # Errors
    /// [`Fault::Missing`] for what is no place.
    pub fn parse(from: &str, base: &Path) -> Result<Self, Fault> {
        let missing = |why: PlaceError| Fault::missing(from, why);
        if let Some(url) = URL.captures(from) {
            let scheme = url.get(1).map_or("ssh", |it| it.as_str());
            if !matches!(scheme, "https" | "ssh" | "file") {
                return Err(missing(PlaceError::Protocol));
            }
            let (url, reference) = from.rsplit_once('#').ok_or_else(|| {
                missing(match is_archive(from) {
                    true => PlaceError::ArchiveUrl,
                    false => PlaceError::NoReference,
                })
            })?;
            if !REFERENCE.is_match(reference) || reference.contains("..") {
                return Err(missing(PlaceError::Reference));
            }
            if url.contains(|c: char| c.is_control() || c == ' ') {
                return Err(missing(PlaceError::NoUrl));
            }
            return Ok(Source::Git {
                url: url.to_owned(),
                reference: reference.to_owned(),
            });
        }
        let path = base.join(from);
        Ok(match is_archive(from) {
            true => Source::Archive(path),
            false => Source::Folder(path),
        })
    }

    /// It was made by somebody else, so that a person looks at it before it is used.
    pub fn is_foreign(&self) -> bool {
        !matches!(self, Source::Folder(_))
    }

    /// Reads the pack. `commit` is the one that a project has locked.
    ///
    /// # Errors
    /// The first [`Fault`] on the way.
    pub fn fetch(&self, name: &str, commit: Option<&str>) -> Result<Fetched, Fault> {
        let (content, commit) = match self {
            Source::Folder(path) => (folder::read(path, name)?, None),
            Source::Archive(path) => (archive::read(path, name)?, None),
            Source::Git { url, reference } => {
                let (content, commit) = git::read(url, reference, commit, name)?;
                (content, Some(commit))
            }
        };
        Ok(Fetched { content, commit })
    }
}

fn is_archive(from: &str) -> bool {
    let name = from.to_ascii_lowercase();
    [".tar.gz", ".tgz", ".zip"]
        .iter()
        .any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;

    #[test]
    fn urls_paths_and_archives_are_told_apart() {
        let parse = |from: &str| Source::parse(from, Path::new("/base")).unwrap();
        assert_eq!(parse("../acme"), Source::Folder("/base/../acme".into()));
        assert_eq!(
            parse("acme-1.0.tar.gz"),
            Source::Archive("/base/acme-1.0.tar.gz".into())
        );
        for from in [
            "https://git.example.org/acme.git#v1.0.0",
            "git@git.example.org:acme.git#v1.0.0",
        ] {
            assert!(matches!(parse(from), Source::Git { reference, .. } if reference == "v1.0.0"));
        }
    }

    #[test]
    fn an_archive_behind_a_url_is_told_what_to_do_instead() {
        let error = Source::parse("https://example.org/acme.tar.gz", Path::new("."));
        let error = error.unwrap_err().to_string();
        assert_data_eq!(
            error,
            str![
                "there is no pack at `https://example.org/acme.tar.gz`: archives are not downloaded: fetch it and name the file, or name the git repository"
            ]
        );
    }

    #[test]
    fn what_git_could_take_for_something_else_is_refused() {
        for from in [
            "https://example.org/a.git",
            "ext::sh -c id",
            "ext://x#v1",
            "git://x/a#v1",
            "http://x/a#v1",
            "https://x/a#--upload-pack=id",
            "https://x/a#v1..v2",
            "https://x/a#v1^{/x}",
            "https://x/ a#v1",
        ] {
            let source = Source::parse(from, Path::new("."));
            assert!(
                !matches!(source, Ok(Source::Git { .. })),
                "{from}: {source:?}"
            );
        }
    }
}
