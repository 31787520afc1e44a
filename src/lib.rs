//! hybridge lays out a hybrid backend: Node.js at the edge, Python behind it, and the bridge between them.

pub mod blueprint;
pub mod catalogue;
pub mod contract;
