//! What is wrong in a file that describes a module, beside what its parser says.

use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CatalogueError {
    #[error("the container `{name}` is already one of `{first}`")]
    ContainerTwice {
        name: String,
        /// Folder of the module that has it.
        first: String,
    },
    #[error("the file is missing")]
    Missing,
    #[error("the file is not UTF-8")]
    NotUtf8,
}
