//! A plan's templates and views to the tree of files in memory.

pub mod engine;
mod helpers;
pub mod json;
pub mod view;
