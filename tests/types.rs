//! `docs/types.md` says what each field type is in each language and document: here it is asked of the
//! generated files. `TYPES=overwrite cargo test --test types` writes the table anew.

mod support;

use std::fmt::Write;
use std::fs;

use hybridge::catalogue::{Axis, Catalogue};
use hybridge::tree::Tree;
use regex::Regex;
use serde_json::Value;
use support::{render, root};

const BEGIN: &str = "<!-- table of types -->\n\n";
const END: &str = "\n<!-- end of table -->";

/// Each kind of field, as it is written in a blueprint.
const TYPES: [&str; 17] = [
    "string",
    "int",
    "{ type: int, minimum: 0, maximum: 9 }",
    "float",
    "bool",
    "timestamp",
    "uuid",
    "bytes",
    "json",
    "a | b",
    "[string]",
    "[[int]]",
    "{ string: int }",
    "Name",
    "string?",
    "\"[string]?\"",
    "{ type: int, default: 3 }",
];

/// A system with one field of each type, and a gateway for each transport.
fn system(catalogue: &Catalogue) -> Tree {
    let transports: Vec<&str> = catalogue
        .options(Axis::TRANSPORT)
        .map(|module| module.name.as_str())
        .collect();
    let mut text = String::from("hybridge: 1\nname: types\nservices:\n");
    for number in 0..transports.len() {
        writeln!(text, "  gateway{number}: {{ kind: gateway }}").unwrap();
    }
    text.push_str("  unit:\n    kind: worker\n    operations:\n      ask:\n        input:\n");
    for (number, kind) in TYPES.iter().enumerate() {
        writeln!(text, "          field_{number}: {kind}").unwrap();
    }
    text.push_str("    types:\n      Name: { text: string }\nlinks:\n");
    for (number, transport) in transports.iter().enumerate() {
        writeln!(
            text,
            "  - {{ from: gateway{number}, to: unit, via: {transport} }}"
        )
        .unwrap();
    }
    render(&text)
}

fn text<'t>(tree: &'t Tree, path: &str) -> Option<&'t str> {
    Some(std::str::from_utf8(&tree.get(path)?.bytes).unwrap())
}

/// What `pattern` finds for each field, `{}` standing for its number.
fn by_line(text: &str, pattern: &str) -> Vec<String> {
    let cell = |number: usize| {
        let pattern = Regex::new(&pattern.replace("{}", &number.to_string())).unwrap();
        let found = pattern
            .captures(text)
            .unwrap_or_else(|| panic!("{pattern} in\n{text}"));
        found[1].to_owned()
    };
    (0..TYPES.len()).map(cell).collect()
}

/// The JSON Schemas of the fields.
fn schemas(document: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(document).unwrap();
    let input = &document["components"]["schemas"]["AskInput"];
    let required = input["required"].as_array().unwrap();
    let cell = |number: usize| {
        let name = format!("field_{number}");
        let mut schema = input["properties"][&name].clone();
        schema.as_object_mut().unwrap().remove("examples");
        match required.iter().any(|other| other == &name) {
            true => schema.to_string(),
            false => format!("{schema}, not required"),
        }
    };
    (0..TYPES.len()).map(cell).collect()
}

/// The columns of the table: what it is called, and a cell for each type. Documents of transports that are not
/// in the catalogue have none.
fn columns() -> Vec<(&'static str, Vec<String>)> {
    let catalogue = Catalogue::built_in().unwrap();
    let tree = system(catalogue);
    let mut columns = vec![
        (
            "blueprint",
            TYPES
                .iter()
                .map(|kind| kind.trim_matches('"').to_owned())
                .collect(),
        ),
        (
            "TypeScript",
            by_line(
                text(&tree, "services/gateway0/src/services/unit.ts").unwrap(),
                r"\n  (?:field_{})(\??: .*);",
            ),
        ),
        (
            "pydantic",
            by_line(
                text(&tree, "services/unit/src/unit/contract.py").unwrap(),
                r"\n    field_{}: (.*)",
            ),
        ),
        (
            "OpenAPI 3.1, AsyncAPI 3",
            schemas(text(&tree, "contracts/unit.openapi.json").unwrap()),
        ),
    ];
    for (path, file) in &tree {
        if path.starts_with("contracts/") && path.ends_with(".asyncapi.json") {
            let document = std::str::from_utf8(&file.bytes).unwrap();
            assert_eq!(
                schemas(document),
                columns[3].1,
                "{path}: not the same schemas"
            );
        }
    }
    if let Some(document) = text(&tree, "contracts/unit.graphql") {
        let input = document.split("\ninput AskInput").nth(1).unwrap();
        columns.push(("GraphQL", by_line(input, r"\n  field_{}: (.*)")));
    }
    if let Some(document) = text(&tree, "contracts/unit.proto") {
        columns.push(("proto3", by_line(document, r"\n\s*([^\n;]*) field_{} = ")));
    }
    for (_, cells) in &mut columns {
        for cell in cells {
            let shown = cell.strip_prefix(": ").unwrap_or(cell).replace('|', "\\|");
            *cell = format!("`{shown}`");
        }
    }
    columns
}

fn table(columns: &[(&str, Vec<String>)]) -> String {
    let mut out = String::new();
    let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
    writeln!(out, "| {} |", titles.join(" | ")).unwrap();
    writeln!(out, "|{}", " --- |".repeat(columns.len())).unwrap();
    for number in 0..TYPES.len() {
        let cells: Vec<&str> = columns
            .iter()
            .map(|(_, cells)| cells[number].as_str())
            .collect();
        writeln!(out, "| {} |", cells.join(" | ")).unwrap();
    }
    out
}

#[test]
fn the_table_of_types_is_what_is_generated() {
    let path = root().join("docs/types.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (shown, after) = rest.split_once(END).expect("the end of the table");
    let table = table(&columns());
    if std::env::var("TYPES").is_ok_and(|how| how == "overwrite") {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(
            shown, table,
            "`TYPES=overwrite cargo test --test types` writes it anew"
        );
    }
}
