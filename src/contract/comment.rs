//! Text that is safe in the comments of any language.

/// Text for line comments: each line break begins a new comment line.
pub fn line_comment(text: &str, prefix: &str) -> String {
    let lines: Vec<String> = split_lines(text).map(visible).collect();
    lines.join(&format!("\n{prefix}"))
}

/// Lines by everything that some reader takes for a line break.
pub fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ])
    .filter(|line| !line.is_empty())
}

/// Control and direction-changing characters do not belong in source text (CVE-2021-42574).
pub fn visible(line: &str) -> String {
    line.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect::<String>()
        .trim()
        .to_owned()
}
