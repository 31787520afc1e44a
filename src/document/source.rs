//! Where the text of a blueprint comes from.

use std::fs::File;
use std::io::{self, Read};

use thiserror::Error;

/// A thousand services with contracts of their own take a third of it.
pub const MAX_BYTES: usize = 1024 * 1024;

/// A text to parse and what to call it in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub text: String,
}

impl Source {
    /// One without a text, of which there is only a name to tell.
    pub fn of_name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
        }
    }
}

/// Why there is no text to parse.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("`{name}` cannot be read: {source}")]
    Io { name: String, source: io::Error },

    #[error("`{name}` is larger than {} KiB, the limit of a blueprint", MAX_BYTES / 1024)]
    TooLarge { name: String },

    #[error("`{name}` is not UTF-8 text: line {line}, column {column}")]
    NotUtf8 {
        name: String,
        line: usize,
        column: usize,
    },
}

/// Reads a blueprint from a path, or from standard input when the path is `-`.
/// Never reads further than one byte past the limit, whatever the source would deliver.
///
/// # Errors
/// [`ReadError`] with the name of the source.
pub fn read(path: &str) -> Result<Source, ReadError> {
    if path == "-" {
        return read_from("standard input", io::stdin().lock());
    }
    let file = File::open(path).map_err(|source| ReadError::Io {
        name: path.to_owned(),
        source,
    })?;
    read_from(path, file)
}

/// Reads a blueprint from anything that delivers bytes.
///
/// # Errors
/// [`ReadError`] with the name given.
pub fn read_from(name: &str, reader: impl Read) -> Result<Source, ReadError> {
    let name = name.to_owned();
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    if let Err(source) = reader.take(limit).read_to_end(&mut bytes) {
        return Err(ReadError::Io { name, source });
    }
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge { name });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name, text }),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let before = String::from_utf8_lossy(valid);
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            Err(ReadError::NotUtf8 { name, line, column })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_source_is_refused_at_the_limit() {
        let error = read_from("zeros", io::repeat(b'a')).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`zeros` is larger than 1024 KiB, the limit of a blueprint"
        );
    }

    #[test]
    fn what_is_not_utf8_is_refused_with_its_place() {
        let error = read_from("latin", &b"name: shop\ndescription: caf\xe9\n"[..]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`latin` is not UTF-8 text: line 2, column 17"
        );
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        assert!(
            matches!(read("no/such.yaml"), Err(ReadError::Io { name, .. }) if name == "no/such.yaml")
        );
        assert!(matches!(read("src"), Err(ReadError::Io { .. })));
    }
}
