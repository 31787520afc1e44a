//! Two branches that each changed the blueprint: git sees conflicts in all that follows from it, `apply` sees none.

use snapbox::str;

use crate::PAGE;
use crate::support::project::{Project, filter};
use crate::support::trees;

/// The page with more services and links.
fn page(services: &str, links: &str) -> String {
    PAGE.replace("\n# Who asks", &format!("{services}\n# Who asks")) + links
}

const ORDERS: [&str; 2] = [
    "  orders: { kind: worker }\n",
    "  - { from: edge, to: orders, via: rest }\n",
];
const BILLS: [&str; 2] = [
    "  bills: { kind: worker }\n",
    "  - { from: edge, to: bills, via: rest }\n",
];

/// Applies a page on a branch of its own, after what a person does there.
fn branch(project: &Project, name: &str, page: &str, edit: impl Fn(&Project)) {
    project.git(&["checkout", "--quiet", "-b", name, "base"]);
    edit(project);
    project.commit();
    project.write("hybridge.yaml", page);
    project.run(&["apply"]);
    project.commit();
}

/// A project with two branches, in the middle of the merge of the second one into the first one.
fn merging(pages: [&str; 2], edits: [&dyn Fn(&Project); 2]) -> Project {
    merging_with(nothing, pages, edits)
}

/// As [`merging`], after what a person sets up before the first commit.
fn merging_with(
    set_up: impl Fn(&Project),
    pages: [&str; 2],
    edits: [&dyn Fn(&Project); 2],
) -> Project {
    let project = Project::new(PAGE);
    project.git(&["init", "--quiet"]);
    set_up(&project);
    project.commit();
    project.git(&["branch", "base"]);
    branch(&project, "two", pages[1], edits[1]);
    branch(&project, "one", pages[0], edits[0]);
    project.conflicts(&["merge", "two"]);
    project
}

fn nothing(_: &Project) {}

/// What a person resolves, and what is then what `new` would lay out.
fn resolve(project: &Project, page: &str) -> Project {
    project.write("hybridge.yaml", page);
    project.run(&["apply"]);
    project.commit();
    project.assert_settled();
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    Project::new(page)
}

