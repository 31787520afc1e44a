//! A service that has another name takes its files and what was edited in them along.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use snapbox::str;

use crate::PAGE;
use crate::support::project::Project;
use crate::support::{stdout, trees};

#[test]
fn what_a_person_has_in_the_folder_of_a_renamed_service_stays_and_is_told() {
    let project = Project::new(PAGE);
    project.write("services/books/own.py", "mine\n");
    project.prints(
        0,
        &["rename", "books", "library", "--allow-breaking"],
        str![[r#"
...
note: `services/books` still has files that hybridge did not write: move them to `services/library`
...
"#]],
    );
    assert_eq!(project.read("services/books/own.py"), "mine\n");
}

/// Renames a service, which moves and updates files and does nothing else to them. What is done, by path.
fn rename(project: &Project, from: &str, to: &str) -> Map<String, Value> {
    let words = ["rename", from, to, "--allow-breaking", "--json"];
    let said = stdout(&project.output(&words));
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}\n{said}"));
    let mut changes = said["changes"].as_object().unwrap().clone();
    // A path from which a file is moved is one that goes, because of that.
    let is_aside = |change: &Value| match change["reason"].as_str() {
        Some("same" | "record") => true,
        Some("renamed") => change["action"] == "delete",
        _ => false,
    };
    changes.retain(|_, change| !is_aside(change));
    let actions: BTreeSet<_> = changes.values().map(|it| it["action"].as_str()).collect();
    assert_eq!(
        actions,
        BTreeSet::from(["move", "update"].map(Some)),
        "{changes:#?}"
    );
    changes
}

#[test]
fn a_service_that_is_renamed_takes_its_files_and_edits_along() {
    let project = Project::new(PAGE);
    let handler = project.read(crate::HANDLER);
    project.write(crate::HANDLER, &format!("{handler}\n# mine\n"));
    project.edit(
        "services/books/pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n    \"httpx>=0.28,<1\",\n",
    );
    rename(&project, "books", "library");
    project.assert_settled();
    let fresh = Project::new(&project.read("hybridge.yaml"));
    let moved = "services/library/src/library/handlers/find.py";
    fresh.write(moved, &format!("{}\n# mine\n", fresh.read(moved)));
    fresh.edit(
        "services/library/pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n    \"httpx>=0.28,<1\",\n",
    );
    trees::assert_same(&project.files(), &fresh.files());
}

/// Names of which the folder, the package and the identifier are the same, or not.
#[test]
fn a_service_is_renamed_between_names_that_its_package_does_and_does_not_share() {
    for (from, to, package) in [
        ("books", "books-2", "books_2"),
        ("books", "bo-oks", "bo_oks"),
        ("old-books", "books", "books"),
        ("old-books", "new-books", "new_books"),
    ] {
        let project = Project::new(&PAGE.replace("books", from));
        let handler = |service: &str, package: &str| {
            format!("services/{service}/src/{package}/handlers/find.py")
        };
        let (was, is) = (handler(from, &from.replace('-', "_")), handler(to, package));
        let text = project.read(&was);
        project.write(&was, &format!("{text}\n# mine\n"));
        let changes = rename(&project, from, to);
        assert_eq!(changes[&is]["from"], was.as_str());
        let fresh = Project::new(&project.read("hybridge.yaml"));
        fresh.write(&is, &format!("{}\n# mine\n", fresh.read(&is)));
        trees::assert_same(&project.files(), &fresh.files());
        assert!(!project.has(&format!("services/{from}")));
        project.assert_settled();
    }
}
