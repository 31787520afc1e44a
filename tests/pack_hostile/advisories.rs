//! What was found in copier, which makes projects of templates too, played against packs: the eight advisories
//! that are known of it, and every line under "Security" of its change log from 9.9.1 (August 2025) to 9.19.1
//! (October 2026), by the version that mended it.

mod links;
mod places;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{PACK, folder, refused, render, text, write};

/// 9.9.1, GHSA-3xw7-v6cj-5q8h (CVE-2025-55201), and "sandbox escape through path and settings objects" (9.17.1): what
/// a template sees has methods that read and write files. Here it is plain data, and helpers make texts.
#[test]
fn a_template_sees_plain_data_and_no_way_to_a_file() {
    for template in [
        "{{system.name.read_text}}",
        "{{system.__class__}}",
        "{{lookup system \"constructor\"}}",
        "{{system.name.constructor}}",
        "{{read \"/etc/passwd\"}}",
        "{{include \"/etc/passwd\"}}",
        "{{env \"HOME\"}}",
        "{{packs.acme.__proto__}}",
    ] {
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[("templates/base/files/a.txt.hbs", template)],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            assert_eq!(text(&tree, "a.txt").trim(), "", "{template}");
        }
    }
}

/// 9.9.1, GHSA-p7q8-grrj-3m8w (CVE-2025-55214): the rendered name of a file is `..` or absolute. Names are not
/// templates here; what an answer says stays inside of files.
#[test]
fn a_name_of_a_file_is_no_template() {
    for path in [
        "templates/base/files/{{system.name}}.txt",
        "templates/base/files/{{packs.acme.way}}/x.txt",
        "templates/base/files/__way__/x.txt",
        "templates/base/files/${way}.txt",
    ] {
        let page = format!(
            "{PACK}prompts: {{ way: {{ type: text, ask: Way, default: ../../outside }} }}\n"
        );
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[("pack.yaml", &page), (path, "x")],
        );
        let tree = render("name: shop\n", &[&pack]).unwrap();
        let name = path.strip_prefix("templates/base/files/").unwrap();
        assert_eq!(text(&tree, name), "x");
        assert!(tree.keys().all(|path| !path.contains("outside")));
    }
}

/// "code execution via Jinja finalizer by disallowing YAML tags" (9.17.1), and "disallow config `!include` paths outside
/// the template root" (9.17.2): a tag in the template's YAML makes an object, or reads a file. Here a tag makes nothing
/// but an error, or the plain value behind it.
#[test]
fn a_tag_in_yaml_makes_nothing() {
    for tag in [
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system ''",
        "!include /etc/passwd",
        "!include ../secret.yaml",
        "!env HOME",
    ] {
        let page =
            format!("{PACK}prompts: {{ way: {{ type: text, ask: Way, default: {tag} }} }}\n");
        let folder = folder();
        let pack = write(
            &folder.path().join("acme"),
            &[
                ("pack.yaml", &page),
                ("templates/base/files/a.txt.hbs", "{{packs.acme.way}}"),
            ],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            let text = text(&tree, "a.txt");
            assert!(
                ["", "/etc/passwd", "../secret.yaml", "HOME"].contains(&text.trim()),
                "{tag}: {text}"
            );
        }
    }
}

/// 9.14.1, GHSA-hgjq-p8cr-gg4h (CVE-2026-34730): data files are read from `..` and absolute paths that the template names. A pack
/// names no file to read; what looks like it is an unknown key or an unknown partial.
#[test]
fn a_pack_names_no_file_to_read() {
    for (files, reason) in [
        (
            &[(
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nexternal_data: { a: ../../secret.yaml }\n",
            )][..],
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `external_data`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`, `moved`
  |
4 | external_data: { a: ../../secret.yaml }
  | ^^^^^^^^^^^^^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> ../../../secret}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: there is no partial `partials/../../../secret.hbs`
  |
1 | {{> ../../../secret}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> /etc/passwd}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: there is no partial `partials//etc/passwd.hbs`
  |
1 | {{> /etc/passwd}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> [/etc/passwd]}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a partial is named by a plain word, nothing computed
  |
1 | {{> [/etc/passwd]}}
  | ^
"#]],
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> (lookup . \"x\")}}")],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a partial is named by a plain word, nothing computed
  |
1 | {{> (lookup . "x")}}
  | ^
"#]],
        ),
        (
            &[(
                "templates/base/files/a.txt.hbs",
                "{{#block \"../x\"}}{{/block}}",
            )],
            str![[r#"
pack `acme 1.0.0`: templates/base/files/a.txt.hbs:1:1: a block is named by a literal: `{{#block "name"}}`
  |
1 | {{#block "../x"}}{{/block}}
  | ^
"#]],
        ),
    ] {
        assert_data_eq!(refused(files), reason);
    }
}

/// 9.14.1, GHSA-85v3-4m8g-hrh6 (CVE-2026-34726): the template moves its own root to `..`. A pack has one root.
#[test]
fn a_pack_does_not_choose_its_root() {
    for (key, reason) in [
        (
            "subdirectory: ..",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `subdirectory`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`, `moved`
  |
4 | subdirectory: ..
  | ^^^^^^^^^^^^
"#]],
        ),
        (
            "templates: /etc",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `templates`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`, `moved`
  |
4 | templates: /etc
  | ^^^^^^^^^
"#]],
        ),
        (
            "root: ../..",
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `root`, expected one of `name`, `version`, `hybridge`, `description`, `prompts`, `remove`, `moved`
  |
4 | root: ../..
  | ^^^^
"#]],
        ),
    ] {
        let error = refused(&[("pack.yaml", &format!("{PACK}{key}\n"))]);
        assert_data_eq!(error, reason);
    }
}
