//! The tutorial is run, and the reference is what the code says.
//!
//! `UPDATE=1 cargo test --test packs_docs` writes the reference and the table of codes anew.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use heck::ToSnakeCase;
use hybridge::catalogue::{Axis, Catalogue};
use hybridge::template::module::Side;
use hybridge::workshop::check::all_blocks;
use regex::Regex;
use support::{root, stderr, stdout};

#[test]
fn every_command_of_the_tutorial_runs_in_its_order() {
    let text = fs::read_to_string(root().join("docs/packs.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("$ hybridge "))
        .collect();
    assert!(commands.len() > 8);
    for command in commands {
        let words = shell_words::split(command).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = support::command(folder.path(), &words);
        let output = command
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{words:?}\n{}{}",
            stdout(&output),
            stderr(&output)
        );
    }
}

#[test]
fn the_yaml_of_the_tutorial_is_a_pack() {
    let text = fs::read_to_string(root().join("docs/packs.md")).unwrap();
    let blocks: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let of = |key: &str| *blocks.iter().find(|block| block.starts_with(key)).unwrap();
    let page = format!(
        "name: house\nversion: 1.0.0\nhybridge: '*'\n{}",
        of("prompts:").replace(
            "prompts:\n",
            "prompts:\n  ci: { type: choice, ask: CI, choices: [github, none] }\n"
        ) + of("remove:")
            + of("moved:")
    );
    hybridge::pack::manifest::PackManifest::read(&page, "tutorial")
        .unwrap_or_else(|error| panic!("{error}\n{page}"));
    serde_yaml::from_str::<hybridge::template::module::Manifest>(of("env:")).unwrap();
}

#[test]
fn the_reference_is_what_the_code_says() {
    let path = root().join("docs/packs-reference.md");
    let now = reference();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == now,
        "docs/packs-reference.md is stale: UPDATE=1 cargo test --test packs_docs"
    );
}

/// What `hybridge check --json` calls a mistake; below it, up to the next heading, what the code says.
const CODES: &str = "\n| code | of a blueprint |\n| --- | --- |\n";

#[test]
fn the_codes_of_mistakes_are_those_of_the_code() {
    let path = root().join("docs/blueprint.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(CODES).expect("a table of codes");
    let (written, after) = rest.split_once("\n## ").expect("a heading below it");
    let now = codes();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{CODES}{now}\n## {after}")).unwrap();
        return;
    }
    assert_eq!(written, now, "UPDATE=1 cargo test --test packs_docs");
}

fn codes() -> String {
    let mut out = rows("document/mistake/mod.rs");
    let _ = writeln!(
        out,
        "\nWhat keeps a command from its work otherwise has the code of its error: {}.",
        words("error.rs").join(", ")
    );
    let _ = writeln!(
        out,
        "\n`hybridge pack check --json` has these beside them: {}.",
        words("workshop/finding.rs").join(", ")
    );
    out.push_str(
        "\n`hybridge doctor --json` prints `{\"checks\": [...]}`: of each its `name`, what is `fine`, and `findings` \
         with `severity` (`error` or `warning`), `code`, the `source` where it is a file, `what` is wrong and what is \
         to `mend` it:\n\n| code | of a machine or project |\n| --- | --- |\n",
    );
    out + &rows("doctor/finding.rs")
}

/// The variants of `Code` in a file, with what is said of each.
fn rows(path: &str) -> String {
    let text = source(path);
    let (_, variants) = text.split_once("pub enum Code {\n").unwrap();
    let (variants, _) = variants.split_once("\n}").unwrap();
    let variant = Regex::new(r"((?: {4}/// .*\n)*) {4}(\w+),").unwrap();
    let mut out = String::new();
    for found in variant.captures_iter(variants) {
        let name = found[2].to_snake_case();
        let _ = writeln!(out, "| `{name}` | {} |", comment(&found[1]));
    }
    out
}

/// The words that `code` of a file has for what is not a mistake of a blueprint.
fn words(path: &str) -> Vec<String> {
    let text = source(path);
    let (_, body) = text.split_once("pub fn code(&self)").unwrap();
    let (body, _) = body.split_once("\n    }\n").unwrap();
    let word = Regex::new("\"([a-z_]+)\"").unwrap();
    let words = word.captures_iter(body).map(|it| format!("`{}`", &it[1]));
    words.filter(|it| it != "`blueprint`").collect()
}

