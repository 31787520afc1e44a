//! Processes that die, and what they leave.

use std::path::Path;
use std::process::Output;

/// The variable that says at which step what happens.
pub const FAULT: &str = "HYBRIDGE_FAULT";

pub fn was_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt;
    output.status.signal() == Some(9)
}

pub fn has_journal(folder: &Path) -> bool {
    folder.join(".hybridge/transaction/journal").exists()
}
