//! How much a person reviews: the numbers of files and lines in `docs/size.md`.

mod support;

use support::render;

/// What is below a folder: its files, and the lines of those that are text.
fn size(services: &str, folder: &str) -> (usize, usize) {
    let tree = render(&format!("hybridge: 1\nname: shop\n{services}"));
    let inside = tree.iter().filter(|(path, _)| path.starts_with(folder));
    inside.fold((0, 0), |(files, lines), (_, file)| {
        let text = str::from_utf8(&file.bytes).unwrap_or_default();
        (files + 1, lines + text.lines().count())
    })
}

fn files(services: &str, folder: &str) -> usize {
    size(services, folder).0
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

/// How far the lines may be from what the page says before it is to be written anew, in hundredths.
const MARGIN: usize = 1;

#[test]
fn the_page_says_how_many_files_and_lines_there_are() {
    let page = std::fs::read_to_string(support::root().join("docs/size.md")).unwrap();
    for (about, services, folder) in [
        ("| a worker", WORKERS, "services/one/"),
        ("| an inference service", "", "services/vision/"),
        ("| an analytics service", "", "services/trends/"),
        ("| the gateway's own folder", "", "services/gateway/"),
        (
            "| `packages/gateway-runtime`",
            "",
            "packages/gateway-runtime/",
        ),
        (
            "| `packages/service-runtime`",
            "",
            "packages/service-runtime/",
        ),
        ("| `packages/console`", "", "packages/console/"),
        ("| the default system", "", ""),
    ] {
        let line = page.lines().find(|line| line.starts_with(about)).unwrap();
        let mut said = line.split('|').skip(2).map(|cell| {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            digits.parse::<usize>().unwrap_or_default()
        });
        let (files, lines) = size(services, folder);
        assert_eq!(said.next(), Some(files), "{about}: files");
        let said = said.next().unwrap();
        assert!(
            said.abs_diff(lines) * 100 <= said * MARGIN,
            "{about}: {lines} lines, not {said}"
        );
    }
}
