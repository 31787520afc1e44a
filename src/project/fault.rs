//! Faults on purpose: a build with debug assertions dies, or finds the disk full, at a step of writing that
//! `HYBRIDGE_FAULT` names, so that tests see what an interruption leaves behind.
//!
//! `kill:3` kills the process at its third step (SIGKILL where there are signals), in the middle of a write;
//! `full:3` answers the third step, and every later one that needs space, as a full disk does.

use std::io;

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Goes,
    /// What is half written when the process dies.
    Dies,
    Full,
}

/// Counts a step that changes the disk.
#[cfg(debug_assertions)]
pub fn step() -> Step {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicUsize, Ordering};
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    static PLANNED: LazyLock<Option<(bool, usize)>> = LazyLock::new(|| {
        let text = std::env::var("HYBRIDGE_FAULT").ok()?;
        let (kind, number) = text.split_once(':')?;
        Some((kind == "kill", number.parse().ok()?))
    });
    let number = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    match *PLANNED {
        Some((true, at)) if number == at => Step::Dies,
        Some((false, at)) if number >= at => Step::Full,
        _ => Step::Goes,
    }
}

#[cfg(not(debug_assertions))]
pub fn step() -> Step {
    Step::Goes
}

/// A step that is done whole or not at all.
///
/// # Errors
/// As on a full disk, when that is asked for.
pub fn whole_step() -> io::Result<()> {
    match step() {
        Step::Goes => Ok(()),
        Step::Dies => die(),
        Step::Full => Err(io::ErrorKind::StorageFull.into()),
    }
}

/// Ends the process as a power cut would: nothing is cleaned up.
pub fn die() -> ! {
    #[cfg(unix)]
    {
        let id = std::process::id().to_string();
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &id])
            .status();
    }
    std::process::abort()
}
