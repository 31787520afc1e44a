//! What the tests share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod faults;
pub mod packs;
pub mod parse;
pub mod project;
pub mod scratch;
pub mod trees;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use hybridge::blueprint::overrides::Overrides;
use hybridge::catalogue::Catalogue;
use hybridge::document::Document;
use hybridge::document::source::Source;
use hybridge::generate::generate;
use hybridge::template::files::TemplateFiles;
use hybridge::tree::Tree;

/// What a person has at home, empty when the tests of a binary begin.
static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
    let _ = std::fs::remove_dir_all(&home);
    home
});

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blueprints under `examples/`, by file name without extension.
pub fn examples() -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(root().join("examples"))
        .expect("examples/ is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                path,
            )
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Renders the system that a blueprint describes.
///
/// # Panics
/// With every finding, when the blueprint or a template is wrong.
pub fn render(text: &str) -> Tree {
    let catalogue = Catalogue::built_in().unwrap_or_else(|error| panic!("{error}"));
    render_with(text, catalogue)
}

/// The built-in templates and these files beside them, by path and text.
pub fn catalogue_with(files: &[(&str, &str)]) -> Catalogue {
    let built_in = TemplateFiles::built_in();
    let own = |path: &str| files.iter().any(|(other, _)| *other == path);
    let all = built_in
        .paths()
        .filter(|path| !own(path))
        .map(|path| (path, built_in.get(path).unwrap()))
        .chain(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    Catalogue::from_files(all.collect()).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`render`], of this catalogue.
pub fn render_with(text: &str, catalogue: &Catalogue) -> Tree {
    let source = Source {
        name: "test.yaml".into(),
        text: text.to_owned(),
    };
    let document = Document::parse(source).unwrap_or_else(|error| panic!("{error}\n{text}"));
    generate(Some(&document), &Overrides::default(), catalogue)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .tree
}

/// Runs [`command`].
pub fn hybridge(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments)
        .output()
        .expect("the binary starts")
}

/// The built binary in `folder`, without a terminal and without anything of the person who runs the tests. Tests
/// start it by this where no shell or other user has to.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hybridge"));
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100");
    // Nothing of the person who runs the tests is read or written.
    for (name, place) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
    ] {
        command.env(name, HOME.join(place));
    }
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Runs a command that must succeed, and gives back what it prints.
pub fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = hybridge(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}\n{}{}",
        stdout(&output),
        stderr(&output)
    );
    stdout(&output)
}

/// Runs a command that must fail, and gives back all that it prints.
pub fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = hybridge(folder, arguments);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{arguments:?}\n{}{}",
        stdout(&output),
        stderr(&output)
    );
    stdout(&output) + &stderr(&output)
}

/// The lines that differ between two texts, each behind its sign.
pub fn changed_lines(before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let lines = diff.iter_all_changes();
    lines
        .filter(|line| line.tag() != similar::ChangeTag::Equal)
        .map(|line| format!("{}{line}", line.tag()))
        .collect()
}
