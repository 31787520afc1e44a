//! Texts that serde reads: where its errors and keys stand.

use std::fmt;

use thiserror::Error;

/// A YAML error in the words of its parser, without its place, which is told beside it.
#[derive(Debug, Error)]
pub struct YamlError(#[from] serde_yaml::Error);

impl YamlError {
    /// Line and column, from 1.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.0.location().map(|it| (it.line(), it.column()))
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.rfind(" at line ").map_or(&text, |at| &text[..at]))
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
