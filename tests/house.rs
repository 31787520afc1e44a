//! Imports of `src` go down: what stands above knows what stands below, never the other way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The parts of `src`, from the top. A part may import those of lower rows, and itself; parts of one row do not
/// know each other. The longest name that a module begins with is its part.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["commands"],
    &["report"],
    &["doctor", "eject"],
    &["workshop", "apply"],
    &["generate"],
    &["prompt", "project"],
    &["merge"],
    &["changes"],
    &["packs"],
    &["plan"],
    &["cli", "blueprint"],
    &["catalogue"],
    &["pack", "render"],
    &["contract"],
    &["template"],
    &["question"],
    &["disk", "cancel"],
    &["error"],
    &["fault"],
    &["document", "state_error", "written"],
    &[
        "line_ends",
        "origin",
        "reserved",
        "suggest",
        "tree",
        "user_dirs",
    ],
];

/// A `use` or a path of another module, where it stands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    file: String,
    from: String,
    to: String,
}

fn part(module: &str) -> Option<(usize, &'static str)> {
    let is_in = |part: &str| module == part || module.starts_with(&format!("{part}::"));
    let all = LAYERS.iter().enumerate();
    all.flat_map(|(row, parts)| parts.iter().map(move |part| (row, *part)))
        .filter(|(_, part)| is_in(part))
        .max_by_key(|(_, part)| part.len())
}

/// Why the import is refused.
fn fault(import: &Import) -> Option<String> {
    let Import { file, from, to } = import;
    let Some((row, from)) = part(from) else {
        return Some(format!("{file}: `{from}` is in no layer"));
    };
    let Some((below, to)) = part(to) else {
        return Some(format!("{file} imports `{to}`, which is in no layer"));
    };
    (from != to && below <= row)
        .then(|| format!("{file}: `{from}` imports `{to}`, which is not below it"))
}

/// What a module imports by a path from the root of the crate, its tests aside.
fn imports(file: &str, text: &str) -> BTreeSet<Import> {
    let from = file
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .replace('/', "::");
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let mut paths = Vec::new();
        expand(&code[at + "crate::".len()..], "", &mut paths);
        found.extend(paths.into_iter().map(|to| Import {
            file: file.to_owned(),
            from: from.clone(),
            to,
        }));
    }
    found
}

/// The paths of a `use` tree behind `crate::`, whether it goes to one name or to several in braces.
fn expand(tree: &str, before: &str, found: &mut Vec<String>) -> usize {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let length = tree.find(|c| !is_path(c)).unwrap_or(tree.len());
    let path = format!("{before}{}", &tree[..length]);
    if !(path.is_empty() || path.ends_with("::")) || !tree[length..].starts_with('{') {
        found.push(path.trim_end_matches(':').to_owned());
        return length;
    }
    let mut at = length + 1;
    loop {
        at += tree[at..].len() - tree[at..].trim_start_matches([',', ' ', '\n']).len();
        match tree[at..].chars().next() {
            Some('}') => return at + 1,
            Some('*') => at += 1,
            Some(_) => at += expand(&tree[at..], &path, found).max(1),
            None => return at,
        }
    }
}

/// Every file below `src` but tests: its path and its text.
fn sources(folder: &Path, below: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{below}{name}");
        if entry.path().is_dir() {
            if name != "tests" {
                sources(&entry.path(), &format!("{path}/"), found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

#[test]
fn imports_go_down() {
    let mut files = Vec::new();
    sources(Path::new("src"), "", &mut files);
    let faults: BTreeSet<String> = files
        .iter()
        .filter(|(path, _)| path != "lib.rs")
        .flat_map(|(path, text)| imports(path, text))
        .filter_map(|import| fault(&import))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_layer_is_there() {
    for part in LAYERS.iter().copied().flatten() {
        let path = format!("src/{}", part.replace("::", "/"));
        let is_there = Path::new(&path).is_dir() || Path::new(&format!("{path}.rs")).is_file();
        assert!(is_there, "no `{path}`");
    }
}

#[test]
fn an_import_that_goes_up_is_found_in_every_notation() {
    let text =
        "use crate::{cancel, plan::{Plan, view::View}};\nfn f() { crate::commands::run() }\n";
    let found: Vec<String> = imports("blueprint/write.rs", text)
        .iter()
        .filter_map(fault)
        .collect();
    assert_eq!(
        found,
        [
            "blueprint/write.rs: `blueprint` imports `commands`, which is not below it",
            "blueprint/write.rs: `blueprint` imports `plan`, which is not below it",
            "blueprint/write.rs: `blueprint` imports `plan`, which is not below it",
        ]
    );
}

/// The file of the module that a path from the root of the crate is in, or is.
fn file_of(path: &str, files: &BTreeSet<String>) -> Option<String> {
    let mut module = path;
    loop {
        if files.contains(module) {
            return Some(module.to_owned());
        }
        module = module.rsplit_once("::")?.0;
    }
}

/// What each module imports of others, but for those around it and inside of it, which are one with it.
fn beside(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let module_of = |path: &str| {
        let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.replace('/', "::")
    };
    let all: BTreeSet<String> = files.iter().map(|(path, _)| module_of(path)).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files {
        let from = module_of(path);
        let around = from.rsplit_once("::").map_or("", |(around, _)| around);
        let further = around.rsplit_once("::").map_or("", |(further, _)| further);
        let text = text
            .replace("super::super::", &format!("crate::{further}::"))
            .replace("super::", &format!("crate::{around}::"))
            .replace("self::", &format!("crate::{from}::"))
            .replace("crate::::", "crate::");
        for import in imports(path, &text) {
            let Some(to) = file_of(&import.to, &all) else {
                continue;
            };
            let is_inside = |one: &str, other: &str| one.starts_with(&format!("{other}::"));
            if to != from && !is_inside(&to, &from) && !is_inside(&from, &to) {
                found.entry(from.clone()).or_default().insert(to);
            }
        }
    }
    found
}

/// The modules from which one comes back to them, each with those on the way that it imports.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reached = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for to in imports.get(module).into_iter().flatten() {
                if seen.insert(to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let arrows = imports
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    arrows
        .filter(|(from, to)| reached(to).contains(from))
        .map(|(from, to)| format!("{from} imports {to}, which comes back to it"))
        .collect()
}

#[test]
fn no_imports_go_in_a_circle() {
    let mut files = Vec::new();
    sources(Path::new("src"), "", &mut files);
    let imports = beside(&files);
    let arrows: usize = imports.values().map(BTreeSet::len).sum();
    assert!(arrows > 300, "only {arrows} imports were found");
    let found = circles(&imports);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_circle_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("a/mod.rs", "mod b;\nuse b::B;"),
        file("a/b.rs", "use super::c::C;"),
        file("a/c.rs", "use crate::a::{d::D, A};"),
        file("a/d.rs", "use super::b::B;"),
    ];
    assert_eq!(
        circles(&beside(&files)),
        [
            "a::b imports a::c, which comes back to it",
            "a::c imports a::d, which comes back to it",
            "a::d imports a::b, which comes back to it",
        ]
    );
}
