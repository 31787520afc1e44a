//! A plan's templates and views to the tree of files in memory.

mod blocks;
mod budget;
pub mod engine;
pub mod error;
pub mod helpers;
pub mod json;
pub mod threads;
