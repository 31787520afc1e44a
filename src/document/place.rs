//! Where something stands.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Both count from 1; columns are characters.
    Text { line: usize, column: usize },
    /// A command-line option, such as `--service`.
    Flag(&'static str),
}

impl Place {
    /// The first character of a file.
    pub const START: Place = Place::Text { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text { line, column } => write!(f, "{line}:{column}"),
            Place::Flag(flag) => f.write_str(flag),
        }
    }
}
