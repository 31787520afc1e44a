use super::*;
use crate::contract::proto::numbers::Numbers;
use crate::pack::content::Content;
use crate::plan::ports::Ports;
use crate::plan::record::Record;
use crate::tree::{Owner, Tree, TreeFile};

const PAGE: &str = "hybridge: 1\nname: shop\n";

fn state() -> State {
    let readme = TreeFile::own(b"# shop\n".to_vec(), Owner::Managed);
    let tree = Tree::from([("README.md".into(), readme)]);
    State::of(&tree, "2026-11-22T00:00:00Z", &Record::default())
}

fn pack(name: &str, text: &str, is_executable: bool) -> Pack {
    let manifest = format!("name: {name}\nversion: 1.0.0\nhybridge: \">=0.1\"\n");
    let mut content = Content::new(name);
    content
        .add("pack.yaml", manifest.into(), false)
        .and_then(|()| content.add("templates/base/files/a", text.into(), is_executable))
        .unwrap();
    Pack::read(content, "packs/a").unwrap()
}

fn digest(page: &str, packs: &[Pack], state: &State) -> String {
    Inputs { page, packs, state }.digest()
}

#[test]
fn each_input_counts() {
    let (one, state) = (pack("one", "a", false), state());
    let elsewhere = Pack {
        from: "packs/b".into(),
        ..one.clone()
    };
    let committed = Pack {
        commit: Some("c0ffee".into()),
        ..one.clone()
    };
    let foreign = Pack {
        is_foreign: true,
        ..one.clone()
    };
    let changed = |change: &dyn Fn(&mut State)| {
        let mut state = state.clone();
        change(&mut state);
        digest(PAGE, &[], &state)
    };
    let of_packs = |packs: &[Pack]| digest(PAGE, packs, &state);
    let two = || pack("two", "a", false);
    let inputs = Inputs {
        page: PAGE,
        packs: &[],
        state: &state,
    };
    let digests = [
        inputs.digest(),
        inputs.digest_of("another build"),
        digest("hybridge: 1\nname: shop # ours\n", &[], &state),
        of_packs(std::slice::from_ref(&one)),
        of_packs(&[pack("one", "b", false)]),
        of_packs(&[pack("one", "a", true)]),
        of_packs(&[elsewhere]),
        of_packs(&[committed]),
        of_packs(&[foreign]),
        of_packs(&[one.clone(), two()]),
        of_packs(&[two(), one]),
        changed(&|state| state.format = 1),
        changed(&|state| state.hybridge = "0.0.9".into()),
        changed(&|state| state.as_of = "2026-11-23T00:00:00Z".into()),
        changed(&|state| {
            state.record.ports.insert(
                "edge".into(),
                Ports {
                    http: 3000,
                    further: std::collections::BTreeMap::new(),
                },
            );
        }),
        changed(&|state| {
            let numbers = Numbers::default();
            state.record.numbers.insert("books".into(), numbers);
        }),
        changed(&|state| state.files.clear()),
        changed(&|state| state.files.get_mut("README.md").unwrap().sha256 = "0".repeat(64)),
        changed(&|state| state.files.get_mut("README.md").unwrap().executable = true),
        changed(&|state| state.files.get_mut("README.md").unwrap().owner = Owner::Seeded),
    ];
    for (number, digest) in digests.iter().enumerate() {
        assert_eq!(digest.len(), 64);
        assert!(!digests[..number].contains(digest), "{number}");
    }
}

#[test]
fn a_file_that_a_person_moved_is_rendered_as_before() {
    let before = state();
    let mut after = before.clone();
    for known in after.files.values_mut() {
        known.moved_to = Some("docs/README.md".into());
    }
    assert_eq!(digest(PAGE, &[], &before), digest(PAGE, &[], &after));
}
