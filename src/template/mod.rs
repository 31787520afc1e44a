//! The files below `templates/`: which layer each is of, what its path and its text may say.

pub mod files;
pub mod glob;
pub mod includes;
pub mod limits;
pub mod module;
pub mod path;
pub mod scan;
