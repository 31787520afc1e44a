//! What was written, inside of a sentence.

/// Text of a blueprint inside a message: one line, of bounded length, in backticks.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    // `escape_debug` is for string literals; quotes need no escape between backticks.
    shown = shown
        .replace("\\'", "'")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\");
    if text.chars().count() > LONGEST {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_stays_on_one_line() {
        assert_eq!(quoted("a\nb\u{1b}[31m"), "`a\\nb\\u{1b}[31m`");
        assert_eq!(quoted("it's \"x\""), "`it's \"x\"`");
        assert_eq!(quoted(&"x".repeat(100)).len(), 60 + 3 + 2);
    }
}
