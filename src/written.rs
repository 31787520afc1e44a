//! What is remembered of a file that hybridge wrote.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::line_ends::unix;
use crate::tree::{Owner, TreeFile};

/// A file as hybridge wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    pub owner: Owner,
    /// Below `templates/`; `""` for what hybridge writes without one. From a state of format 1, which has the
    /// folder of the module alone, it ends in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// The pack whose template it is; absent for one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    #[serde(rename = "mode", with = "mode")]
    pub executable: bool,
    /// Of the bytes as written, in hexadecimal.
    pub sha256: String,
    /// Where the person moved it; absent while it stands where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

impl FileState {
    pub fn of(file: &TreeFile) -> Self {
        Self {
            owner: file.owner,
            template: file.template.clone(),
            pack: file.pack.clone(),
            executable: file.executable,
            sha256: sha256(&file.bytes),
            moved_to: None,
        }
    }

    /// Whether these are the bytes that were written, whatever a checkout made of the ends of lines.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        if sha256(bytes) == self.sha256 {
            return true;
        }
        let is_text = std::str::from_utf8(bytes).ok();
        is_text
            .filter(|text| text.contains("\r\n"))
            .is_some_and(|text| sha256(unix(text).as_bytes()) == self.sha256)
    }
}

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Whether a path says a file below the project's folder, the same on every system, and none of git's own.
pub fn is_inside(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | "..");
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\\' | ':');
    path.chars().all(is_plain)
        && path.split('/').all(is_name)
        && !path
            .split('/')
            .any(|name| name.eq_ignore_ascii_case(".git"))
}

/// Permissions as `644` and `755`, as git knows them.
mod mode {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(executable: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(if *executable { "755" } else { "644" })
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<bool, D::Error> {
        match String::deserialize(from)?.as_str() {
            "755" => Ok(true),
            "644" => Ok(false),
            other => Err(D::Error::custom(format!("`{other}` is not a mode"))),
        }
    }
}
