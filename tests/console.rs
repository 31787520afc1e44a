//! The pages of gateways for people: a package of the project, used by the gateways that have a console.

mod support;

use std::collections::BTreeSet;

use hybridge::tree::Tree;
use snapbox::{assert_data_eq, str};
use support::{changed_lines, render};

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

/// The lines of a file that differ between two systems.
fn changed(before: &Tree, after: &Tree, path: &str) -> String {
    let text = |tree: &Tree| String::from_utf8_lossy(&tree[path].bytes).into_owned();
    changed_lines(&text(before), &text(after))
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
    let without = system(&["none", "none"]);
    assert_data_eq!(
        changed(&without, &tree, ".env.example"),
        str![[r#"
+# `on` serves the pages at / and /docs, `off` does not; by default only APP_ENV=production does not
+# EDGE1_CONSOLE=
+

"#]]
    );
}

#[test]
fn without_a_console_there_are_no_pages() {
    let tree = system(&["none"]);
    assert!(!has_package(&tree));
    assert_eq!(saying(&tree, "@shop/console"), BTreeSet::new());
    assert!(!tree.keys().any(|path| path.ends_with(".html")));
    assert_data_eq!(
        changed(&system(&["web"]), &tree, "README.md"),
        str![[r#"
-Then open http://127.0.0.1:3000/ to try every operation and see events as they happen; http://127.0.0.1:3000/docs is the reference. Neither is served in production, unless `EDGE0_CONSOLE` is `on`; `console: none` in `hybridge.yaml` leaves both out.
+Then ask it: http://127.0.0.1:3000/openapi.json says what there is.
-| `GET /openapi.json`, `/docs` | What edge0 offers. |
+| `GET /openapi.json` | What edge0 offers. |

"#]]
    );
}
