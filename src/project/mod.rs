//! A project on disk.

pub mod base;
pub mod finish;
pub mod state;
pub mod write;
