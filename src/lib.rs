//! hybridge lays out a hybrid backend: Node.js at the edge, Python behind it, and the bridge between them.
//!
//! `docs/architecture.md` says which part may know which.

pub mod apply;
pub mod blueprint;
pub mod cancel;
pub mod catalogue;
pub mod changes;
pub mod cli;
pub mod commands;
pub mod contract;
pub mod disk;
pub mod doctor;
pub mod document;
pub mod eject;
pub mod error;
pub mod fault;
pub mod generate;
pub mod line_ends;
pub mod merge;
pub mod origin;
pub mod pack;
pub mod packs;
pub mod plan;
pub mod project;
pub mod prompt;
pub mod question;
pub mod render;
pub mod report;
pub mod reserved;
pub mod state_error;
pub mod suggest;
pub mod template;
pub mod tree;
pub mod user_dirs;
pub mod workshop;
pub mod written;
