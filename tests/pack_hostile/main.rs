//! Packs that want to do harm, or are broken: each is refused before anything is written.

#[path = "../support/mod.rs"]
mod support;

mod advisories;
mod archives;
mod bounds;
mod paths;
mod programs;
