//! What apply makes of a project: what a fresh `new` would be, and what the person wrote.

use std::fs;

use snapbox::str;

use crate::support::project::Project;
use crate::support::scratch::Scratch;
use crate::support::{hybridge, parse, stderr, trees};
use crate::{HANDLER, PAGE};

#[test]
fn nothing_is_written_where_nothing_is_new() {
    let project = Project::new(PAGE);
    project.assert_settled();
    // A comment on the page is no change of the system.
    project.edit("hybridge.yaml", "# slow", "# slower");
    project.assert_settled();
}

#[test]
fn where_nobody_edited_the_result_is_what_new_would_lay_out() {
    let project = Project::new(PAGE);
    let mut page = PAGE.to_owned();
    for (from, to) in [
        ("via: rest", "via: grpc"),
        ("via: grpc", "via: rabbitmq"),
        (
            "\n# Who asks",
            "  trends: { kind: analytics }\n\n# Who asks",
        ),
        (
            "} # slow",
            "} # slow\n  - { from: edge, to: trends, via: kafka }",
        ),
        ("limit: int?", "limit: int?, genre: string?"),
        ("# Who asks", "targets: [compose, kubernetes]\n\n# Who asks"),
        ("  trends: { kind: analytics }\n", ""),
        ("\n  - { from: edge, to: trends, via: kafka }", ""),
        ("via: rabbitmq", "via: graphql"),
    ] {
        page = page.replace(from, to);
        project.write("hybridge.yaml", &page);
        if page.contains("  trends:") == page.contains("to: trends") {
            project.ends(1, &["apply", "--check"]);
            project.run(&["apply", "--allow-breaking"]);
            project.assert_settled();
            trees::assert_same(&project.files(), &Project::new(&page).files());
        }
    }
}

#[test]
fn every_line_that_a_person_wrote_is_there_after_each_switch_of_the_transport() {
    let project = Project::new(PAGE);
    let body = "    return FindOutput(found=[payload.title, \"mine\"])\n";
    let handler = project.read(HANDLER);
    let raise = handler.rfind("    raise").unwrap();
    project.write(HANDLER, &format!("{}{body}", &handler[..raise]));
    project.edit(
        "compose.yaml",
        "services:\n",
        "services:\n  mailhog: # for tests\n    image: mailhog/mailhog:v1.0.1\n\n",
    );
    project.edit(
        "services/books/pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n    \"httpx>=0.28,<1\", # ours\n",
    );
    project.edit(
        "services/edge/package.json",
        "\"dependencies\": {\n",
        "\"dependencies\": {\n    \"zod\": \"^4.0.0\",\n",
    );
    project.edit(
        "README.md",
        "## Run it\n",
        "Ours: call Ada first.\n\n## Run it\n",
    );
    project.edit(
        ".gitignore",
        "node_modules/\n",
        "node_modules/\n/scratch/\n",
    );
    project.edit(
        "Makefile",
        ".DEFAULT_GOAL := help\n",
        ".DEFAULT_GOAL := help\nOURS := 1\n",
    );
    project.write("services/books/src/books/shelves.py", "SHELVES = 3\n");
    project.write(".env", "SECRET=1\n");
    let env = project.read(".env.example");
    project.write(".env.example", &format!("{env}\n# Ours\n# OURS=1\n"));
    for via in from_each_to_each_other() {
        project.run(&["set", "links.books.via", via]);
        for (path, line) in [
            (HANDLER, body),
            (
                "compose.yaml",
                "  mailhog: # for tests\n    image: mailhog/mailhog:v1.0.1\n",
            ),
            (
                "services/books/pyproject.toml",
                "    \"httpx>=0.28,<1\", # ours\n",
            ),
            ("services/edge/package.json", "    \"zod\": \"^4.0.0\",\n"),
            ("README.md", "\nOurs: call Ada first.\n"),
            (".gitignore", "\n/scratch/\n"),
            ("Makefile", "\nOURS := 1\n"),
            (".env.example", "\n# Ours\n# OURS=1\n"),
            ("services/books/src/books/shelves.py", "SHELVES = 3\n"),
            (".env", "SECRET=1\n"),
        ] {
            let text = project.read(path);
            assert!(text.contains(line), "{via}: {line} in {path}\n{text}");
        }
        project.run(&["apply", "--check"]);
        for (path, (bytes, _)) in project.files() {
            parse::check(&path, &bytes).unwrap_or_else(|error| panic!("{via}: {path}: {error}"));
        }
    }
    project.assert_settled();
}

/// Beginning and ending at the first: each step of 1, 2, 3 and 4 leads around all five, and each pair is one such step.
fn from_each_to_each_other() -> impl Iterator<Item = &'static str> {
    const ALL: [&str; 5] = ["rest", "grpc", "rabbitmq", "graphql", "kafka"];
    let steps = (1..ALL.len()).flat_map(|step| [step; ALL.len()]);
    steps.scan(0, |at, step| {
        *at = (*at + step) % ALL.len();
        Some(ALL[*at])
    })
}

