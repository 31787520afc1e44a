//! Ctrl-C: noticed at once, acted on between two steps, so that what was begun is always cleaned up.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Notices Ctrl-C (and SIGTERM, SIGHUP) from now on instead of dying of it.
pub fn listen() {
    // Refused only when a handler is there already, which notices just the same.
    let _ = ctrlc::set_handler(|| CANCELLED.store(true, Ordering::SeqCst));
}

pub fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// # Errors
/// [`Error::Cancelled`] after Ctrl-C.
pub fn check() -> Result<(), Error> {
    if is_cancelled() {
        Err(Error::Cancelled)
    } else {
        Ok(())
    }
}
