//! Packs without end: each of them comes to one.

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use crate::support::packs::{PACK, folder, refused, render, text, write};

#[test]
fn what_would_never_end_or_fill_the_memory_is_refused() {
    for (files, reason) in [
        // Circles of partials and blocks, which would exhaust the stack.
        (
            vec![
                ("templates/partials/a.hbs", "{{> b}}"),
                ("templates/partials/b.hbs", "{{> a}}"),
            ],
            str![[r#"
pack `acme 1.0.0`: templates/partials/b.hbs:1:1: this includes itself: partials/a.hbs -> partials/b.hbs -> partials/a.hbs
  |
1 | {{> a}}
  | ^
"#]],
        ),
        (
            vec![("templates/partials/a.hbs", "{{> a}}")],
            str![[r#"
pack `acme 1.0.0`: templates/partials/a.hbs:1:1: this includes itself: partials/a.hbs -> partials/a.hbs
  |
1 | {{> a}}
  | ^
"#]],
        ),
        (
            vec![("templates/blocks/a.hbs", "{{#block \"a\"}}{{/block}}")],
            str![[r#"
pack `acme 1.0.0`: templates/blocks/a.hbs:1:1: this includes itself: blocks/a.hbs -> blocks/a.hbs
  |
1 | {{#block "a"}}{{/block}}
  | ^
"#]],
        ),
        (
            vec![(
                "templates/base/files/a.hbs",
                "{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}",
            )],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.hbs:1:1: there are no decorators and inline partials here
  |
1 | {{#*inline "a"}}{{> a}}{{/inline}}{{> a}}
  | ^
"#]],
        ),
        (
            vec![("templates/base/files/a.hbs", "{{#> b}}x{{/b}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.hbs:1:1: a partial takes no block here; a place to fill in is `{{#block "name"}}`
  |
1 | {{#> b}}x{{/b}}
  | ^
"#]],
        ),
    ] {
        let error = refused(&files);
        assert_data_eq!(error, reason);
    }
    // A partial that includes another one a thousand times, and so on.
    let many = |name: &str| format!("{{{{> {name}}}}}").repeat(1000);
    let (a, b) = (many("b"), many("c"));
    let error = refused(&[
        ("templates/partials/a.hbs", a.as_str()),
        ("templates/partials/b.hbs", &b),
        ("templates/partials/c.hbs", "{{system.name}}"),
    ]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/partials/a.hbs:1:344: with all that it includes this has more than 100000 tags, or more than 8 partials inside each other
  |
1 | ...}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> b}}{{> ...
  |                                                ^
"#]]
    );
    // Loops inside each other that write nothing, and ones that write much.
    let nested = |inner: &str| {
        format!(
            "{}{inner}{}",
            "{{#each @root.tools}}".repeat(12),
            "{{/each}}".repeat(12)
        )
    };
    let error = refused(&[("templates/base/files/loop.txt.hbs", nested("").as_str())]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/base/files/loop.txt.hbs:1:232: the loops of this file take more than 2000000 turns
  |
1 | ...}}{{#each @root.tools}}{{#each @root.tools}}{{#each @root.tools}}{{/each}}{{/each}}{{/each...
  |                                                ^
"#]]
    );
    let error = refused(&[(
        "templates/base/files/flood.txt.hbs",
        nested(&"x".repeat(100_000)).as_str(),
    )]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/base/files/flood.txt.hbs:1:253: this file becomes larger than 32 MiB
  |
1 | ...s}}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#]]
    );
    let error = refused(&[(
        "templates/base/files/deep.txt.hbs",
        "{{#if system}}".repeat(401).as_str(),
    )]);
    assert_data_eq!(
        error,
        str![[r#"
pack `acme 1.0.0`: templates/base/files/deep.txt.hbs:1:5601: more than 400 blocks in one template
  |
1 | ...}}{{#if system}}{{#if system}}{{#if system}}{{#if system}}
  |                                                ^
"#]]
    );
    // YAML that grows when it is read.
    let bomb: String = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)
    });
    let in_env = format!("{bomb}env: *a29\n");
    assert_data_eq!(
        refused(&[("templates/base/module.yaml", in_env.as_str())]),
        str![[r#"
pack `acme 1.0.0`: templates/base/module.yaml:1:1: unknown field `a0`, expected one of [..]
  |
1 | a0: &a0 [x, x]
  | ^^
"#]]
    );
    assert_data_eq!(
        refused(&[("pack.yaml", bomb.as_str())]),
        str![[r#"
pack `PACK`: pack.yaml:1:1: missing field `name`
  |
1 | a0: &a0 [x, x]
  | ^^
"#]]
    );
}

#[test]
fn the_deepest_template_that_is_allowed_renders() {
    let folder = folder();
    let deep = format!("{}x{}", "{{#if system}}".repeat(400), "{{/if}}".repeat(400));
    let chain: Vec<(String, String)> = (0..8)
        .map(|n| {
            let inner = if n == 7 {
                "x".to_owned()
            } else {
                format!("{{{{> p{}}}}}", n + 1)
            };
            (
                format!("templates/partials/p{n}.hbs"),
                deep.replace('x', &inner),
            )
        })
        .collect();
    let mut files: Vec<(&str, &str)> = chain
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    files.push(("templates/base/files/deep.txt.hbs", "{{> p0}}"));
    let pack = write(&folder.path().join("acme"), &files);
    let tree = render("name: shop\n", &[&pack]).unwrap();
    assert_eq!(text(&tree, "deep.txt"), "x");
}

#[test]
fn a_pack_is_bounded() {
    let large = "x".repeat(1024 * 1024 + 1);
    assert_data_eq!(
        refused(&[("templates/base/files/a.txt", large.as_str())]),
        str!["pack `PACK`: `templates/base/files/a.txt` is larger than 1024 KiB"]
    );
    let template = "x".repeat(256 * 1024 + 1);
    assert_data_eq!(
        refused(&[("templates/base/files/a.txt.hbs", template.as_str())]),
        str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: this template is larger than 256 KiB
  |
1 | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#]]
    );
    let full = "x".repeat(1024 * 1024);
    let paths: Vec<String> = (0..17)
        .map(|n| format!("templates/base/files/{n}.txt"))
        .collect();
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), full.as_str()))
        .collect();
    assert_data_eq!(
        refused(&files),
        str!["pack `PACK`: it is larger than 16 MiB"]
    );
    let paths: Vec<String> = (0..2001)
        .map(|n| format!("templates/base/files/{n}.txt"))
        .collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
    assert_data_eq!(
        refused(&files),
        str!["pack `PACK`: it has more than 2000 files"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever a template says, rendering ends, and no file lies outside.
    #[test]
    fn any_template_ends_in_a_tree_or_an_error(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{{", "}}", "{{{{", "}}}}", "{{#", "{{/", "{{>", "{{#>", "{{#*", "{{else}}", "{{^", "(", ")", "\"", "'", "[", "]", "\\",
            "each ", "if ", "with ", "block \"a\"", "system", "gateways", "services", "this", "../", "@root", "@index", " ", "\n", "x", "~", "!--",
            "{{#each services}}", "{{/each}}", "{{#if system}}", "{{/if}}", "{{system.name}}", "{{#with system}}", "{{/with}}",
            "{{{{raw}}}}", "{{{{/raw}}}}", "{{json this}}", "{{lookup this \"name\"}}", "{{> a}}",
        ]), 0..40),
        name in "[a-z_.~A-Z/\\\\: ]{1,12}",
    ) {
        let folder = folder();
        let template = pieces.concat();
        let path = format!("templates/base/files/{}.hbs", name.replace(['/', '\\'], "-"));
        let pack = write(&folder.path().join("acme"), &[("templates/partials/a.hbs", "{{system.name}}"), (&path, &template)]);
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            for path in tree.keys() {
                prop_assert!(!path.starts_with('/') && !path.split('/').any(|it| matches!(it, ".." | "." | "" | ".git")), "{path}");
            }
        }
    }

    /// Whatever `pack.yaml` says, it is a pack or an error.
    #[test]
    fn any_pack_yaml_is_read(text in "[a-z:{}\\[\\]\"'&*!|>\n -]{0,200}") {
        let _ = hybridge::pack::manifest::PackManifest::read(&text, "x");
        let _ = hybridge::pack::manifest::PackManifest::read(&format!("{PACK}{text}"), "x");
    }
}
