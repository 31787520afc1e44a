//! How much a rendering may do while packs are active: turns of loops, bytes, time.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use thiserror::Error;

use crate::template::limits;

const MIB: usize = 1024 * 1024;

/// The bound that a rendering comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Exceeded {
    #[error("the loops of this file take more than {} turns", limits::TURNS)]
    Turns,
    #[error("rendering takes longer than {} s", limits::RENDER_TIME.as_secs())]
    Time,
    #[error("this file becomes larger than {} MiB", limits::OUTPUT_BYTES / MIB)]
    File,
    #[error("the system becomes larger than {} MiB", limits::SYSTEM_BYTES / MIB)]
    System,
}

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
/// The bound, when there are no more.
pub fn count_iteration() -> Result<(), Exceeded> {
    let Some((left, end)) = LEFT.get() else {
        return Ok(());
    };
    let left = left.checked_sub(1).ok_or(Exceeded::Turns)?;
    LEFT.set(Some((left, end)));
    match Instant::now() > end {
        true => Err(Exceeded::Time),
        false => Ok(()),
    }
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
                return Err(io::Error::other(Exceeded::File));
            }
            if total.fetch_add(more.len(), Ordering::Relaxed) + more.len() > limits::SYSTEM_BYTES {
                return Err(io::Error::other(Exceeded::System));
            }
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
