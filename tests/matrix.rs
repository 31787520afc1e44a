//! Every two options stand together in some system, and every file of each such system can be read.

mod support;

use hybridge::catalogue::Catalogue;
use hybridge::workshop::matrix::pages;
use hybridge::workshop::pairwise;
use support::{parse, render};

#[test]
fn every_two_options_make_a_system_that_can_be_read() {
    let pages = pages(Catalogue::built_in().unwrap());
    assert!(pages.len() > 10);
    let mut wrong = Vec::new();
    for blueprint in &pages {
        for (path, file) in render(blueprint) {
            if let Err(why) = parse::check(&path, &file.bytes) {
                wrong.push(format!("{path}: {why}\n{blueprint}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_can_be_read() {
    for (name, path) in support::examples() {
        for (path, file) in render(&std::fs::read_to_string(path).unwrap()) {
            if let Err(why) = parse::check(&path, &file.bytes) {
                panic!("{name}: {path}: {why}");
            }
        }
    }
}

#[test]
fn pairs_are_covered_by_few_rows() {
    let sizes = [5, 5, 5, 3, 6, 2];
    let rows = pairwise::rows(&sizes);
    assert!(rows.len() < 60, "{}", rows.len());
    for left in 0..sizes.len() {
        for right in left + 1..sizes.len() {
            for a in 0..sizes[left] {
                for b in 0..sizes[right] {
                    assert!(rows.iter().any(|row| row[left] == a && row[right] == b));
                }
            }
        }
    }
}
