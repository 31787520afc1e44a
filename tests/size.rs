//! How much a person reviews: the numbers of files in `docs/size.md`.

mod support;

use support::render;

fn files(services: &str, folder: &str) -> usize {
    let tree = render(&format!("hybridge: 1\nname: shop\n{services}"));
    tree.keys().filter(|path| path.starts_with(folder)).count()
}

const WORKERS: &str =
    "services:\n  gateway: { kind: gateway }\n  one: { kind: worker }\n  two: { kind: worker }\n";

#[test]
fn a_service_is_what_its_team_owns() {
    assert!(files(WORKERS, "services/one/") <= 15);
    assert!(files("", "services/vision/") <= 40);
    assert!(files("", "services/trends/") <= 40);
    assert!(files("", "services/gateway/") <= 20);
}

#[test]
fn a_further_worker_adds_its_folder_and_its_contract_only() {
    let one = "services:\n  gateway: { kind: gateway }\n  one: { kind: worker }\n";
    let added = files(WORKERS, "") - files(one, "");
    let own = files(WORKERS, "services/two/");
    // Its contract, the gateway's client of it, and what is remembered of its files.
    assert!(added <= own + 3, "{added} files, {own} of them its own");
}

#[test]
fn the_page_says_how_many_files_there_are() {
    let page = std::fs::read_to_string(support::root().join("docs/size.md")).unwrap();
    for (about, folder) in [
        ("| an inference service", "services/vision/"),
        ("| an analytics service", "services/trends/"),
        ("| the gateway's own folder", "services/gateway/"),
        ("| `packages/gateway-runtime`", "packages/gateway-runtime/"),
        ("| `packages/service-runtime`", "packages/service-runtime/"),
        ("| `packages/console`", "packages/console/"),
        ("| the default system", ""),
    ] {
        let line = page.lines().find(|line| line.starts_with(about)).unwrap();
        let said = line.split('|').nth(2).unwrap().trim();
        assert_eq!(said, files("", folder).to_string(), "{about}");
    }
}
