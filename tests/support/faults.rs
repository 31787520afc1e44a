//! Processes that die, and what they leave.

use std::path::Path;
use std::process::Output;

/// The variable that says at which step what happens.
pub const FAULT: &str = "HYBRIDGE_FAULT";

pub fn was_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt;
    output.status.signal() == Some(9)
}

/// Runs the program, which is killed at a step; `false`: it was through before, and ended well.
pub fn is_killed_at(step: usize, folder: &Path, arguments: &[&str]) -> bool {
    let output = super::command(folder, arguments)
        .env(FAULT, format!("kill:{step}"))
        .output()
        .unwrap();
    let is_killed = was_killed(&output);
    assert!(
        is_killed || output.status.success(),
        "{}",
        super::stderr(&output)
    );
    is_killed
}

pub fn has_journal(folder: &Path) -> bool {
    folder.join(".hybridge/transaction/journal").exists()
}
