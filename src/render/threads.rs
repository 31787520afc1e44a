//! Threads with a stack that the deepest template allowed in packs does not exhaust.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;
use crate::template::limits;

/// The threads that parse and render what packs bring.
#[derive(Debug)]
pub enum RenderThreads {
    /// rayon's own: everything else that is done side by side is done there, too.
    Global,
    /// Others had used rayon's own before.
    OwnPool(ThreadPool),
}

/// Makes the threads, once. Called before anything is done side by side, there are no others.
///
/// # Errors
/// [`Error::Threads`] when the system has none left.
pub fn start() -> Result<&'static RenderThreads, Error> {
    static THREADS: OnceLock<RenderThreads> = OnceLock::new();
    if let Some(threads) = THREADS.get() {
        return Ok(threads);
    }
    let builder = || ThreadPoolBuilder::new().stack_size(limits::STACK_BYTES);
    let threads = match builder().build_global() {
        Ok(()) => RenderThreads::Global,
        Err(_) => RenderThreads::OwnPool(builder().build()?),
    };
    Ok(THREADS.get_or_init(|| threads))
}

impl RenderThreads {
    /// Does work on one of the threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self {
            RenderThreads::Global => rayon::scope(|_| work()),
            RenderThreads::OwnPool(pool) => pool.install(work),
        }
    }
}
