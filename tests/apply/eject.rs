//! `hybridge eject`: no trace of hybridge stands, and what a person wrote does.

use std::fs;

use regex::Regex;
use snapbox::str;

use crate::PAGE;
use crate::support::faults::is_killed_at;
use crate::support::project::Project;
use crate::support::{examples, stdout, trees};

/// What clients read from the network: it stays.
const WIRE: &str = r#"urn:hybridge:problem|x-hybridge|(domain: |_DOMAIN: Final = )"hybridge""#;

/// Every line of the project that speaks of hybridge, names on the wire aside.
fn traces(project: &Project) -> Vec<String> {
    let wire = Regex::new(WIRE).unwrap();
    let mut found = Vec::new();
    for (path, (bytes, _)) in project.all() {
        if path.to_lowercase().contains("hybridge") {
            found.push(path.clone());
        }
        for line in String::from_utf8_lossy(&bytes).lines() {
            if wire
                .replace_all(line, "")
                .to_lowercase()
                .contains("hybridge")
            {
                found.push(format!("{path}: {line}"));
            }
        }
    }
    found
}

#[test]
fn of_no_example_a_trace_stands() {
    for (name, path) in examples() {
        let project = Project::new(&fs::read_to_string(path).unwrap());
        assert!(!traces(&project).is_empty());
        let before = project.files();
        project.run(&["eject", "--allow-dirty"]);
        assert_eq!(traces(&project), Vec::<String>::new(), "{name}");
        assert!(!project.path().join(".hybridge").exists());
        // No file goes but the blueprint, and none comes.
        let mut paths: Vec<String> = before.into_keys().collect();
        paths.retain(|path| path != "hybridge.yaml");
        assert_eq!(
            project.files().into_keys().collect::<Vec<_>>(),
            paths,
            "{name}"
        );
    }
}

