//! Tells the crate which build it is: a digest of all that decides what it renders. It follows from the files of the
//! packaged crate alone. Rebuilds when a template is added or removed, too, which `include_dir!` does not notice.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What decides: the code, the templates, and the versions of libraries.
const SOURCES: [&str; 3] = ["src", "templates", "Cargo.lock"];

fn main() {
    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        hash(Path::new(source), &mut hasher);
    }
    println!("cargo::rustc-env=HYBRIDGE_BUILD={:016x}", hasher.finish());
}

/// Each file below a path, or at it, by name and content, in order.
fn hash(path: &Path, hasher: &mut DefaultHasher) {
    let Ok(entries) = fs::read_dir(path) else {
        let name = path.to_string_lossy().replace('\\', "/");
        (name, fs::read(path).ok()).hash(hasher);
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        hash(&path, hasher);
    }
}
