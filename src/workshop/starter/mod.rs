//! What `hybridge pack new` writes: a small pack that works.

use semver::Version;

/// The files of a new pack, by path.
pub fn files(name: &str) -> Vec<(String, String)> {
    let version = Version::parse(env!("CARGO_PKG_VERSION")).expect("Cargo checks it");
    // Before 1.0 a minor version may change what packs stand on.
    let above = match version.major {
        0 => Version::new(0, version.minor + 1, 0),
        major => Version::new(major + 1, 0, 0),
    };
    let fill = |text: &str| {
        text.replace("@name@", name).replace(
            "@hybridge@",
            &format!(">={}.{}, <{above}", version.major, version.minor),
        )
    };
    [
        ("pack.yaml", include_str!("files/pack.yaml")),
        ("README.md", include_str!("files/README.md")),
        (
            "templates/base/files/docs/@name@.md.hbs",
            include_str!("files/page.md.hbs"),
        ),
        (
            "templates/blocks/readme-header.hbs",
            include_str!("files/readme-header.hbs"),
        ),
        (
            "tests/default/blueprint.yaml",
            include_str!("files/blueprint.yaml"),
        ),
    ]
    .into_iter()
    .map(|(path, text)| (fill(path), fill(text)))
    .collect()
}
