//! A newer version of a pack is an upgrade like any other.

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

/// Makes it version 1.1.0: another discount, a file more, and one that has another name.
fn raise(pack: &Path) {
    let edit = |path: &str, from: &str, to: &str| {
        let path = pack.join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    edit("pack.yaml", "version: 1.0.0", "version: 1.1.0");
    let pricing = format!("{PRICING}src/__package__/pricing/");
    let discount = format!("{pricing}discount.py");
    edit(&discount, "total * 9 // 10", "total * 85 // 100");
    let cents = pack.join(format!("{pricing}cents.py"));
    std::fs::write(cents, "\"\"\"Cents, as people read them.\"\"\"\n").unwrap();
    let tests = pack.join(format!("{PRICING}tests/pricing"));
    let (was, is) = ("test_discount.py.hbs", "test_prices.py.hbs");
    std::fs::rename(tests.join(was), tests.join(is)).unwrap();
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
  delete   services/price/tests/pricing/test_discount.py (the system no longer has it)
  create   services/price/tests/pricing/test_prices.py (new)
error: the project is not what its blueprint says: 4 files differ
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
  delete   services/price/tests/pricing/test_discount.py (the system no longer has it)
  create   services/price/tests/pricing/test_prices.py (new)
done: 4 files changed

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
    let path = "services/price/tests/pricing/test_discount.py";
    project.edit(path, "(1, 999),", "(1, 999),  # mine");
    let mine = project.read(path);
    raise(&pack);
    project.prints(0, &["apply"], str![[r#"
services/price
  create   services/price/src/price/pricing/cents.py (new)
  update   services/price/src/price/pricing/discount.py (its template, or what goes into it, changed)
  keep     services/price/tests/pricing/test_discount.py (the system no longer has it, and you changed it)
  create   services/price/tests/pricing/test_prices.py (new)
done: 3 files changed
The system no longer has these files, and you changed them; delete them when you need them no more:
  services/price/tests/pricing/test_discount.py

"#]]);
    assert_eq!(project.read(path), mine);
    project.assert_settled();
}
