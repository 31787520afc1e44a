//! A project on disk.

pub mod base;
mod fault;
pub mod finish;
pub mod place;
pub mod remember;
pub mod rendered;
pub mod state;
pub mod transaction;
pub mod write;
