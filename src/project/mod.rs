//! A project on disk.

pub mod finish;
pub mod state;
pub mod write;
