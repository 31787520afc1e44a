//! Threads with a stack that the deepest template allowed in packs does not exhaust.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;
use crate::template::limits;

/// The threads that parse and render what packs bring.
#[derive(Debug)]
pub enum Deep {
    /// rayon's own: everything else that is done side by side is done there, too.
    Everywhere,
    /// Others had used rayon's own before.
    Apart(ThreadPool),
}

/// Makes the threads, once. Called before anything is done side by side, there are no others.
///
/// # Errors
/// [`Error::Threads`] when the system has none left.
pub fn deep() -> Result<&'static Deep, Error> {
    static DEEP: OnceLock<Deep> = OnceLock::new();
    if let Some(deep) = DEEP.get() {
        return Ok(deep);
    }
    let builder = || ThreadPoolBuilder::new().stack_size(limits::STACK_BYTES);
    let deep = match builder().build_global() {
        Ok(()) => Deep::Everywhere,
        Err(_) => {
            let pool = builder().build();
            Deep::Apart(pool.map_err(|error| Error::Threads(error.to_string()))?)
        }
    };
    Ok(DEEP.get_or_init(|| deep))
}

impl Deep {
    /// Does work on one of the threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self {
            Deep::Everywhere => rayon::scope(|_| work()),
            Deep::Apart(pool) => pool.install(work),
        }
    }
}
