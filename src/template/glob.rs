//! Globs over paths, as `pack.yaml` and `module.yaml` write them.

use glob::{Pattern, PatternError};
use thiserror::Error;

/// What was written as a glob and is none.
#[derive(Debug, Error)]
#[error("`{glob}`: {why}")]
pub struct NotAGlob {
    pub glob: String,
    pub why: PatternError,
}

/// # Errors
/// Why it is none.
pub fn pattern(glob: &str) -> Result<Pattern, NotAGlob> {
    Pattern::new(glob).map_err(|why| NotAGlob {
        glob: glob.to_owned(),
        why,
    })
}
