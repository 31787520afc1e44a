//! Rules that hold for the templates as files.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use hybridge::catalogue::{Axis, Catalogue};
use regex::Regex;

/// Words that are options and also everyday words of code, each with what it means there.
const EVERYDAY: [(&str, &str); 0] = [];

#[test]
fn no_template_names_an_option_of_another_axis() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut found = Vec::new();
    for axis in Axis::ALL {
        for module in catalogue.options(axis) {
            // `none` is an English word, and `gateway` is the component's name everywhere.
            if ["none", "gateway"].contains(&module.name.as_str()) {
                continue;
            }
            let word = Regex::new(&format!(r"(?i)\b{}\b", regex::escape(&module.name))).unwrap();
            let own = format!("{axis}/{}/", module.name);
            for path in catalogue.files().paths() {
                let is_everyday = EVERYDAY.contains(&(module.name.as_str(), path));
                if path.starts_with(&own) || path == "versions.yaml" || is_everyday {
                    continue;
                }
                let text = catalogue.files().text(path).unwrap_or_default();
                for (number, line) in text.lines().enumerate() {
                    if word.is_match(line) {
                        found.push(format!("{path}:{}: `{}`: {}", number + 1, module.name, line.trim()));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_template_file_is_in_the_binary() {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "templates"])
        .current_dir(support::root())
        .output()
        .expect("git runs");
    assert!(listed.status.success(), "{}", support::stderr(&listed));
    let on_disk: BTreeSet<String> = support::stdout(&listed)
        .split('\0')
        .filter_map(|path| path.strip_prefix("templates/"))
        .map(str::to_owned)
        .collect();
    let embedded: BTreeSet<String> = Catalogue::built_in().unwrap().files().paths().map(str::to_owned).collect();
    assert_eq!(on_disk, embedded);
}

#[test]
fn every_option_tells_what_it_is() {
    let catalogue = Catalogue::built_in().unwrap();
    for axis in Axis::ALL {
        let options: Vec<_> = catalogue.options(axis).collect();
        assert!(!options.is_empty(), "{axis} has no option");
        for module in options {
            assert!(!module.label.is_empty() && !module.help.is_empty(), "{}", module.folder());
            assert!(!module.help.ends_with('.'), "{}: helps are phrases", module.folder());
        }
    }
}

#[test]
fn no_template_holds_the_host_of_a_registry_mirror() {
    let catalogue = Catalogue::built_in().unwrap();
    let hosts = Regex::new(r"(?i)(registry=|index-url|extra-index|resolved\x22:|https?://[^/\s]*(artifactory|mirror|proxy))").unwrap();
    for path in catalogue.files().paths() {
        let text = catalogue.files().text(path).unwrap_or_default();
        assert!(!hosts.is_match(text), "{path}");
        assert!(!path.ends_with("package-lock.json") && !path.ends_with("uv.lock"), "{path}");
    }
}
