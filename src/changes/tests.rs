use super::*;
use crate::tree::Owner;

const STATIC: &[u8] = b"base\n";

fn file(text: &str) -> TreeFile {
    TreeFile {
        template: "base/files/a".into(),
        ..TreeFile::own(text.into(), Owner::Managed)
    }
}

fn content(text: &str) -> Content {
    Content {
        bytes: text.into(),
        executable: false,
    }
}

/// No template has another path now.
fn same(known: &FileState) -> &str {
    &known.template
}

/// What is done to `a`, which hybridge wrote as the first text, which is on the disk as the second and would be
/// written now as the third.
fn change_of(written: Option<TreeFile>, disk: Option<&str>, new: Option<TreeFile>) -> Change {
    let written = written.map(|file| ("a".to_owned(), FileState::of(&file)));
    let disk = disk.map(|text| ("a".to_owned(), content(text)));
    let new = new.map(|file| ("a".to_owned(), file));
    let set = ChangeSet::compute(&Inputs {
        written: &written.into_iter().collect(),
        disk: &disk.into_iter().collect(),
        tree: &new.into_iter().collect(),
        moved: &BTreeMap::new(),
        renamed: &BTreeMap::new(),
        base: &|_| Some(STATIC),
        merge: &|_, base, yours, new| Merged::Clean([base, b"+", yours, b"+", new].concat()),
        follow: None,
    });
    set.changes["a"].clone()
}

fn case(written: Option<&str>, disk: Option<&str>, new: Option<&str>) -> (Action, Reason) {
    let change = change_of(written.map(file), disk, new.map(file));
    (change.action, change.reason)
}

#[test]
fn what_is_done_follows_from_what_was_written_what_is_there_and_what_is_new() {
    use Action::*;
    let cases = [
        (None, None, Some("new"), Create, Reason::New),
        (None, Some("new"), Some("new"), Keep, Reason::Same),
        (None, Some("mine"), Some("new"), Conflict, Reason::Taken),
        (Some("old"), None, Some("new"), Keep, Reason::Deleted),
        (Some("old"), Some("old"), Some("old"), Keep, Reason::Same),
        (
            Some("old"),
            Some("old"),
            Some("new"),
            Update,
            Reason::Rendered,
        ),
        (Some("old"), Some("mine"), Some("old"), Keep, Reason::Edited),
        (Some("old"), Some("new"), Some("new"), Keep, Reason::Same),
        (Some("old"), Some("mine"), Some("new"), Merge, Reason::Both),
        (Some("old"), Some("old"), None, Delete, Reason::Dropped),
        (Some("old"), Some("mine"), None, Keep, Reason::DroppedEdited),
    ];
    for (written, disk, new, action, reason) in cases {
        let expected = (action, reason);
        assert_eq!(
            case(written, disk, new),
            expected,
            "{written:?} {disk:?} {new:?}"
        );
    }
}

#[test]
fn a_merge_is_of_base_yours_and_new() {
    let change = change_of(Some(file("old")), Some("mine"), Some(file("new")));
    assert_eq!(change.after, Some(content("base\n+mine+new")));
}

#[test]
fn a_seeded_file_is_the_persons_once_they_changed_it() {
    let seeded = |text| TreeFile {
        owner: Owner::Seeded,
        ..file(text)
    };
    let change = change_of(Some(seeded("old")), Some("mine"), Some(seeded("new")));
    assert_eq!(
        (change.action, change.reason),
        (Action::Keep, Reason::Yours)
    );
    let change = change_of(Some(seeded("old")), Some("old"), Some(seeded("new")));
    assert_eq!(change.action, Action::Update);
}

