//! Blueprints with names and values from public bug reports of such tools, one a file in `blueprints`.
//! What only compilers, linters and tests of a system show is seen where tests/system/names gives the operations of
//! all of these to a service of each transport.

#[path = "../support/mod.rs"]
mod support;

mod names;
mod values;

use hybridge::tree::Tree;
use serde_json::Value;
use support::{render, root};

fn case(name: &str) -> Tree {
    let cases = root().join("tests/cases/blueprints");
    let path = cases.join(format!("{name}.yaml"));
    render(&std::fs::read_to_string(path).expect("the case is there"))
}

fn text(tree: &Tree, path: &str) -> String {
    let file = tree.get(path).unwrap_or_else(|| panic!("no file {path}"));
    String::from_utf8(file.bytes.clone()).expect("a text file")
}

fn json(tree: &Tree, path: &str) -> Value {
    serde_json::from_str(&text(tree, path)).expect("a JSON file")
}

#[test]
fn modes_in_images_do_not_depend_on_the_umask() {
    let tree = render(&std::fs::read_to_string(root().join("examples/mixed.yaml")).unwrap());
    let mut copies = 0;
    for path in tree.keys().filter(|path| path.ends_with("Dockerfile")) {
        for line in text(&tree, path).lines().map(str::trim_start) {
            // What another stage has made has the modes of that stage.
            if line.starts_with("COPY ") && !line.contains("--from=") {
                assert!(
                    line.starts_with("COPY --chmod=u=rwX,go=rX "),
                    "{path}: {line}"
                );
                copies += 1;
            }
            assert!(!line.starts_with("ADD "), "{path}: {line}");
        }
    }
    assert!(copies > 10, "{copies}");
}
