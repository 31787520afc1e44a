//! Which packs are active, as which content, agreed to by whom.

pub mod active;
pub mod config;
pub mod lock;
pub mod trust;
