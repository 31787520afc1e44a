//! The table of `docs/compared.md` is what `tests/compare/copier.py` wrote last.

use std::fs;

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

/// What went wrong; nothing is what one expects.
fn outcome(problems: &Value) -> String {
    let problems = problems.as_array().unwrap().iter();
    let problems: Vec<&str> = problems.map(|it| it.as_str().unwrap()).collect();
    match problems.is_empty() {
        true => "as expected".into(),
        false => problems.join("; "),
    }
}
