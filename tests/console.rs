//! The pages of gateways for people: a package of the project, used by the gateways that have a console.

mod support;

use std::collections::BTreeSet;

use hybridge::tree::Tree;
use support::render;

/// A system with a gateway for each of `consoles`.
fn system(consoles: &[&str]) -> Tree {
    let gateway =
        |(index, console)| format!("  edge{index}: {{ kind: gateway, console: {console} }}\n");
    let gateways: String = consoles.iter().enumerate().map(gateway).collect();
    render(&format!(
        "hybridge: 1\nname: shop\nservices:\n{gateways}  vision: {{ kind: inference }}\n"
    ))
}

/// The folders, such as `services/edge0`, with a file that says `word`.
fn saying<'t>(tree: &'t Tree, word: &str) -> BTreeSet<&'t str> {
    let files = tree.iter().filter(|(_, file)| {
        let text = String::from_utf8_lossy(&file.bytes);
        text.contains(word)
    });
    files
        .filter_map(|(path, _)| path.match_indices('/').nth(1).map(|(end, _)| &path[..end]))
        .collect()
}

fn has_package(tree: &Tree) -> bool {
    tree.keys()
        .any(|path| path.starts_with("packages/console/"))
}

#[test]
fn gateways_share_one_package_of_pages() {
    let tree = system(&["web", "web"]);
    assert!(has_package(&tree));
    assert_eq!(
        saying(&tree, "@shop/console"),
        BTreeSet::from(["packages/console", "services/edge0", "services/edge1"])
    );
    let pages = tree.keys().filter(|path| path.ends_with(".html"));
    assert_eq!(pages.count(), 2);
}

#[test]
fn only_gateways_that_have_a_console_know_of_it() {
    let tree = system(&["none", "web"]);
    assert!(has_package(&tree));
    assert_eq!(
        saying(&tree, "@shop/console"),
        BTreeSet::from(["packages/console", "services/edge1"])
    );
    let settings = String::from_utf8_lossy(&tree[".env.example"].bytes);
    assert!(settings.contains("EDGE1_CONSOLE="));
    assert!(!settings.contains("EDGE0_CONSOLE="));
}

#[test]
fn without_a_console_there_are_no_pages() {
    let tree = system(&["none"]);
    assert!(!has_package(&tree));
    assert_eq!(saying(&tree, "@shop/console"), BTreeSet::new());
    assert!(!tree.keys().any(|path| path.ends_with(".html")));
    let readme = String::from_utf8_lossy(&tree["README.md"].bytes);
    assert!(!readme.contains("/docs") && readme.contains("/openapi.json"));
}
