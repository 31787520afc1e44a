//! An error as a value for programs.

use serde_json::{Value, json};

use super::Error;
use crate::document::source::ReadError;
use crate::fault::{Cause, Fault};

impl Error {
    /// Each thing that is wrong: `code`, where it stands (`source`, `line` and `column`, or `flag`; the `pack` that a
    /// source is below) where that is known, `what` is wrong, and what to do `instead` where that is known.
    pub fn to_json(&self) -> Vec<Value> {
        if let Error::Blueprint(errors) = self {
            return errors.to_json();
        }
        let mut value = json!({ "code": self.code() });
        if let Some(flag) = self.flag() {
            value["flag"] = json!(flag);
        }
        if let Some(source) = self.file() {
            value["source"] = json!(source);
        }
        if let Some((line, column)) = self.line() {
            value["line"] = json!(line);
            value["column"] = json!(column);
        }
        value["what"] = json!(match self.in_pack() {
            Some((pack, why)) => {
                value["pack"] = json!(pack);
                why.to_string()
            }
            None => self.to_string(),
        });
        if let Some(hint) = self.hint() {
            value["instead"] = json!(hint);
        }
        vec![value]
    }

    fn flag(&self) -> Option<&str> {
        match self {
            Error::BadFlag { flag, .. } | Error::MissingFlag { flag } => Some(flag),
            _ => None,
        }
    }

    /// The file or folder that it is about.
    fn file(&self) -> Option<String> {
        match self {
            Error::Source(
                ReadError::Io { name: path, .. }
                | ReadError::TooLarge { name: path }
                | ReadError::NotUtf8 { name: path, .. },
            )
            | Error::Read { path, .. }
            | Error::BrokenTemplate { path, .. }
            | Error::NoSuchFile { path, .. }
            | Error::NotCommitted { path }
            | Error::IsThere { path }
            | Error::NeverWritten { path, .. }
            | Error::Yours { path }
            | Error::ChangedMeanwhile { path }
            | Error::InTheWay { path, .. }
            | Error::TwoWriters { path, .. } => Some(path.clone()),
            Error::Write { path, .. }
            | Error::DestinationTaken { path, .. }
            | Error::DestinationUnfit { path, .. }
            | Error::NoParent { path, .. }
            | Error::Busy { path }
            | Error::Unfinished { path, .. } => Some(path.display().to_string()),
            Error::State(error) => Some(error.path().display().to_string()),
            Error::Pack(fault) => match fault.as_ref() {
                Fault::InFile { place, .. } => Some(place.path.clone()),
                Fault::Refused { path, .. } => Some(path.clone()),
                Fault::Missing { place, .. } | Fault::OtherName { place, .. } => {
                    Some(place.clone())
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Line and column, from 1.
    fn line(&self) -> Option<(usize, usize)> {
        match self {
            Error::Source(ReadError::NotUtf8 { line, column, .. }) => Some((*line, *column)),
            Error::BrokenTemplate { at, .. } => *at,
            Error::Pack(fault) => match fault.as_ref() {
                Fault::InFile { place, .. } => place.at,
                _ => None,
            },
            _ => None,
        }
    }

    /// What is wrong in a file of a pack, without where.
    fn in_pack(&self) -> Option<(&str, &Cause)> {
        let Error::Pack(fault) = self else {
            return None;
        };
        match fault.as_ref() {
            Fault::InFile { pack, why, .. } => Some((pack, why)),
            _ => None,
        }
    }
}
