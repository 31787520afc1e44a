//! From the files of `.hybridge/` to a [`State`], whatever stands there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{FORMAT, STATE, State, migrate};
use crate::contract::compatibility::Surfaces;
use crate::contract::compatibility::surface::of_parts;
use crate::contract::proto::numbers::Numbers;
use crate::error::git::NoContracts;
use crate::plan::ports::Ports;
use crate::plan::record::{CONTRACTS, Record};
use crate::state_error::{BrokenFile, StateError};
use crate::written::{FileState, is_inside};

/// `state.json` of this format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: u64,
    hybridge: String,
    as_of: String,
    ports: BTreeMap<String, Ports>,
    /// Of an earlier hybridge: nothing is known of them.
    #[serde(default)]
    contracts: BTreeMap<String, Value>,
    files: BTreeMap<String, FileState>,
}

impl State {
    /// The state of the project in `folder`. One of an earlier format comes as one of this.
    ///
    /// # Errors
    /// [`StateError`]: there is none, or it is of a newer hybridge, or it is broken. What it says is not trusted:
    /// a path that leads out of the project is broken too.
    pub fn read(folder: &Path) -> Result<Self, StateError> {
        Self::find(folder)?.ok_or_else(|| StateError::NoProject {
            folder: folder.to_owned(),
        })
    }

    /// As [`State::read`]; `None` where there is none.
    ///
    /// # Errors
    /// As [`State::read`].
    pub fn find(folder: &Path) -> Result<Option<Self>, StateError> {
        let path = folder.join(STATE);
        let Some(text) = text(&path)? else {
            return Ok(None);
        };
        let mut state = Self::parse(&path, &text, folder)?;
        state.record.numbers = numbers(folder)?;
        Ok(Some(state))
    }

    /// The state of the project in `folder` of the text that stands, or stood, at `path`, without numbers of Protocol
    /// Buffers.
    ///
    /// # Errors
    /// As [`State::read`].
    pub fn parse(path: &Path, text: &str, folder: &Path) -> Result<Self, StateError> {
        let path = path.to_owned();
        let broken = |why: BrokenFile| StateError::Broken {
            path: path.clone(),
            why,
        };
        let value: Value = parse(&path, text)?;
        let format = value.get("format").and_then(Value::as_u64);
        let state = match format {
            None | Some(0) => return Err(broken(BrokenFile::NoFormat)),
            Some(1) => migrate::from_1(value, folder).map_err(|error| broken(error.into()))?,
            Some(FORMAT) => {
                let document: Document =
                    serde_json::from_value(value).map_err(|error| broken(error.into()))?;
                Self {
                    format: FORMAT,
                    hybridge: document.hybridge,
                    as_of: document.as_of,
                    record: Record {
                        ports: document.ports,
                        numbers: BTreeMap::new(),
                        contracts: of_parts(document.contracts)
                            .map_err(|error| broken(error.into()))?,
                    },
                    files: document.files,
                }
            }
            Some(format) => {
                let hybridge = value.get("hybridge").and_then(Value::as_str);
                return Err(StateError::Newer {
                    path,
                    format,
                    newest: FORMAT,
                    hybridge: hybridge.unwrap_or_default().to_owned(),
                });
            }
        };
        for (file, known) in &state.files {
            if let Some(file) = [Some(file), known.moved_to.as_ref()]
                .into_iter()
                .flatten()
                .find(|file| !is_inside(file))
            {
                let path = file.clone();
                return Err(broken(BrokenFile::NotAPath { path }));
            }
            if known.sha256.len() != 64 || !known.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                let path = file.clone();
                return Err(broken(BrokenFile::NotADigest { path }));
            }
        }
        Ok(state)
    }
}

impl State {
    /// The contracts that a state file records.
    ///
    /// # Errors
    /// Why it records none.
    pub fn contracts_of(text: &str) -> Result<Surfaces, NoContracts> {
        #[derive(Deserialize)]
        struct Contracts {
            contracts: Option<BTreeMap<String, Value>>,
        }
        let state: Contracts = serde_json::from_str(text)?;
        let contracts = state.contracts.ok_or(NoContracts::NotRecorded)?;
        Ok(of_parts(contracts)?)
    }
}

/// Every record of numbers, by service.
fn numbers(folder: &Path) -> Result<BTreeMap<String, Numbers>, StateError> {
    let contracts = folder.join(CONTRACTS);
    let unreadable = |source| StateError::Read {
        path: contracts.clone(),
        source,
    };
    let entries = match fs::read_dir(&contracts) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy();
        let Some(service) = Record::service_of(&format!("{CONTRACTS}{name}")).map(str::to_owned)
        else {
            continue;
        };
        let path = contracts.join(&*name);
        let Some(text) = text(&path)? else { continue };
        let value = parse(&path, &text)?;
        let numbers: Numbers =
            serde_json::from_value(value).map_err(|error| StateError::Broken {
                path: path.clone(),
                why: error.into(),
            })?;
        if let Some(twice) = numbers.contradiction() {
            let why = twice.into();
            return Err(StateError::Broken { path, why });
        }
        found.insert(service, numbers);
    }
    Ok(found)
}

fn text(path: &Path) -> Result<Option<String>, StateError> {
    match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(StateError::Broken {
                path: path.to_owned(),
                why: BrokenFile::NotText,
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StateError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Value, StateError> {
    serde_json::from_str(text).map_err(|error| {
        let path = path.to_owned();
        let is_marked = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
        match text.lines().any(is_marked) {
            true => StateError::Unmerged { path },
            false => StateError::Broken {
                path,
                why: error.into(),
            },
        }
    })
}
