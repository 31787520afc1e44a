//! Where something stands.

use std::fmt;

use super::quote::quoted;

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

    /// Line and column; `None` outside of a text.
    pub fn in_text(self) -> Option<(usize, usize)> {
        match self {
            Place::Text { line, column } => Some((line, column)),
            Place::Flag(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text { line, column } => write!(f, "{line}:{column}"),
            Place::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A name in a message about something else, with where it was written. `Display` says both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub name: String,
    /// `None` where it stands in no text.
    pub place: Option<Place>,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.name))?;
        match self.place {
            Some(place @ Place::Text { .. }) => write!(f, " at {place}"),
            Some(Place::Flag(_)) | None => Ok(()),
        }
    }
}