#[test]
fn ends_of_lines_and_modes_are_carried() {
    let change = change_of(
        Some(file("a\nb\n")),
        Some("a\r\nb\r\n"),
        Some(file("a\nc\n")),
    );
    assert_eq!(change.after, Some(content("a\r\nc\r\n")));
    let same = change_of(Some(file("a\n")), Some("a\r\n"), Some(file("a\n")));
    assert_eq!((same.action, same.reason), (Action::Keep, Reason::Same));
    let script = TreeFile {
        executable: true,
        ..file("old")
    };
    let change = change_of(Some(file("old")), Some("mine"), Some(script.clone()));
    let mine = Content {
        executable: true,
        ..content("mine")
    };
    assert_eq!(change.after, Some(mine), "only the mode is new");
    let change = change_of(Some(script.clone()), Some("old"), Some(script));
    assert_eq!(
        change.action,
        Action::Keep,
        "a mode that a person took away stays away"
    );
}

#[test]
fn a_template_that_moved_carries_the_edits_along() {
    let from = BTreeMap::from([("a".to_owned(), FileState::of(&file("old")))]);
    let disk = BTreeMap::from([("a".to_owned(), content("mine"))]);
    let tree = Tree::from([("b".to_owned(), file("new"))]);
    let renamed = renamed(&from, &disk, &tree, same);
    let inputs = Inputs {
        written: &from,
        disk: &disk,
        tree: &tree,
        moved: &BTreeMap::new(),
        renamed: &renamed,
        base: &|_| Some(STATIC),
        merge: &|_, _, yours, _| Merged::Clean(yours.to_vec()),
        follow: None,
    };
    let set = ChangeSet::compute(&inputs);
    let to = &set.changes["b"];
    assert_eq!(to.action, Action::Move { from: "a".into() });
    assert_eq!((&to.before, &to.after), (&None, &Some(content("mine"))));
    assert_eq!(set.changes["a"].action, Action::Delete);
    assert_eq!(set.changes["a"].reason, Reason::Renamed);
}

/// Templates and texts, by path: what was written, what is written now, and which path was which.
#[test]
fn files_of_one_template_or_one_content_are_the_same_where_no_other_could_be() {
    let operation = "kind/a/service/tests/__operation__.py";
    let now = "kind/a/service/tests/test___operation__.py";
    let long = "1\n2\n3\n4\n";
    let many = [
        ("services/a/tests/find.py", operation, "find"),
        ("services/a/tests/lend.py", operation, "lend"),
        ("services/b/tests/find.py", operation, "find"),
        ("services/a/first.py", "first", long),
        ("services/a/short.py", "short", "1\n2\n3\n"),
        ("services/a/twin.py", "twin", "same\nas\nthe\nother\n"),
        ("services/a/other.py", "other", "same\nas\nthe\nother\n"),
        (".hybridge/a.json", "", "a\nb\nc\nd\n"),
    ];
    let new = [
        ("services/a/tests/test_find.py", now, "found"),
        ("services/a/tests/test_lend.py", now, "lent"),
        ("services/a/tests/test_new.py", now, "new"),
        ("services/b/tests/test_find.py", now, "found"),
        ("services/a/second.py", "second", long),
        ("services/b/second.py", "second", long),
        ("services/a/shorter.py", "shorter", "1\n2\n3\n"),
        ("services/a/third.py", "third", "same\nas\nthe\nother\n"),
        (".hybridge/b.json", "", "a\nb\nc\nd\n"),
    ];
    let file = |(path, template, text): (&str, &str, &str)| {
        let template = template.to_owned();
        let file = TreeFile {
            template,
            ..file(text)
        };
        (path.to_owned(), file)
    };
    let written = many.map(file).map(|(path, it)| (path, FileState::of(&it)));
    let moved = |known| match same(known) {
        it if it == operation => now,
        it => it,
    };
    let found = renamed(
        &written.into(),
        &BTreeMap::new(),
        &new.map(file).into(),
        moved,
    );
    let expected = [
        ("services/a/second.py", "services/a/first.py"),
        ("services/a/tests/test_find.py", "services/a/tests/find.py"),
        ("services/a/tests/test_lend.py", "services/a/tests/lend.py"),
        ("services/b/tests/test_find.py", "services/b/tests/find.py"),
    ];
    let expected = expected.map(|(to, from)| (to.to_owned(), from.to_owned()));
    assert_eq!(found, expected.into());
}

