//! A newer version of a pack is an upgrade like any other.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::str;

use crate::support::packs::new_with_pack;
use crate::support::project::{Project, SETTLED};
use crate::support::{hybridge, root, stderr, trees};

const PRICING: &str = "templates/kind/pricing/service/";
const DISCOUNT: &str = "services/price/src/price/pricing/discount.py";
/// A line of that file as of 1.0.0, and what the person made of it.
const MANY: (&str, &str) = ("_MANY: Final = 100\n", "_MANY: Final = 50  # mine\n");

/// `examples/packs/acme` beside a project.
fn acme(project: &Project) -> PathBuf {
    let pack = project.path().with_file_name("pk");
    trees::lay_out(&pack, &trees::read(&root().join("examples/packs/acme")));
    pack
}

/// Lays a project out with the pack beside it, for team Payments.
fn new(project: &Project) {
    let more = [
        "--trust",
        "acme",
        "--service",
        "price:pricing",
        "--set",
        "acme.team=payments",
    ];
    let folder = project.path();
    let words = new_with_pack("shop", "./pk", &more);
    let output = hybridge(folder.parent().unwrap(), &words);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Replaces a text that is in a file of the pack once.
fn edit(pack: &Path, path: &str, from: &str, to: &str) {
    let path = pack.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}\n{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Gives a template of the pack another path.
fn rename(pack: &Path, from: &str, to: &str) {
    let (from, to) = (pack.join(from), pack.join(to));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(from, to).unwrap();
}

/// Makes it version 1.1.0: another discount, a file more, and one that has another name.
fn raise(pack: &Path) {
    edit(pack, "pack.yaml", "version: 1.0.0", "version: 1.1.0");
    let pricing = format!("{PRICING}src/__package__/pricing/");
    let discount = format!("{pricing}discount.py");
    edit(pack, &discount, "total * 9 // 10", "total * 85 // 100");
    let cents = pack.join(format!("{pricing}cents.py"));
    fs::write(cents, "\"\"\"Cents, as people read them.\"\"\"\n").unwrap();
    let tests = format!("{PRICING}tests/pricing");
    let (was, is) = ("test_discount.py.hbs", "test_prices.py.hbs");
    rename(pack, &format!("{tests}/{was}"), &format!("{tests}/{is}"));
}

#[test]
fn what_it_changes_is_merged_with_what_a_person_changed() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(DISCOUNT, MANY.0, MANY.1);
    project.commit();
    raise(&pack);
    project.prints(
        1,
        &["apply", "--check"],
        str![[r#"
services/price
  create   services/price/src/price/pricing/cents.py (new)
  merge    services/price/src/price/pricing/discount.py (you and hybridge changed it)
  move     services/price/tests/pricing/test_discount.py -> services/price/tests/pricing/test_prices.py (its template writes it here now)
error: the project is not what its blueprint says: 3 files differ
hint: `hybridge apply` makes it so

"#]],
    );
    project.prints(
        0,
        &["apply"],
        str![[r#"
services/price
  create   services/price/src/price/pricing/cents.py (new)
  merge    services/price/src/price/pricing/discount.py (you and hybridge changed it)
  move     services/price/tests/pricing/test_discount.py -> services/price/tests/pricing/test_prices.py (its template writes it here now)
done: 3 files changed

"#]],
    );
    let of_1_1 = Project::empty();
    raise(&acme(&of_1_1));
    new(&of_1_1);
    of_1_1.edit(DISCOUNT, MANY.0, MANY.1);
    trees::assert_same(&project.files(), &of_1_1.files());
    assert_eq!(
        project.read(".hybridge/packs.json"),
        of_1_1.read(".hybridge/packs.json")
    );
    project.prints(0, &["apply"], SETTLED);
    project.assert_settled();
}

#[test]
fn what_a_person_changed_in_a_file_that_it_no_longer_has_stays_and_is_told() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(TEST, MORE.0, MORE.1);
    let mine = project.read(TEST);
    raise(&pack);
    fs::remove_file(pack.join(format!("{PRICING}tests/pricing/test_prices.py.hbs"))).unwrap();
    project.prints(0, &["apply"], str![[r#"
services/price
  create   services/price/src/price/pricing/cents.py (new)
  update   services/price/src/price/pricing/discount.py (its template, or what goes into it, changed)
  keep     services/price/tests/pricing/test_discount.py (the system no longer has it, and you changed it)
done: 2 files changed
The system no longer has these files, and you changed them; delete them when you need them no more:
  services/price/tests/pricing/test_discount.py

"#]]);
    assert_eq!(project.read(TEST), mine);
    project.assert_settled();
}

const TEST: &str = "services/price/tests/pricing/test_discount.py";
/// A line of that file, and what the person made of it.
const MORE: (&str, &str) = ("(1, 999),", "(1, 999),  # mine");

#[test]
fn a_template_that_has_another_path_and_the_same_content_carries_the_edits_along() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(TEST, MORE.0, MORE.1);
    let mine = project.read(TEST);
    raise(&pack);
    project.prints(0, &["apply"], str![[r#"
services/price
  create   services/price/src/price/pricing/cents.py (new)
  update   services/price/src/price/pricing/discount.py (its template, or what goes into it, changed)
  move     services/price/tests/pricing/test_discount.py -> services/price/tests/pricing/test_prices.py (its template writes it here now)
done: 3 files changed

"#]]);
    assert!(!project.has(TEST));
    let is = "services/price/tests/pricing/test_prices.py";
    assert_eq!(project.read(is), mine);
    project.assert_settled();
}

const TESTS: &str = "kind/pricing/service/tests/";
/// Where the template of the test is, version by version, and the first line of each.
const VERSIONS: [(&str, &str, &str); 3] = [
    (
        "1.0.0",
        "pricing/test_discount.py.hbs",
        "Prices, at the edge of the discount.",
    ),
    (
        "2.0.0",
        "prices/test_discount.py.hbs",
        "Prices around the discount.",
    ),
    (
        "3.0.0",
        "prices/test_prices.py.hbs",
        "Prices and discounts.",
    ),
];

/// Makes of a version of the pack the next one, which says what it moved.
fn next(pack: &Path, version: usize) {
    let [(from, was, line), (to, is, new)] = [VERSIONS[version], VERSIONS[version + 1]];
    edit(
        pack,
        "pack.yaml",
        &format!("version: {from}"),
        &format!("version: {to}"),
    );
    rename(
        pack,
        &format!("templates/{TESTS}{was}"),
        &format!("templates/{TESTS}{is}"),
    );
    edit(pack, &format!("templates/{TESTS}{is}"), line, new);
    let mut manifest = fs::read_to_string(pack.join("pack.yaml")).unwrap();
    if version == 0 {
        manifest += "\nmoved:\n";
    }
    manifest += &format!("  {TESTS}{was}: {TESTS}{is}\n");
    fs::write(pack.join("pack.yaml"), manifest).unwrap();
}

/// The file of a version of the pack, of the service `price`.
fn file_of(version: usize) -> String {
    let (_, template, _) = VERSIONS[version];
    format!("services/price/tests/{}", template.trim_end_matches(".hbs"))
}

/// A project that has the pack as of `version`, where nobody edited anything.
fn fresh(version: usize) -> Project {
    let project = Project::empty();
    let pack = acme(&project);
    (0..version).for_each(|it| next(&pack, it));
    new(&project);
    project
}

#[test]
fn a_template_that_the_pack_says_to_have_moved_is_merged_where_it_is_now() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(TEST, MORE.0, MORE.1);
    project.commit();
    next(&pack, 0);
    let expected = str![[r#"
services/price
  move     services/price/tests/pricing/test_discount.py -> services/price/tests/prices/test_discount.py (its template writes it here now)
...
"#]];
    project.prints(0, &["apply"], expected);
    let expected = fresh(1);
    expected.edit(&file_of(1), MORE.0, MORE.1);
    trees::assert_same(&project.files(), &expected.files());
    project.assert_settled();
    // Nobody edited this one.
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    next(&pack, 0);
    project.run(&["apply"]);
    trees::assert_same(&project.files(), &fresh(1).files());
    project.assert_settled();
}

#[test]
fn moves_of_several_versions_are_followed_one_by_one_and_at_once() {
    for is_at_once in [false, true] {
        let project = Project::empty();
        let pack = acme(&project);
        new(&project);
        project.edit(TEST, MORE.0, MORE.1);
        for version in [0, 1] {
            next(&pack, version);
            if !is_at_once || version == 1 {
                project.run(&["apply"]);
            }
        }
        let expected = fresh(2);
        expected.edit(&file_of(2), MORE.0, MORE.1);
        trees::assert_same(&project.files(), &expected.files());
        let state = |project: &Project| project.read(".hybridge/state.json");
        assert_eq!(state(&project), state(&expected));
        project.assert_settled();
    }
}

#[test]
fn both_changing_the_same_is_a_conflict_where_the_file_is_now() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(TEST, VERSIONS[0].2, "Prices as I see them.");
    let before = project.files();
    next(&pack, 0);
    project.ends(3, &["apply"]);
    assert!(!project.has(TEST));
    project.edit(&file_of(1), "=======\n", "=======\n");
    project.run(&["apply", "--abort"]);
    assert_eq!(project.files(), before);
}

#[test]
fn what_a_person_deleted_or_moved_is_not_undone_by_a_template_that_moved() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.delete(TEST);
    next(&pack, 0);
    project.run(&["apply"]);
    assert!(!project.has(TEST) && !project.has(&file_of(1)));
    project.assert_settled();
    project.run(&["restore", &file_of(1)]);
    trees::assert_same(&project.files(), &fresh(1).files());

    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    let mine = "services/price/tests/mine/test_prices.py";
    project.rename(TEST, mine);
    next(&pack, 0);
    project.run(&["apply"]);
    assert!(!project.has(TEST) && !project.has(&file_of(1)));
    assert_eq!(project.read(mine), fresh(1).read(&file_of(1)));
    project.assert_settled();
}

/// What the system does not have for a while is known again, though the pack does not say any longer where it was.
#[test]
fn a_file_that_waits_for_its_system_learns_where_its_template_is_now() {
    let project = Project::empty();
    let pack = acme(&project);
    new(&project);
    project.edit(TEST, MORE.0, MORE.1);
    project.run(&["add", "service", "log:worker", "--via", "rest"]);
    let page = project.read("hybridge.yaml");
    project.run(&["remove", "service", "price", "--allow-breaking"]);
    next(&pack, 0);
    project.run(&["apply"]);
    edit(&pack, "pack.yaml", "\nmoved:\n", "\n");
    let said = format!("  {TESTS}{}: {TESTS}{}\n", VERSIONS[0].1, VERSIONS[1].1);
    edit(&pack, "pack.yaml", &said, "");
    project.write("hybridge.yaml", &page);
    project.run(&["apply"]);
    assert!(!project.has(TEST));
    let expected = fresh(1);
    expected.edit(&file_of(1), MORE.0, MORE.1);
    assert_eq!(project.read(&file_of(1)), expected.read(&file_of(1)));
    project.assert_settled();
}

/// One file for each operation: none is taken for another.
#[test]
fn a_template_that_is_repeated_moves_for_each_that_it_stands_for() {
    let project = Project::empty();
    let pack = acme(&project);
    let was = "kind/pricing/service/docs/__operation__.md.hbs";
    let is = "kind/pricing/service/docs/operations/of___operation__.md.hbs";
    let page = "# {{operation.name}}\n\nOf {{service.name}}.\n";
    fs::create_dir_all(pack.join("templates/kind/pricing/service/docs")).unwrap();
    fs::write(pack.join("templates").join(was), page).unwrap();
    new(&project);
    for name in ["adjust", "compare"] {
        let words = ["add", "operation", "price", name, "--input", "cents:int"];
        project.run(&[&words[..], &["--output", "cents:int"]].concat());
        project.edit(
            &format!("services/price/docs/{name}.md"),
            "Of price.",
            &format!("Of price.\n\nMine: {name}."),
        );
    }
    edit(&pack, "pack.yaml", "version: 1.0.0", "version: 1.1.0");
    rename(
        &pack,
        &format!("templates/{was}"),
        &format!("templates/{is}"),
    );
    edit(&pack, &format!("templates/{is}"), "# {{", "# Operation {{");
    let manifest = fs::read_to_string(pack.join("pack.yaml")).unwrap();
    fs::write(
        pack.join("pack.yaml"),
        format!("{manifest}\nmoved: {{ {was}: {is} }}\n"),
    )
    .unwrap();
    project.run(&["apply"]);
    for name in ["adjust", "compare"] {
        assert!(!project.has(&format!("services/price/docs/{name}.md")));
        assert_eq!(
            project.read(&format!("services/price/docs/operations/of_{name}.md")),
            format!("# Operation {name}\n\nOf price.\n\nMine: {name}.\n")
        );
    }
    project.assert_settled();
}
