//! What a project remembers: it is small, the same on every machine, and nothing that was given once is given to
//! another.

mod support;

use std::collections::BTreeMap;
use std::fs;

use hybridge::blueprint::overrides::Overrides;
use hybridge::catalogue::Catalogue;
use hybridge::document::Document;
use hybridge::document::source::Source;
use hybridge::generate;
use hybridge::plan::record::Record;
use hybridge::project::base::{BASE, Base};
use hybridge::project::state::State;
use hybridge::tree::Tree;
use snapbox::{assert_data_eq, str};
use support::examples;

/// The files of a system over what was recorded, with what is recorded of it.
fn over(text: &str, record: &Record) -> Tree {
    let catalogue = Catalogue::built_in().unwrap();
    let source = Source {
        name: "test.yaml".into(),
        text: text.to_owned(),
    };
    let document = Document::parse(source).unwrap();
    let draft = generate::draft(Some(&document), &Overrides::default(), catalogue, record);
    let generated = draft.and_then(|draft| draft.render(None));
    generated.unwrap_or_else(|error| panic!("{error}")).tree
}

/// What a project of these files remembers.
fn remembered(tree: &Tree) -> State {
    let folder = tempfile::tempdir().unwrap();
    for (path, file) in tree {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
    let state = State::read(folder.path()).unwrap();
    // Every file is known as it was written.
    for path in state.files.keys() {
        fs::write(folder.path().join(path), "edited").unwrap();
    }
    let base = Base::read(folder.path(), &state).unwrap();
    for (path, known) in &state.files {
        let bytes = base.get(known);
        assert_eq!(bytes, Some(tree[path].bytes.as_slice()), "{path}");
    }
    state
}

fn page(services: &str, links: &str) -> String {
    format!(
        "hybridge: 1\nname: shop\nservices:\n  edge: {{ kind: gateway }}\n{services}links:\n{links}"
    )
}

#[test]
fn the_base_is_whole_small_and_the_same_each_time() {
    for (name, path) in examples() {
        let text = fs::read_to_string(path).unwrap();
        let tree = over(&text, &Record::default());
        remembered(&tree);
        let is_own = |path: &str| path.starts_with(".hybridge/");
        let size = |pick: &dyn Fn(&str) -> bool| -> usize {
            let files = tree.iter().filter(|(path, _)| pick(path));
            files.map(|(_, file)| file.bytes.len()).sum()
        };
        let (base, project) = (
            size(&|path| path.starts_with(BASE)),
            size(&|path| !is_own(path)),
        );
        let percent = base * 100 / project;
        assert!(
            percent <= 15,
            "{name}: {base} of {project} bytes are {percent} %"
        );
        let again = over(&text, &Record::default());
        for (path, file) in tree {
            assert!(file.bytes == again[&path].bytes, "{name}: {path}");
        }
    }
}

#[test]
fn a_service_that_is_added_moves_no_port_of_another() {
    let two = page(
        "  mood: { kind: inference }\n  log: { kind: analytics }\n",
        "  - { from: edge, to: mood, via: grpc }\n  - { from: edge, to: log, via: rest }\n",
    );
    let first = remembered(&over(&two, &Record::default()));
    let three = page(
        "  early: { kind: worker }\n  log: { kind: analytics }\n  front: { kind: gateway }\n  mood: { kind: inference }\n",
        "  - { from: edge, to: mood, via: rest }\n  - { from: edge, to: log, via: grpc }\n  - { from: front, to: early, via: grpc }\n",
    );
    let second = remembered(&over(&three, &first.record));
    let ports = |state: &State| -> BTreeMap<String, (u16, Vec<u16>)> {
        let ports = state.record.ports.iter();
        ports
            .map(|(name, it)| {
                (
                    name.clone(),
                    (it.http, it.further.values().copied().collect()),
                )
            })
            .collect()
    };
    let expected = |entries: &[(&str, u16, &[u16])]| -> BTreeMap<String, (u16, Vec<u16>)> {
        let entries = entries.iter();
        entries
            .map(|(name, http, further)| ((*name).to_owned(), (*http, further.to_vec())))
            .collect()
    };
    let before = [
        ("edge", 3000, &[][..]),
        ("mood", 8001, &[9001]),
        ("log", 8002, &[]),
    ];
    assert_eq!(ports(&first), expected(&before));
    let after = [
        ("edge", 3000, &[][..]),
        ("front", 3001, &[]),
        // Nothing uses the further one now; it waits for the day on which the transport comes back.
        ("mood", 8001, &[9001]),
        ("log", 8002, &[9002]),
        ("early", 8003, &[9003]),
    ];
    assert_eq!(ports(&second), expected(&after));
    // One that goes makes room.
    let one = page(
        "  fresh: { kind: worker }\n  log: { kind: analytics }\n",
        "  - { to: log, via: grpc }\n  - { to: fresh, via: rest }\n",
    );
    let third = remembered(&over(&one, &second.record));
    let after = [
        ("edge", 3000, &[][..]),
        ("log", 8002, &[9002]),
        ("fresh", 8001, &[]),
    ];
    assert_eq!(ports(&third), expected(&after));
}

#[test]
fn a_port_that_two_branches_gave_twice_stays_with_the_first_of_the_blueprint() {
    let text = page(
        "  a: { kind: worker }\n  b: { kind: worker }\n",
        "  - { to: a, via: rest }\n  - { to: b, via: rest }\n",
    );
    let mut record = remembered(&over(&text, &Record::default())).record;
    record.ports.get_mut("b").unwrap().http = record.ports["a"].http;
    let mended = remembered(&over(&text, &record)).record;
    assert_eq!(
        (mended.ports["a"].http, mended.ports["b"].http),
        (8001, 8002)
    );
}

#[test]
fn a_field_that_is_removed_leaves_its_number_reserved() {
    let with = |fields: &str, via: &str| {
        page(
            &format!(
                "  books:\n    kind: worker\n    operations:\n      find: {{ input: {{ {fields} }}, output: {{ n: int }} }}\n"
            ),
            &format!("  - {{ to: books, via: {via} }}\n"),
        )
    };
    let proto = |tree: &Tree| -> String {
        let text = String::from_utf8(tree["contracts/books.proto"].bytes.clone()).unwrap();
        let begin = text.find("message FindRequest {").unwrap();
        let length = text[begin..].find("\n}\n").unwrap() + "\n}\n".len();
        text[begin..begin + length].to_owned()
    };
    let first = over(
        &with("a: string, b: string, c: string", "grpc"),
        &Record::default(),
    );
    assert_data_eq!(
        proto(&first),
        str![[r#"
message FindRequest {
  string a = 1;
  string b = 2;
  string c = 3;
}

"#]]
    );
    let record = remembered(&first).record;
    let second = over(&with("c: string, d: string", "grpc"), &record);
    assert_data_eq!(
        proto(&second),
        str![[r#"
message FindRequest {
  reserved 1, 2;
  reserved "a", "b";
  string c = 3;
  string d = 4;
}

"#]]
    );
    // Another transport has no numbers; they are kept for the day on which this one comes back.
    let record = remembered(&second).record;
    let third = over(&with("d: string", "rest"), &record);
    assert!(!third.contains_key("contracts/books.proto"));
    let record = remembered(&third).record;
    let fourth = over(&with("d: string, e: string", "grpc"), &record);
    assert_data_eq!(
        proto(&fourth),
        str![[r#"
message FindRequest {
  reserved 1, 2, 3;
  reserved "a", "b", "c";
  string d = 4;
  string e = 5;
}

"#]]
    );
}