fn source(path: &str) -> String {
    fs::read_to_string(root().join("src").join(path)).unwrap()
}

/// Where views stand.
const VIEWS: [&str; 4] = [
    "plan/view.rs",
    "plan/view/runtime.rs",
    "plan/view/container.rs",
    "plan/view/contract.rs",
];

/// A field of a struct: name, type, what its comment says.
struct Field(String, String, String);

/// The public structs of a source file, in its order, with their comments and fields.
fn structs(path: &str) -> Vec<(String, String, Vec<Field>)> {
    let text = source(path);
    let begin = Regex::new(r"(?m)((?:^/// .*\n)*)(?:^#\[.*\n)*^pub struct (\w+) \{\n((?s:.*?))^\}")
        .unwrap();
    let field =
        Regex::new(r"(?m)((?:^ {4}/// .*\n)*)((?:^ {4}#\[.*\n)*)^ {4}pub (\w+): (.+),$").unwrap();
    let renamed = Regex::new(r#"rename = "(\w+)""#).unwrap();
    begin
        .captures_iter(&text)
        .map(|found| {
            let fields = field.captures_iter(&found[3]).map(|it| {
                let name = renamed
                    .captures(&it[2])
                    .map_or_else(|| it[3].to_owned(), |name| name[1].to_owned());
                Field(name, plain_type(&it[4]), comment(&it[1]))
            });
            (found[2].to_owned(), comment(&found[1]), fields.collect())
        })
        .collect()
}

fn comment(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.trim().trim_start_matches("///").trim());
    lines.collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A Rust type in the words of a page.
fn plain_type(text: &str) -> String {
    let mut plain = text.to_owned();
    for (rust, word) in [
        (r"^Option<(.+)>$", "$1, or absent"),
        (r"^Vec<(.+)>$", "list of $1"),
        (r"^(?:BTreeMap|IndexMap)<String, (.+)>$", "mapping to $1"),
        (r"\b(?:String|&'static str)\b", "text"),
        (r"\bbool\b", "true or false"),
        (r"\b(?:u16|u32|u64|usize|f64)\b", "number"),
        (r"\bValue\b", "any value"),
    ] {
        plain = Regex::new(rust)
            .unwrap()
            .replace_all(&plain, word)
            .into_owned();
    }
    plain
}

fn tables(out: &mut String, path: &str, names: &[&str], key: &str) {
    let all = structs(path);
    for name in names {
        let (_, about, fields) = all
            .iter()
            .find(|(known, ..)| known == name)
            .unwrap_or_else(|| panic!("{path}: no struct {name}"));
        let _ = write!(
            out,
            "\n### {name}\n\n{about}\n\n| {key} | is | |\n| --- | --- | --- |\n"
        );
        for Field(field, kind, about) in fields {
            match (*name, field.as_str()) {
                ("GatewayView", "choices") => rows_of_choices(out),
                _ => _ = writeln!(out, "| `{field}` | {kind} | {about} |"),
            }
        }
    }
}

/// What a gateway chose, each axis under its own name.
fn rows_of_choices(out: &mut String) {
    for axis in Axis::choices(Side::Gateway) {
        let kind = match axis.is_many() {
            true => "list of Named",
            false => "text",
        };
        let about = axis.about();
        let _ = writeln!(out, "| `{axis}` | {kind} | {about} |");
        let about = "That brings a package to the project.";
        let _ = writeln!(out, "| `has_{axis}` | true or false | {about} |");
    }
}

fn reference() -> String {
    let mut out = String::from(
        "# Packs: reference\n\nMade from the code by `UPDATE=1 cargo test --test packs_docs`; do not edit. How to make a pack\nstands in [packs.md](packs.md).\n\n## `pack.yaml`\n",
    );
    tables(
        &mut out,
        "pack/manifest.rs",
        &["PackManifest", "RemoveWhen"],
        "key",
    );
    tables(
        &mut out,
        "question/prompt.rs",
        &["Prompt", "Explained"],
        "key",
    );
    out.push_str("\n## `module.yaml`: contributions\n\nWhat a pack says of a module that is there already is merged: lists grow, an item with the same `name` is replaced, a\ntext replaces a text. `lock` is hybridge's own. Where a pack sets `versions.yaml`: `images`, `actions`, `npm`\nand `pypi`.\n");
    let manifest = structs("template/module.rs");
    let names: Vec<&str> = manifest.iter().map(|(name, ..)| name.as_str()).collect();
    tables(&mut out, "template/module.rs", &names, "key");

    out.push_str("\n## Variables\n\nWhat templates see, by the view; no value is ever null. Every template sees `CommonView` and `packs.<pack>.<key>`, those\nof gateways also `gateway` (GatewayView), those of Python services `service` (ServiceView), those of the project\n`gateways`, `services`, `node_packages`, `python_packages` (PackageView), `env.settings`, `env.secrets`, `containers` and `volumes`.\n");
    for path in VIEWS {
        let views = structs(path);
        let names: Vec<&str> = views.iter().map(|(name, ..)| name.as_str()).collect();
        tables(&mut out, path, &names, "name");
    }

    out.push_str("\n## Helpers\n\nEvery text that comes from a blueprint goes through one of these. Beside them: Handlebars' own `if`, `unless`, `each`,\n`with`, `lookup`, `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `and`, `or`, `not`, `len`, and `{{#block \"name\"}}`.\n\n| helper | takes | |\n| --- | --- | --- |\n");
    let helper = Regex::new(r"(?m)^ {4}// (.+)\n {4}handlebars_helper!\((\w+): \|(.+?)\|").unwrap();
    let text = source("render/helpers.rs");
    let helpers: BTreeMap<String, (String, String)> = helper
        .captures_iter(&text)
        .map(|it| (it[2].to_owned(), (it[3].to_owned(), it[1].to_owned())))
        .collect();
    assert_eq!(
        helpers.len(),
        text.matches("handlebars_helper!(").count(),
        "a helper has no comment"
    );
    for (name, (takes, about)) in helpers {
        let _ = writeln!(out, "| `{name}` | `{takes}` | {about} |");
    }

    let catalogue = Catalogue::built_in().unwrap();
    out.push_str("\n## Blocks\n\n`templates/blocks/<name>.hbs` fills the place; `{{default}}` in it is what stands there otherwise.\n\n| block | in |\n| --- | --- |\n");
    for name in all_blocks(catalogue.files()) {
        let begin = format!("{{{{#block \"{name}\"}}}}");
        let holds = |path: &&str| {
            catalogue
                .files()
                .text(path)
                .is_some_and(|text| text.contains(&begin))
        };
        let places: Vec<String> = catalogue
            .files()
            .paths()
            .filter(holds)
            .map(|path| format!("`{path}`"))
            .collect();
        let places = if places.is_empty() {
            "the head of every Python, TypeScript and JavaScript file, as a comment".to_owned()
        } else {
            places.join(", ")
        };
        let _ = writeln!(out, "| `{name}` | {places} |");
    }

    out.push_str("\n## Partials\n\n`templates/partials/<name>.hbs` is `{{> name}}`.\n\n");
    for (path, _) in catalogue.files().below("partials/") {
        let _ = writeln!(out, "- `{path}`");
    }

    out.push_str("\n## Limits\n\n| limit | of |\n| ---: | --- |\n");
    let limit = Regex::new(r"(?m)((?:^/// .*\n)+)^pub const \w+: [\w:]+ = (.+);$").unwrap();
    for found in limit.captures_iter(&source("template/limits.rs")) {
        let value = found[2]
            .replace(" * 1024 * 1024 * 1024", " GiB")
            .replace(" * 1024 * 1024", " MiB")
            .replace("1024 * 1024 * 1024", "1 GiB")
            .replace("1024 * 1024", "1 MiB")
            .replace(" * 1024", " KiB")
            .replace('_', " ");
        let value = value
            .replace("std::time::Duration::from secs(", "")
            .replace(')', " s");
        let _ = writeln!(out, "| {value} | {} |", comment(&found[1]));
    }
    out
}
