//! Paths that mean the same file, inside the same folder, on every system.

use thiserror::Error;

use crate::reserved::WINDOWS_DEVICES;
use crate::template::limits;

/// Why a path is none that a pack may bring or write, to follow the path in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfit {
    #[error("is a path of more than {} characters", limits::PATH_LENGTH)]
    TooLong,
    #[error("lies more than {} folders deep", limits::PATH_DEPTH)]
    TooDeep,
    #[error("is an absolute path")]
    Absolute,
    #[error("has a folder or file without a name in it")]
    NoName,
    #[error("leads out of its folder")]
    LeadsOut,
    #[error("has a character in it that is not plain ASCII")]
    NotAscii,
    #[error("has a character in it that Windows does not allow in names")]
    NotOnWindows,
    #[error("has a name in it that ends in a dot or a space, which Windows drops")]
    DroppedEnd,
    #[error("has the name of a Windows device in it")]
    Device,
    #[error("lies in git's own folder")]
    OfGit,
    #[error("is hybridge's own")]
    OfHybridge,
}

/// Says why a path is none that a pack may bring or write; `/` parts its segments.
///
/// Only plain ASCII is left, so that no two names are one under Unicode normalisation or case folding
/// that some file systems do. The rest is what Windows cannot have
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
///
/// # Errors
/// The first rule that it breaks.
pub fn check(path: &str) -> Result<(), Unfit> {
    check_whole(path)?;
    path.split('/').try_for_each(check_segment)
}

/// As [`check`], where the folder of the path was judged before: its last segment alone is new.
///
/// # Errors
/// As for [`check`].
pub fn check_last(path: &str) -> Result<(), Unfit> {
    check_whole(path)?;
    check_segment(path.rsplit('/').next().unwrap_or(path))
}

fn check_whole(path: &str) -> Result<(), Unfit> {
    if path.len() > limits::PATH_LENGTH {
        return Err(Unfit::TooLong);
    }
    if path.split('/').count() > limits::PATH_DEPTH {
        return Err(Unfit::TooDeep);
    }
    if path.starts_with('/') {
        return Err(Unfit::Absolute);
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), Unfit> {
    if segment.is_empty() {
        return Err(Unfit::NoName);
    }
    if matches!(segment, "." | "..") {
        return Err(Unfit::LeadsOut);
    }
    if segment.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
        return Err(Unfit::NotAscii);
    }
    let is_no_windows_name =
        |byte: u8| matches!(byte, b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*' | b'\\');
    if segment.bytes().any(is_no_windows_name) {
        return Err(Unfit::NotOnWindows);
    }
    if segment.ends_with(['.', ' ']) || segment.starts_with(' ') {
        return Err(Unfit::DroppedEnd);
    }
    let stem = segment.split('.').next().unwrap_or(segment).trim_end();
    match is_device(stem) {
        true => Err(Unfit::Device),
        false => Ok(()),
    }
}

fn is_device(stem: &str) -> bool {
    // Few names begin like one of them, and every one that a pack has is asked.
    const BEGINNINGS: [&str; 6] = ["aux", "com", "con", "lpt", "nul", "prn"];
    let begin = stem.get(..3).unwrap_or_default();
    let is_begin = |it: &&str| it.eq_ignore_ascii_case(begin);
    if !BEGINNINGS.iter().any(is_begin) {
        return false;
    }
    let stem = stem.to_ascii_lowercase();
    WINDOWS_DEVICES.contain(&stem) || matches!(stem.as_str(), "conin$" | "conout$")
}

/// Says why a pack may not write a file there, whatever its name: what git or hybridge itself keeps.
///
/// # Errors
/// As for [`check`], [`Unfit::OfGit`] and [`Unfit::OfHybridge`].
pub fn check_output(path: &str) -> Result<(), Unfit> {
    check(path)?;
    let lower = path.to_ascii_lowercase();
    let mut segments = lower.split('/');
    // A hook or a setting there would run with the next git command; `git~1` is the same on NTFS.
    if segments.clone().any(|it| it == ".git" || it == "git~1") {
        return Err(Unfit::OfGit);
    }
    if segments.next() == Some(".hybridge") || lower == "hybridge.yaml" {
        return Err(Unfit::OfHybridge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_its_folder_or_is_another_file_elsewhere_is_refused() {
        for (path, why) in [
            ("", Unfit::NoName),
            ("/etc/passwd", Unfit::Absolute),
            ("../x", Unfit::LeadsOut),
            ("a/../../x", Unfit::LeadsOut),
            ("a//b", Unfit::NoName),
            ("./a", Unfit::LeadsOut),
            ("a/.", Unfit::LeadsOut),
            ("C:/x", Unfit::NotOnWindows),
            ("a\\b", Unfit::NotOnWindows),
            ("..\\x", Unfit::NotOnWindows),
            ("con", Unfit::Device),
            ("a/NUL.txt", Unfit::Device),
            ("com1.yaml", Unfit::Device),
            ("aux .md", Unfit::Device),
            ("LPT9", Unfit::Device),
            ("CONIN$", Unfit::Device),
            ("a.", Unfit::DroppedEnd),
            ("a ", Unfit::DroppedEnd),
            (" a", Unfit::DroppedEnd),
            ("a\u{0}b", Unfit::NotAscii),
            ("a\nb", Unfit::NotAscii),
            ("caf\u{e9}", Unfit::NotAscii),
            ("a\u{202e}b", Unfit::NotAscii),
            ("x:y", Unfit::NotOnWindows),
            ("a?b", Unfit::NotOnWindows),
            ("file::$DATA", Unfit::NotOnWindows),
            (&vec!["a"; 17].join("/"), Unfit::TooDeep),
            (&"a".repeat(201), Unfit::TooLong),
        ] {
            assert_eq!(check(path), Err(why), "{path:?}");
        }
    }

    #[test]
    fn every_device_of_windows_is_refused() {
        for device in WINDOWS_DEVICES.iter().chain(["conin$", "conout$"]) {
            assert_eq!(check(device), Err(Unfit::Device), "{device}");
            let file = format!("a/{device}.txt");
            assert_eq!(check_last(&file), Err(Unfit::Device), "{device}");
        }
    }

    #[test]
    fn ordinary_paths_are_fine() {
        for path in [
            "base/files/_github/workflows/ci.yaml",
            "runtime/python/package/src/service_runtime/observability/logs.py",
            "a/b.c-d_e@f",
            "console.ts",
            "com.ts",
            ".npmrc",
            "a b",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn git_and_hybridge_keep_their_own() {
        for (path, why) in [
            (".git/hooks/post-commit", Unfit::OfGit),
            (".GIT/config", Unfit::OfGit),
            ("a/.git/config", Unfit::OfGit),
            ("git~1/config", Unfit::OfGit),
            (".hybridge/state.json", Unfit::OfHybridge),
            ("hybridge.yaml", Unfit::OfHybridge),
            ("Hybridge.YAML", Unfit::OfHybridge),
            (".Hybridge/x", Unfit::OfHybridge),
        ] {
            assert_eq!(check_output(path), Err(why), "{path}");
        }
        assert_eq!(check_output(".gitignore"), Ok(()));
        assert_eq!(check_output(".github/workflows/ci.yaml"), Ok(()));
    }
}
