//! Paths that mean the same file, inside the same folder, on every system.

use crate::reserved::WINDOWS_DEVICES;

use crate::template::limits;

/// Says why a path is none that a pack may bring or write; `/` parts its segments.
///
/// Only plain ASCII is left, so that no two names are one under Unicode normalisation or case folding
/// that some file systems do. The rest is what Windows cannot have
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
///
/// # Errors
/// The reason, to follow the path in a sentence.
pub fn check(path: &str) -> Result<(), &'static str> {
    check_whole(path)?;
    path.split('/').try_for_each(check_segment)
}

/// As [`check`], where the folder of the path was judged before: its last segment alone is new.
///
/// # Errors
/// The reason, to follow the path in a sentence.
pub fn check_last(path: &str) -> Result<(), &'static str> {
    check_whole(path)?;
    check_segment(path.rsplit('/').next().unwrap_or(path))
}

fn check_whole(path: &str) -> Result<(), &'static str> {
    if path.len() > limits::PATH_LENGTH {
        return Err("is a path of more than 200 characters");
    }
    if path.split('/').count() > limits::PATH_DEPTH {
        return Err("lies more than 16 folders deep");
    }
    if path.starts_with('/') {
        return Err("is an absolute path");
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), &'static str> {
    if segment.is_empty() {
        return Err("has a folder or file without a name in it");
    }
    if matches!(segment, "." | "..") {
        return Err("leads out of its folder");
    }
    if segment.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
        return Err("has a character in it that is not plain ASCII");
    }
    let is_no_windows_name =
        |byte: u8| matches!(byte, b'<' | b'>' | b':' | b'"' | b'|' | b'?' | b'*' | b'\\');
    if segment.bytes().any(is_no_windows_name) {
        return Err("has a character in it that Windows does not allow in names");
    }
    if segment.ends_with(['.', ' ']) || segment.starts_with(' ') {
        return Err("has a name in it that ends in a dot or a space, which Windows drops");
    }
    let stem = segment.split('.').next().unwrap_or(segment).trim_end();
    match is_device(stem) {
        true => Err("has the name of a Windows device in it"),
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
/// The reason, to follow the path in a sentence.
pub fn check_output(path: &str) -> Result<(), &'static str> {
    check(path)?;
    let lower = path.to_ascii_lowercase();
    let mut segments = lower.split('/');
    // A hook or a setting there would run with the next git command; `git~1` is the same on NTFS.
    if segments.clone().any(|it| it == ".git" || it == "git~1") {
        return Err("lies in git's own folder");
    }
    if segments.next() == Some(".hybridge") || lower == "hybridge.yaml" {
        return Err("is hybridge's own");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_its_folder_or_is_another_file_elsewhere_is_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "a/.",
            "C:/x",
            "a\\b",
            "..\\x",
            "con",
            "a/NUL.txt",
            "com1.yaml",
            "aux .md",
            "LPT9",
            "CONIN$",
            "a.",
            "a ",
            " a",
            "a\u{0}b",
            "a\nb",
            "caf\u{e9}",
            "a\u{202e}b",
            "x:y",
            "a?b",
            "file::$DATA",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
        let deep = vec!["a"; 17].join("/");
        assert!(check(&deep).is_err());
        assert!(check(&"a".repeat(201)).is_err());
    }

    #[test]
    fn every_device_of_windows_is_refused() {
        for device in WINDOWS_DEVICES.iter().chain(["conin$", "conout$"]) {
            assert!(check(device).is_err(), "{device}");
            assert!(check_last(&format!("a/{device}.txt")).is_err(), "{device}");
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
        for path in [
            ".git/hooks/post-commit",
            ".GIT/config",
            "a/.git/config",
            "git~1/config",
            ".hybridge/state.json",
            "hybridge.yaml",
            "Hybridge.YAML",
            ".Hybridge/x",
        ] {
            assert!(check_output(path).is_err(), "{path}");
        }
        assert_eq!(check_output(".gitignore"), Ok(()));
        assert_eq!(check_output(".github/workflows/ci.yaml"), Ok(()));
    }
}