#[test]
fn the_project_is_found_from_a_folder_in_it_or_named() {
    let project = Project::new(PAGE);
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    let inside = project.path().join("services/books/src");
    let output = hybridge(&inside, &["apply", "--check"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let outside = Scratch::new();
    outside
        .run(&["apply"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `.` is not a project of hybridge: it has no `.hybridge/state.json`

"#]]);
    let folder = inside.to_string_lossy().into_owned();
    let output = hybridge(outside.path(), &["apply", "--into", &folder]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(project.has("contracts/books.proto"));
}

#[test]
fn ports_stay_when_a_service_comes_before() {
    let project = Project::new(PAGE);
    let before = project.read("services/books/src/books/settings.py");
    project.run(&["add", "service", "early:worker"]);
    assert_eq!(project.read("services/books/src/books/settings.py"), before);
    assert!(project.has("services/early/pyproject.toml"));
}

#[test]
fn what_is_wrong_with_the_page_is_told_with_its_place_and_nothing_is_written() {
    let project = Project::new(PAGE);
    project.edit("hybridge.yaml", "via: rest", "via: grcp");
    let before = project.all();
    project.prints(
        1,
        &["apply"],
        str![[r#"
error: hybridge.yaml:17:35: unknown transport `grcp`
   |
17 |   - { from: edge, to: books, via: grcp } # slow
   |                                   ^^^^
hint: did you mean `grpc`?

"#]],
    );
    assert_eq!(project.all(), before);
}

#[test]
fn a_project_of_a_newer_hybridge_is_not_taken_back() {
    let project = Project::new(PAGE);
    let version = format!("\"hybridge\": \"{}\"", env!("CARGO_PKG_VERSION"));
    project.edit(".hybridge/state.json", &version, "\"hybridge\": \"99.0.0\"");
    project.prints(
        1,
        &["apply"],
        str![[r#"
error: this project was written by hybridge 99.0.0, and this is [VERSION]
hint: install hybridge 99.0.0 or a newer one: `cargo install hybridge`

"#]],
    );
}

#[test]
fn a_checkout_with_the_ends_of_lines_of_windows_is_no_edit_and_keeps_them() {
    let project = Project::new(PAGE);
    let crlf = |path: &str| {
        let text = project.read(path);
        project.write(path, &text.replace('\n', "\r\n"));
    };
    let all: Vec<String> = project.files().into_keys().collect();
    for path in &all {
        if std::str::from_utf8(&fs::read(project.path().join(path)).unwrap()).is_ok() {
            crlf(path);
        }
    }
    project.run(&["apply", "--check"]);
    project.edit("README.md", "## Run it\r\n", "Ours.\r\n\r\n## Run it\r\n");
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    project.run(&["apply"]);
    for path in [
        "README.md",
        "compose.yaml",
        "services/books/pyproject.toml",
        "Makefile",
        "hybridge.yaml",
    ] {
        let text = project.read(path);
        assert!(!text.replace("\r\n", "").contains('\n'), "{path} is mixed");
    }
    let fresh = Project::new(&project.read("hybridge.yaml").replace("\r\n", "\n"));
    fresh.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    let expected = fresh.read("README.md").replace('\n', "\r\n");
    assert_eq!(project.read("README.md"), expected);
    project.assert_settled();
}

/// An editor that ends the lines it writes as Windows does.
#[test]
fn a_file_whose_ends_of_lines_are_mixed_keeps_each_and_is_not_written_without_a_change() {
    let project = Project::new(PAGE);
    // One that the switch changes and that nobody edited, one that it changes and somebody edited, and one that stays.
    let mixed = |from: &str, path: &str| {
        let text = project.read(path);
        project.write(path, &text.replacen(from, &from.replace('\n', "\r\n"), 1));
    };
    mixed("services:\n", "compose.yaml");
    mixed("[project]\n", "services/books/pyproject.toml");
    mixed("## Run it\n", "README.md");
    project.edit("README.md", "## Run it\r\n", "Ours.\r\n\r\n## Run it\r\n");
    mixed("{\n", "biome.json");
    project.assert_settled();
    let biome = project.read("biome.json");
    project.run(&["set", "links.books.via", "grpc"]);
    project.assert_settled();
    assert_eq!(project.read("biome.json"), biome);
    project.assert_edited("compose.yaml", "services:\n", "services:\r\n");
    let path = "services/books/pyproject.toml";
    project.assert_edited(path, "[project]\n", "[project]\r\n");
    let mine = "Ours.\r\n\r\n## Run it\r\n";
    project.assert_edited("README.md", "## Run it\n", mine);
}

#[cfg(unix)]
#[test]
fn modes_are_carried_in_both_directions() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(PAGE);
    let mode = |path: &str| {
        let metadata = fs::metadata(project.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    let set = |path: &str, mode| {
        fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("README.md", 0o755);
    set("tools/ensure", 0o644);
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    project.run(&["apply"]);
    assert_eq!(mode("README.md") & 0o100, 0o100);
    assert_eq!(mode("tools/ensure") & 0o100, 0);
    project.assert_settled();
}
