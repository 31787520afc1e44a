use proptest::prelude::*;

use super::*;
use crate::template::files::TemplateFiles;

/// A dictionary is what all templates of a release say, in the order of their paths.
fn templates() -> Vec<u8> {
    let files = TemplateFiles::built_in();
    let texts = files.paths().filter_map(|path| files.text(path));
    texts.collect::<Vec<_>>().concat().into_bytes()
}

/// `UPDATE=1 cargo test --lib dictionary` writes the last dictionary anew, which is allowed until a release has used
/// it; then the next one gets a number of its own.
#[test]
fn the_last_dictionary_says_most_of_what_templates_say() {
    if std::env::var_os("UPDATE").is_some() {
        let path = format!(
            "{}/src/project/base/templates-{}.zst",
            env!("CARGO_MANIFEST_DIR"),
            DICTIONARIES.len()
        );
        let bytes = zstd::bulk::compress(&templates(), 19).unwrap();
        fs::write(path, bytes).unwrap();
        return;
    }
    let texts = templates();
    let packed = pack(&[&texts]);
    let percent = 100 * packed.len() / texts.len();
    assert!(
        percent <= 8,
        "{percent} %: the templates have changed much since"
    );
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |text: &str| TreeFile::own(text.as_bytes().to_vec(), Owner::Managed);
    let files = files
        .iter()
        .map(|(path, text)| ((*path).into(), file(text)));
    files.collect()
}

#[test]
fn a_pack_holds_the_files_of_one_component_under_its_digest() {
    let files = tree(&[
        ("README.md", "root"),
        ("services/a/x", "one"),
        ("services/b/x", "one"),
        ("services/b/y", "two"),
        ("packages/node/z", "three"),
    ]);
    let packs = packs(&files, None);
    let names: Vec<&str> = packs
        .keys()
        .map(|path| path.rsplit_once('-').unwrap().0)
        .collect();
    let expected = [
        ".hybridge/base/packages-node",
        ".hybridge/base/project",
        ".hybridge/base/services-a",
        ".hybridge/base/services-b",
    ];
    assert_eq!(names, expected);
    let changed = tree(&[("README.md", "root"), ("services/a/x", "other")]);
    let changed = super::packs(&changed, None);
    let kept = |name: &str| packs.keys().any(|path| path == name);
    let stays: Vec<bool> = changed.keys().map(|name| kept(name)).collect();
    assert_eq!(stays, [true, false], "only what changed has another name");
}

#[test]
fn what_is_not_a_whole_pack_is_refused() {
    let whole = pack(&[b"some", b"text"]);
    let path = Path::new("x.pack");
    assert_eq!(unpack(path, &whole).unwrap(), [b"some", b"text"]);
    for end in 0..whole.len() {
        let refused = unpack(path, &whole[..end]);
        assert!(
            matches!(refused, Err(StateError::BrokenBase { .. })),
            "{end}"
        );
    }
    for (at, value) in [(MAGIC.len(), 2), (MAGIC.len() + 1, 200)] {
        let mut newer = whole.clone();
        newer[at] = value;
        let refused = unpack(path, &newer);
        assert!(matches!(refused, Err(StateError::NewerBase { .. })));
    }
}

proptest! {
    #[test]
    fn what_is_packed_comes_out(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20)) {
        let slices: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(unpack(Path::new("x"), &pack(&slices)).unwrap(), contents);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let whole = [MAGIC, &[1, 1], bytes.as_slice()].concat();
        let _ = unpack(Path::new("x"), &whole);
        let _ = unpack(Path::new("x"), &bytes);
    }
}
