//! What a module's folders and its `module.yaml` do for the components that it is part of.
//!
//! Each test adds a transport `post` of its own to the built-in modules.

#[path = "../support/mod.rs"]
mod support;

mod capabilities;
mod containers;
mod documents;

use hybridge::catalogue::Catalogue;
use hybridge::tree::Tree;
use support::catalogue_with;

const BLUEPRINT: &str = "hybridge: 1\nname: office\nservices:\n  gateway: { kind: gateway }\n  \
                         clerk: { kind: worker }\nlinks:\n  - { from: gateway, to: clerk, via: post }\n";

/// The built-in modules and a transport with this `module.yaml`, beside these files.
fn with_post(manifest: &str, files: &[(&str, &str)]) -> Catalogue {
    let manifest = format!("label: Post\nhelp: By letter\n{manifest}");
    let mut all = vec![
        ("transport/post/module.yaml", manifest.as_str()),
        (
            "transport/post/node/package/src/transports/post.ts",
            "export {};\n",
        ),
    ];
    all.extend_from_slice(files);
    catalogue_with(&all)
}

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    let file = tree
        .get(path)
        .unwrap_or_else(|| panic!("no {path} among {:#?}", tree.keys()));
    std::str::from_utf8(&file.bytes).unwrap()
}
