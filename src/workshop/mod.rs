//! For those who make packs: what `hybridge pack` does.

pub mod check;
pub mod eject;
pub mod finding;
pub mod matrix;
pub mod pairwise;
pub mod starter;
mod syntax;
pub mod test;
