//! The contract model, and what it becomes in each language and document.

pub mod mapping;
pub mod model;
pub mod openapi;
