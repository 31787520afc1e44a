//! Why a template is not filled.

use std::error::Error;
use std::io;

use handlebars::{RenderError, RenderErrorReason, TemplateError, TemplateErrorReason};
use thiserror::Error as ThisError;

/// What keeps a template from becoming text.
#[derive(Debug, ThisError)]
pub enum Unfilled {
    #[error("the file is missing or not UTF-8")]
    NoText,
    /// In the parser's words.
    #[error("not a template: {}", .said.trim())]
    NoTemplate { said: String },
    #[error("there is no variable `{name}` here")]
    NoVariable { name: String },
    #[error("there is no such variable here")]
    NoSuchVariable,
    #[error("there is no helper `{name}`")]
    NoHelper { name: String },
    #[error("there is no partial `{name}`")]
    NoPartial { name: String },
    /// Also a bound that is exceeded while the text is written.
    #[error(transparent)]
    Io(io::Error),
    /// What a helper says, as that a bound is exceeded.
    #[error(transparent)]
    Helper(Box<dyn Error + Send + Sync>),
    /// In the parser's words, as the next in the engine's.
    #[error("{}", .0.reason())]
    Unparsed(TemplateError),
    #[error(transparent)]
    Unrendered(RenderErrorReason),
}

impl From<TemplateError> for Unfilled {
    fn from(error: TemplateError) -> Self {
        match error.reason() {
            TemplateErrorReason::InvalidSyntax(said) => Self::NoTemplate { said: said.clone() },
            _ => Self::Unparsed(error),
        }
    }
}

impl From<RenderError> for Unfilled {
    fn from(error: RenderError) -> Self {
        match error.into() {
            RenderErrorReason::MissingVariable(Some(name)) => Self::NoVariable { name },
            RenderErrorReason::MissingVariable(None) => Self::NoSuchVariable,
            RenderErrorReason::HelperNotFound(name) => Self::NoHelper { name },
            RenderErrorReason::PartialNotFound(name) => Self::NoPartial { name },
            RenderErrorReason::TemplateError(error) => error.into(),
            RenderErrorReason::IOError(error) => Self::Io(error),
            RenderErrorReason::NestedError(error) => Self::Helper(error),
            reason => Self::Unrendered(reason),
        }
    }
}
