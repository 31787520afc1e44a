//! Which packs are active, as which content, agreed to by whom.

pub mod config;
pub mod force;
pub mod lock;
pub mod trust;