#[test]
fn what_follows_from_the_blueprint_is_no_conflict() {
    let pages = [ORDERS, BILLS].map(|[service, link]| page(service, link));
    let project = merging(
        [&pages[0], &pages[1]],
        [
            &|it| it.edit("README.md", "## Run it\n", "One.\n\n## Run it\n"),
            &|it| it.edit("compose.yaml", "services:\n", "services:\n  # two\n"),
        ],
    );
    assert!(project.read("README.md").contains("<<<<<<< "));
    // Of all the conflicts of git, that in the blueprint is the person's.
    let before = project.all();
    project.prints(
        3,
        &["apply"],
        str![[r#"
error: not resolved yet: `hybridge.yaml:14` has marks of a conflict

"#]],
    );
    for arguments in [&["apply", "--check"][..], &["add", "service", "x:worker"]] {
        project.prints(1, arguments, str![[r#"
error: `[FOLDER]/shop/.hybridge/state.json` is in the middle of a merge: it holds conflict markers of git
hint: resolve `hybridge.yaml`, and what was edited on both branches; `hybridge apply` does the rest

"#]]);
    }
    assert_eq!(project.all(), before);
    let both = page(
        &(ORDERS[0].to_owned() + BILLS[0]),
        &(ORDERS[1].to_owned() + BILLS[1]),
    );
    project.write("hybridge.yaml", &both);
    project.prints(
        0,
        &["apply"],
        str![[r#"
...
done: [..] files changed
...
note: what hybridge remembers is of both branches now: `git add --all` and commit the merge

"#]],
    );
    project.commit();
    project.assert_settled();
    let fresh = Project::new(&both);
    fresh.edit("README.md", "## Run it\n", "One.\n\n## Run it\n");
    fresh.edit("compose.yaml", "services:\n", "services:\n  # two\n");
    trees::assert_same(&project.files(), &fresh.files());
}

/// What git stores is not what stands in the work tree: a version that is taken from a branch is the latter.
#[cfg(unix)]
#[test]
fn a_version_of_one_branch_is_taken_as_filters_make_it() {
    let pages = [ORDERS, BILLS].map(|[service, link]| page(service, link));
    let edit = |it: &Project| it.edit("README.md", "## Run it\n", "One.\n\n## Run it\n");
    let project = merging_with(
        |it| {
            filter(
                it,
                "turned",
                "tr A-Za-z N-ZA-Mn-za-m",
                "tr A-Za-z N-ZA-Mn-za-m",
            );
            it.write(".git/info/attributes", "README.md filter=turned\n");
        },
        [&pages[0], &pages[1]],
        [&edit, &nothing],
    );
    assert_ne!(
        project.git(&["show", "one:README.md"]),
        project.read("README.md")
    );
    let both = page(
        &(ORDERS[0].to_owned() + BILLS[0]),
        &(ORDERS[1].to_owned() + BILLS[1]),
    );
    let fresh = resolve(&project, &both);
    edit(&fresh);
    trees::assert_same(&project.files(), &fresh.files());
}

/// Files that one branch has no use for, and the other one needs; one that a person deleted stays so.
#[test]
fn what_only_one_branch_dropped_is_there_again_where_the_system_has_it() {
    let switched = PAGE.replace("via: rest", "via: grpc");
    let added = page(BILLS[0], BILLS[1]);
    let project = merging(
        [&switched, &added],
        [&nothing, &|it| it.delete("renovate.json")],
    );
    let both = added.replace("books, via: rest", "books, via: grpc");
    let fresh = resolve(&project, &both);
    fresh.delete("renovate.json");
    trees::assert_same(&project.files(), &fresh.files());
    assert!(project.has("packages/gateway-runtime/src/transports/rest.ts"));
}

#[test]
fn what_a_person_edited_on_both_branches_is_resolved_by_the_person() {
    let pages = [ORDERS, BILLS].map(|[service, link]| page(service, link));
    let mine = |line: &'static str| {
        move |project: &Project| {
            project.edit(
                "README.md",
                "## Run it\n",
                &format!("{line}\n\n## Run it\n"),
            );
        }
    };
    let project = merging([&pages[0], &pages[1]], [&mine("One."), &mine("Two.")]);
    let both = page(
        &(ORDERS[0].to_owned() + BILLS[0]),
        &(ORDERS[1].to_owned() + BILLS[1]),
    );
    project.write("hybridge.yaml", &both);
    project.prints(
        3,
        &["apply"],
        str![[r#"
error: not resolved yet: `README.md:[..]` has marks of a conflict

"#]],
    );
    // Either side of what hybridge wrote, and both of what they wrote.
    project.git(&["checkout", "--ours", "README.md"]);
    project.edit("README.md", "One.\n", "One.\nTwo.\n");
    let fresh = resolve(&project, &both);
    fresh.edit("README.md", "## Run it\n", "One.\nTwo.\n\n## Run it\n");
    trees::assert_same(&project.files(), &fresh.files());
}

/// Whatever keeps the first `apply` from it.
#[test]
fn what_was_not_applied_at_once_is_applied_by_the_next_run() {
    let pages = [ORDERS, BILLS].map(|[service, link]| page(service, link));
    let project = merging([&pages[0], &pages[1]], [&nothing, &nothing]);
    let narrowed = pages[0].replace("{ found: [string] }", "{}");
    project.write("hybridge.yaml", &narrowed);
    project.ends(4, &["apply"]);
    project.run(&["apply", "--allow-breaking"]);
    project.commit();
    project.assert_settled();
    trees::assert_same(&project.files(), &Project::new(&narrowed).files());
}

#[test]
fn a_branch_is_rebased_as_it_is_merged() {
    let pages = [ORDERS, BILLS].map(|[service, link]| page(service, link));
    let project = Project::new(PAGE);
    project.commit();
    project.git(&["branch", "base"]);
    branch(&project, "two", &pages[1], nothing);
    branch(&project, "one", &pages[0], nothing);
    project.conflicts(&["rebase", "two"]);
    let both = page(
        &(BILLS[0].to_owned() + ORDERS[0]),
        &(BILLS[1].to_owned() + ORDERS[1]),
    );
    project.write("hybridge.yaml", &both);
    project.run(&["apply"]);
    project.git(&["add", "--all"]);
    project.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    project.assert_settled();
    trees::assert_same(&project.files(), &Project::new(&both).files());
}
