//! Texts that serde reads: where its errors and keys stand.

/// The message of a YAML error without its place, which is told beside it.
pub fn error_message(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Where a key of the first level stands.
pub fn line_of(text: &str, key: &str) -> Option<(usize, usize)> {
    let line = text.lines().position(|line| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
    })?;
    Some((line + 1, 1))
}