#[test]
fn what_a_person_wrote_stays() {
    let project = Project::new(PAGE);
    let readme = project.read("README.md");
    project.write("README.md", &format!("{readme}\nAsk Ann.\n"));
    project.write(
        "Makefile",
        &format!("{}\nmine:\n\t@true\n", project.read("Makefile")),
    );
    project.write("notes.md", "We began with hybridge.\n");
    project.rename("AGENTS.md", "docs/AGENTS.md");
    project.edit(
        "package.json",
        "\"devDependencies\": {",
        "\"devDependencies\": {\n    \"nanoid\": \"^5\",",
    );
    project.commit();
    let plain = Project::new(PAGE);
    plain.run(&["eject", "--allow-dirty"]);
    project.prints(
        0,
        &["eject"],
        str![[r#"
...
  merge    README.md (you and hybridge changed it)
...
  delete   hybridge.yaml (as you asked)
...
You wrote or changed these lines, which still speak of hybridge:
  notes.md:1: We began with hybridge.
done: the project is yours alone

"#]],
    );
    let ejected = |path: &str| plain.read(path);
    assert_eq!(
        project.read("README.md"),
        ejected("README.md") + "\nAsk Ann.\n"
    );
    assert_eq!(
        project.read("Makefile"),
        ejected("Makefile") + "\nmine:\n\t@true\n"
    );
    assert_eq!(
        project.read("package.json"),
        ejected("package.json").replace(
            "\"devDependencies\": {",
            "\"devDependencies\": {\n    \"nanoid\": \"^5\","
        )
    );
    assert_eq!(project.read("docs/AGENTS.md"), ejected("AGENTS.md"));
    assert_eq!(traces(&project), ["notes.md: We began with hybridge."]);
    project.ends(1, &["eject"]);
}

#[test]
fn a_line_about_hybridge_that_a_person_changed_stays_and_is_told() {
    let project = Project::new(PAGE);
    let line = project.read("README.md");
    let line = line
        .lines()
        .find(|line| line.contains("Files are _managed_"))
        .unwrap();
    let mine = format!("{line} Ask Ann.");
    project.edit("README.md", line, &mine);
    let before = project.read("README.md");
    project.prints(
        0,
        &["eject", "--allow-dirty"],
        str![[r#"
...
  delete   hybridge.yaml (as you asked)
...
You wrote or changed these lines, which still speak of hybridge:
...
  README.md:[..]: Files are _managed_ [..] Ask Ann.
done: the project is yours alone

"#]],
    );
    assert_eq!(project.read("README.md"), before);
}

#[test]
fn what_is_not_committed_is_not_taken_away() {
    let project = Project::new(PAGE);
    project.commit();
    let refused = |path: &str, mark: &str| {
        let text = project.read(path);
        project.write(path, &format!("{text}{mark}\n"));
        let before = project.all();
        let expected = format!(
            "error: `{path}` changed since the last commit\nhint: commit it first, so that you can look at what hybridge changes apart from it, or say `--allow-dirty`\n"
        );
        project.prints(1, &["eject"], expected);
        assert_eq!(project.all(), before);
        project.git(&["checkout", "--quiet", "."]);
    };
    refused("README.md", "mine");
    // Also of the blueprint: it goes.
    refused("hybridge.yaml", "# mine");
}

#[test]
fn what_no_commit_has_goes_only_when_that_is_said() {
    let project = Project::new(PAGE);
    let refused = || {
        let before = project.all();
        project.prints(
            1,
            &["eject"],
            str![[r#"
error: `hybridge.yaml` would be deleted, and no commit has it
hint: commit the project first, so that it can be had back, or say `--allow-dirty`

"#]],
        );
        assert_eq!(project.all(), before);
    };
    // Without a repository, and in one that has no commit.
    refused();
    project.git(&["init", "--quiet"]);
    refused();
    project.run(&["eject", "--allow-dirty"]);
    assert!(!project.has("hybridge.yaml"));
}

#[test]
fn a_project_that_is_behind_is_brought_up_to_date_first() {
    let project = Project::new(PAGE);
    project.edit("hybridge.yaml", "limit: int?", "limit: int?, page: int?");
    let before = project.all();
    project.prints(
        1,
        &["eject"],
        str![[r#"
error: the project is not what its blueprint says: 4 files differ
hint: `hybridge apply` makes it so

"#]],
    );
    assert_eq!(project.all(), before);
}

#[test]
fn a_dry_run_shows_it_and_writes_nothing() {
    let project = Project::new(PAGE);
    let before = project.all();
    project.commit();
    let patch = stdout(&project.output(&["eject", "--dry-run"]));
    project.write(".git/eject.patch", &patch);
    project.git(&["apply", "--whitespace=nowarn", ".git/eject.patch"]);
    let plain = Project::new(PAGE);
    plain.run(&["eject", "--allow-dirty"]);
    trees::assert_same(&project.files(), &plain.files());
    project.git(&["reset", "--hard", "--quiet"]);
    let json = project.run(&["eject", "--dry-run", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["changes"]["hybridge.yaml"]["action"], "delete");
    assert_eq!(json["left"], serde_json::json!([]));
    assert_eq!(project.all(), before);
}

#[cfg(unix)]
#[test]
fn killed_at_any_step_the_next_run_finishes_it() {
    let project = Project::new(PAGE);
    let before = project.all();
    project.run(&["eject", "--allow-dirty"]);
    let after = project.all();
    let mut killed = 0;
    for step in (1..).step_by(5) {
        fs::remove_dir_all(project.path()).unwrap();
        trees::lay_out(&project.path(), &before);
        if !is_killed_at(step, &project.path(), &["eject", "--allow-dirty"]) {
            break;
        }
        killed += 1;
        project.run(&["eject", "--allow-dirty"]);
        assert!(project.all() == after, "killed at {step}");
        assert!(!project.has(".hybridge"), "killed at {step}");
    }
    assert!(killed >= 5, "{killed}");
}
