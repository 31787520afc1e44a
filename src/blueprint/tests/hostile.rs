use std::io::Read;
use std::time::Duration;

use cpu_time::ThreadTime;
use proptest::prelude::*;
use proptest::sample::Index;
use snapbox::{assert_data_eq, str};

use super::arbitrary::blueprint;
use super::*;
use crate::blueprint::write::write;
use crate::document::source::{MAX_BYTES, read_from};

/// Generous: the tests run unoptimised, on any machine.
const ENOUGH: Duration = Duration::from_secs(60);

/// Reads a page, whatever it holds, and gives back the processor time that took.
fn survives(text: &str) -> Duration {
    let started = ThreadTime::now();
    if let Err(errors) = page(text) {
        assert!(!errors.findings.is_empty());
        assert!(errors.findings.len() <= 101);
        assert!(!errors.to_string().is_empty());
    }
    started.elapsed()
}

/// What YAML and the notation are made of.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "name",
        "services",
        "kind",
        "gateway",
        "input",
        "type",
        "string",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "?",
        "|",
        ">",
        "&a ",
        "*a",
        "!t ",
        "\"",
        "'",
        "#",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<<",
        "\r\n",
        "\u{feff}",
        "\u{0}",
        "\u{85}",
        "1",
        "-1e9",
        "~",
        "\\",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..80)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(source) = read_from("bytes", bytes.as_slice()) {
            survives(&source.text);
        }
    }

    #[test]
    fn any_soup_of_yaml_is_survived(text in soup()) {
        survives(&text);
    }

    #[test]
    fn a_damaged_page_is_survived(
        blueprint in blueprint(),
        damages in proptest::collection::vec((any::<Index>(), 0_usize..12, soup()), 1..6),
    ) {
        let mut text: Vec<char> = write(&blueprint).chars().collect();
        for (at, removed, put) in damages {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, put.chars());
        }
        survives(&text.into_iter().collect::<String>());
    }
}

#[test]
fn ten_megabytes_are_refused_unread() {
    let started = ThreadTime::now();
    let error = read_from("large.yaml", std::io::repeat(b' ').take(10_000_000)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`large.yaml` is larger than 1024 KiB, the limit of a blueprint"
    );
    assert!(started.elapsed() < ENOUGH);
}

#[test]
fn what_fits_the_limit_takes_bounded_time_whatever_it_is() {
    let fill = |head: &str, piece: &dyn Fn(usize) -> String| {
        let mut text = head.to_owned();
        for n in 0.. {
            let piece = piece(n);
            if text.len() + piece.len() > MAX_BYTES {
                break;
            }
            text.push_str(&piece);
        }
        text
    };
    let unknown = |n| format!("k{n}: 1\n");
    let fields = |n| format!("          f{n}: [[strin]]\n");
    let types = |n| format!("      T{n}: {{ a: T{}, b: [T{}] }}\n", n + 1, n + 2);
    let many_types = |n| {
        format!(
            "  s{n}:\n    types:\n{}",
            (0..190).map(types).collect::<String>()
        )
    };
    let contract = "name: a\nservices:\n  eye:\n    kind: worker\n";
    for (what, text) in [
        ("open brackets", "[".repeat(MAX_BYTES)),
        ("open braces", "{a: ".repeat(MAX_BYTES / 4)),
        ("dashes", "- ".repeat(MAX_BYTES / 2)),
        ("question marks", "? ".repeat(MAX_BYTES / 2)),
        (
            "one long key",
            format!("{}: 1\n", "k".repeat(MAX_BYTES - 10)),
        ),
        (
            "one long text",
            format!("name: \"{}\n", "x".repeat(MAX_BYTES - 10)),
        ),
        (
            "one long type",
            format!(
                "{contract}    operations: {{ go: {{ input: {{ a: \"{}\" }} }} }}\n",
                "[".repeat(900_000)
            ),
        ),
        (
            "one long enum",
            format!(
                "{contract}    operations: {{ go: {{ input: {{ a: \"{}\" }} }} }}\n",
                "a|".repeat(400_000)
            ),
        ),
        ("spaces", " ".repeat(MAX_BYTES)),
        ("newlines", "\n".repeat(MAX_BYTES)),
        (
            "anchors",
            fill("", &|n| format!("- &a{n} [*a{}]\n", n.saturating_sub(1))),
        ),
        ("unknown keys", fill("name: a\n", &unknown)),
        ("equal keys", "a: 1\n".repeat(MAX_BYTES / 5)),
        (
            "services",
            fill("name: a\nservices:\n", &|n| {
                format!("  s{n}: {{ kind: inferenec }}\n")
            }),
        ),
        (
            "links",
            fill("name: a\nservices: { eye: {} }\nlinks:\n", &|n| {
                format!("  - {{ to: s{n}, via: res }}\n")
            }),
        ),
        (
            "fields",
            fill(
                &format!("{contract}    operations:\n      go:\n        input:\n"),
                &fields,
            ),
        ),
        ("types", fill(&format!("{contract}    types:\n"), &types)),
        (
            "types of many services",
            fill("name: a\nservices:\n", &many_types),
        ),
    ] {
        let taken = survives(&text);
        assert!(taken < ENOUGH, "{what}: {taken:?}");
    }
}

#[test]
fn types_that_double_at_every_step_are_refused() {
    let types: String = (0..60)
        .map(|n| format!("      T{n}x: {{ a: T{m}x, b: T{m}x }}\n", m = n + 1))
        .collect();
    let text = format!(
        "name: a\nservices:\n  eye:\n    kind: worker\n    types:\n{types}      T60x: {{ a: int }}\n"
    );
    assert_data_eq!(
        mistakes(&text)[0].as_str(),
        str![
            "6:7: an example of `T0x` needs more than 10000 values, or 32 types inside each other (ask for less by `min_length`, or write a shorter `example`)"
        ]
    );
}

#[test]
fn a_thousand_services_are_read_in_linear_time() {
    let system = |count: usize| {
        let services: String = (0..count)
            .map(|n| format!("  s{n}x:\n    kind: analytics\n    operations:\n      top: {{ input: {{ limit: int? }}, output: {{ words: [string] }} }}\n"))
            .collect();
        format!("name: large\nservices:\n{services}")
    };
    let time = |count: usize| {
        let text = system(count);
        (0..3)
            .map(|_| {
                // Not the clock's: what else runs meanwhile takes none of this thread's own.
                let started = ThreadTime::now();
                assert_eq!(page(&text).unwrap().services.len(), count + 1);
                started.elapsed()
            })
            .min()
            .unwrap()
    };
    let (hundred, thousand) = (time(100), time(1000));
    assert!(
        thousand < hundred * 30,
        "100 services take {hundred:?}, 1000 take {thousand:?}"
    );
    assert!(thousand < ENOUGH);
}

#[test]
fn more_services_than_anybody_has_are_refused() {
    let services: String = (0..2001)
        .map(|n| format!("  s{n}x: {{ kind: worker }}\n"))
        .collect();
    let found = mistakes(&format!("name: large\nservices:\n{services}"));
    assert!(
        found
            .iter()
            .any(|line| line.contains("`services` has more than 2000 entries")),
        "{found:?}"
    );
}
