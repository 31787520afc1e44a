//! How much a rendering may do while packs are active: turns of loops, bytes, time.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::template::limits;

thread_local! {
    /// Of the file that this thread renders: turns left, and until when. `None`: no bounds.
    static LEFT: Cell<Option<(usize, Instant)>> = const { Cell::new(None) };
}

/// Bounds what this thread renders until it is dropped.
pub struct Bounded(());

impl Bounded {
    pub fn until(end: Instant) -> Self {
        LEFT.set(Some((limits::TURNS, end)));
        Self(())
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        LEFT.set(None);
    }
}

/// Takes one turn of a loop.
///
/// # Errors
/// Why there are no more.
pub fn count_iteration() -> Result<(), String> {
    let Some((left, end)) = LEFT.get() else {
        return Ok(());
    };
    let Some(left) = left.checked_sub(1) else {
        return Err(format!(
            "the loops of this file take more than {} turns",
            limits::TURNS
        ));
    };
    LEFT.set(Some((left, end)));
    if Instant::now() > end {
        return Err(too_slow());
    }
    Ok(())
}

pub fn too_slow() -> String {
    format!(
        "rendering takes longer than {} s",
        limits::RENDER_TIME.as_secs()
    )
}

/// A file that is being written, and the size of all files together.
pub struct Page<'a> {
    pub bytes: Vec<u8>,
    pub total: Option<&'a AtomicUsize>,
}

impl Write for Page<'_> {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if let Some(total) = self.total {
            if self.bytes.len() + more.len() > limits::OUTPUT_BYTES {
                let limit = limits::OUTPUT_BYTES / 1024 / 1024;
                return Err(io::Error::other(format!(
                    "this file becomes larger than {limit} MiB"
                )));
            }
            if total.fetch_add(more.len(), Ordering::Relaxed) + more.len() > limits::SYSTEM_BYTES {
                let limit = limits::SYSTEM_BYTES / 1024 / 1024;
                return Err(io::Error::other(format!(
                    "the system becomes larger than {limit} MiB"
                )));
            }
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
