//! `.env`, and the environment over it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::{Check, Finding};
use crate::error::Error;

const FILE: &str = ".env";
const EXAMPLE: &str = ".env.example";

/// What the project is set to on this machine.
#[derive(Debug, Default)]
pub struct Settings {
    /// `None`: there is no file, or it cannot be understood.
    own: Option<Variables>,
    /// Why the file cannot be understood.
    fault: Option<dotenvy::Error>,
}

impl Settings {
    /// # Errors
    /// [`Error::Read`]
    pub fn read(project: &Path) -> Result<Self, Error> {
        Ok(match variables(&project.join(FILE))? {
            Some(Ok(own)) => Self {
                own: Some(own),
                fault: None,
            },
            Some(Err(fault)) => Self {
                own: None,
                fault: Some(fault),
            },
            None => Self::default(),
        })
    }

    /// As `make dev` takes it: the environment wins over `.env`, that over the usual value.
    pub fn get(&self, variable: &str, usual: &str) -> String {
        let set = std::env::var(variable).ok();
        let own = || self.own.as_ref()?.get(variable).cloned();
        let value = set.or_else(own).filter(|value| !value.is_empty());
        value.unwrap_or_else(|| usual.to_owned())
    }

    /// Whether every secret has a value.
    ///
    /// # Errors
    /// [`Error::Read`]
    pub fn check(&self, project: &Path) -> Result<Check, Error> {
        let mut check = Check::new("settings");
        if let Some(fault) = &self.fault {
            let why = fault.to_string();
            check.find(Finding::UnreadableSettings { file: FILE, why });
            return Ok(check);
        }
        // A name without a value is a secret.
        let example = variables(&project.join(EXAMPLE))?;
        let example = example.and_then(Result::ok).unwrap_or_default();
        let secrets = example.iter().filter(|(_, value)| value.is_empty());
        let names: Vec<String> = secrets
            .filter(|(name, _)| self.get(name, "").is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        match &self.own {
            _ if names.is_empty() => check.fine("every secret has a value"),
            None => check.find(Finding::NoSettings { file: FILE }),
            Some(_) => check.find(Finding::NoSecrets { file: FILE, names }),
        }
        Ok(check)
    }
}

/// Values by name.
type Variables = BTreeMap<String, String>;

/// The variables of a file, or why it cannot be understood; `None` where there is no file.
fn variables(path: &Path) -> Result<Option<Result<Variables, dotenvy::Error>>, Error> {
    let read = match dotenvy::from_path_iter(path) {
        Ok(all) => all.collect::<Result<Variables, _>>(),
        Err(error) => Err(error),
    };
    match read {
        Ok(variables) => Ok(Some(Ok(variables))),
        Err(dotenvy::Error::Io(source)) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(dotenvy::Error::Io(source)) => Err(Error::Read {
            path: path.display().to_string(),
            source,
        }),
        Err(error) => Ok(Some(Err(error))),
    }
}
