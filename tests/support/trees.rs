//! Whole trees of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The same paths, with the same content and mode.
///
/// # Panics
/// With the paths that only one has, or the first file that differs.
#[track_caller]
pub fn assert_same(files: &Files, others: &Files) {
    let paths: Vec<&String> = files.keys().collect();
    assert_eq!(paths, others.keys().collect::<Vec<_>>());
    for (path, (bytes, executable)) in files {
        let (other, is_other_executable) = &others[path];
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(bytes), text(other), "{path}");
        assert_eq!((bytes, executable), (other, is_other_executable), "{path}");
    }
}

/// A file: its text, and whether it can be run.
pub type Files = BTreeMap<String, (Vec<u8>, bool)>;

pub fn files(entries: &[(&str, &str)]) -> Files {
    let file = |text: &str| (text.as_bytes().to_vec(), text.starts_with("#!"));
    let entries = entries
        .iter()
        .map(|(path, text)| ((*path).to_owned(), file(text)));
    entries.collect()
}

pub fn lay_out(folder: &Path, files: &Files) {
    for (path, (bytes, executable)) in files {
        let full = folder.join(path);
        if path.ends_with('/') {
            fs::create_dir_all(&full).unwrap();
            continue;
        }
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(&full, bytes).unwrap();
        if *executable {
            set_executable(&full);
        }
    }
}

#[cfg(unix)]
fn set_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o100 != 0
}

/// Every file and folder below `folder` but the lock.
pub fn read(folder: &Path) -> Files {
    fn walk(root: &Path, folder: &Path, found: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            match path.is_dir() {
                true => {
                    let before = found.len();
                    walk(root, &path, found);
                    if found.len() == before {
                        found.insert(format!("{name}/"), (Vec::new(), false));
                    }
                }
                false if name == ".hybridge/lock" => {}
                false => {
                    let file = (fs::read(&path).unwrap(), is_executable(&path));
                    found.insert(name, file);
                }
            }
        }
    }
    let mut found = Files::new();
    walk(folder, folder, &mut found);
    found
}