#[test]
fn one_that_was_deleted_does_not_come_back_by_a_template_that_moved() {
    let from = BTreeMap::from([("a".to_owned(), FileState::of(&file("old")))]);
    let tree = Tree::from([("b".to_owned(), file("new"))]);
    let set = ChangeSet::compute(&Inputs {
        written: &from,
        disk: &BTreeMap::new(),
        tree: &tree,
        moved: &BTreeMap::new(),
        renamed: &renamed(&from, &BTreeMap::new(), &tree, same),
        base: &|_| Some(STATIC),
        merge: &|_, _, _, _| unreachable!(),
        follow: None,
    });
    assert!(set.is_empty(), "{set:?}");
    assert_eq!(set.changes["b"].reason, Reason::Deleted);
}

#[test]
fn a_file_that_a_person_moved_is_changed_where_it_stands() {
    let known = BTreeMap::from([("a".to_owned(), FileState::of(&file("old")))]);
    let moved = BTreeMap::from([("a".to_owned(), "theirs/a".to_owned())]);
    let disk = BTreeMap::from([("theirs/a".to_owned(), content("mine"))]);
    let compute = |tree: &Tree| {
        ChangeSet::compute(&Inputs {
            written: &known,
            disk: &disk,
            tree,
            moved: &moved,
            renamed: &renamed(&known, &disk, tree, same),
            base: &|_| Some(STATIC),
            merge: &|_, _, yours, new| Merged::Clean([yours, new].concat()),
            follow: None,
        })
    };
    for path in ["a", "b"] {
        let set = compute(&Tree::from([(path.to_owned(), file("new"))]));
        let paths: Vec<_> = set.changes.keys().collect();
        assert_eq!(paths, ["theirs/a"], "written as {path}");
        assert_eq!(set.changes["theirs/a"].after, Some(content("minenew")));
    }
    let gone = compute(&Tree::new());
    assert_eq!(gone.changes["theirs/a"].reason, Reason::DroppedEdited);
}

#[test]
fn what_hybridge_remembers_is_replaced_and_packs_of_no_use_go() {
    let own = |text: &str| TreeFile::own(text.into(), Owner::Managed);
    let disk = [
        (".hybridge/state.json", "old"),
        (
            ".hybridge/base/project-1.pack",
            "compressed by another version",
        ),
        (".hybridge/base/project-0.pack", "no longer of use"),
        (".hybridge/notes.md", "a person's"),
    ];
    let disk = disk.map(|(path, text)| (path.to_owned(), content(text)));
    let set = ChangeSet::compute(&Inputs {
        written: &BTreeMap::new(),
        disk: &disk.into(),
        moved: &BTreeMap::new(),
        renamed: &BTreeMap::new(),
        tree: &Tree::from([
            (".hybridge/state.json".to_owned(), own("new")),
            (".hybridge/base/project-1.pack".to_owned(), own("bytes")),
        ]),
        base: &|_| None,
        merge: &|_, _, _, _| unreachable!(),
        follow: None,
    });
    let done: Vec<_> = set
        .changes
        .iter()
        .map(|(path, it)| (path.as_str(), it.action.clone()))
        .collect();
    let expected = [
        (".hybridge/base/project-0.pack", Action::Delete),
        (".hybridge/base/project-1.pack", Action::Keep),
        (".hybridge/state.json", Action::Update),
    ];
    assert_eq!(done, expected);
}

#[test]
fn a_change_set_says_as_json_what_is_done_and_why() {
    let set = ChangeSet::of_new(&Tree::from([("services/vision/a".to_owned(), file("new"))]));
    let expected = serde_json::json!({
        "services/vision/a": { "action": "create", "reason": "new", "component": "services/vision" }
    });
    assert_eq!(serde_json::to_value(&set).unwrap(), expected);
}
