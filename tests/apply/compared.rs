//! `docs/compared.md`: its tables are what `tests/compare/copier.py` wrote last, and the tests that there are.

use std::fs;

use regex::Regex;
use serde_json::Value;

use crate::support::root;

const PAGE: &str = "docs/compared.md";
/// The last line that a person writes; the table follows.
const MARK: &str = "writes it anew. -->\n";

#[test]
fn the_table_is_what_the_script_wrote_last() {
    let results = fs::read_to_string(root().join("tests/compare/copier.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    let rows = results["rows"].as_array().unwrap();
    let copier = results["copier"].as_str().unwrap();
    let mut table = format!("\n| case | copier {copier} | hybridge |\n| --- | --- | --- |\n");
    for row in rows {
        let case = row["case"].as_str().unwrap();
        assert_eq!(row["hybridge"].as_array().unwrap().len(), 0, "{case}");
        let [copier, hybridge] = ["copier", "hybridge"].map(|tool| outcome(&row[tool]));
        table.push_str(&format!("| {case} | {copier} | {hybridge} |\n"));
    }
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let (text, there) = page.split_once(MARK).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(PAGE), format!("{text}{MARK}{table}")).unwrap();
        return;
    }
    assert_eq!(
        there, table,
        "`UPDATE=1 cargo test --test apply compared` writes it anew"
    );
}

#[test]
fn what_others_are_known_for_is_a_test_each() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let named = Regex::new(r"(?m)\| `([a-z_]+)` \|$").unwrap();
    let named: Vec<&str> = named
        .captures_iter(&page)
        .map(|it| it.extract::<1>().1[0])
        .collect();
    let tests = Regex::new(r"#\[test\]\nfn ([a-z_]+)\(").unwrap();
    let tests: Vec<&str> = tests
        .captures_iter(include_str!("others.rs"))
        .map(|it| it.extract::<1>().1[0])
        .collect();
    assert_eq!(named, tests);
}

/// What went wrong; nothing is what one expects.
fn outcome(problems: &Value) -> String {
    let problems = problems.as_array().unwrap().iter();
    let problems: Vec<&str> = problems.map(|it| it.as_str().unwrap()).collect();
    match problems.is_empty() {
        true => "as expected".into(),
        false => problems.join("; "),
    }
}
