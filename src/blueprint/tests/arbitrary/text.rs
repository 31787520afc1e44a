//! Any text.

use proptest::prelude::*;
use proptest::sample::select;

/// Any text that may stand in a blueprint: among ordinary ones, those that break out of quotes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let nasty = select(vec![
        "",
        "null",
        "~",
        "true",
        "No",
        "1e3",
        "0x10",
        "- a",
        "# a",
        "a # b",
        "a: b",
        "a:",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "'",
        "\"",
        "\\",
        "\\n",
        "'\"",
        "${x}",
        "{{x}}",
        "$(x)",
        " a",
        "a ",
        "a  b",
        "\n",
        "a\n",
        "a\n\nb",
        "\n a",
        "\ta",
        "a\tb",
        "?",
        "-",
        "---",
        "...",
        "<<",
        "=",
        "y",
        "12:30:00",
        "2026-01-01",
        "ä\u{1f600}",
        "a\u{a0}b",
    ]);
    prop_oneof![
        nasty.prop_map(str::to_owned),
        "[ -~\u{a1}-\u{ff}\u{4e00}-\u{4eff}\n\t]{0,30}".prop_map(|text| text),
        "[A-Z][a-z]{2,8}( [a-z]{1,8}){0,20}\\.".prop_map(|text| text),
    ]
}

/// Any text that says something, or nothing at all.
pub(super) fn description() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        if text.trim().is_empty() {
            String::new()
        } else {
            text
        }
    })
}
