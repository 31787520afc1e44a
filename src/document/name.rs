//! Why a word cannot be a name, and the rules that names of every kind have in common.

use thiserror::Error;

use super::quote::quoted;
use crate::reserved::{MAX_NAME, WordList};

/// The rule that a name breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is not made of the right letters.
    #[error("{} is not {form}", quoted(.name))]
    Form { name: String, form: Form },

    #[error("{} has {} characters, more than {MAX_NAME}", quoted(.name), .name.len())]
    TooLong { name: String },

    /// It means something already.
    #[error("`{name}` {by}")]
    Taken { name: String, by: Taken },

    /// It is the host name of a container of a module.
    #[error("`{name}` is a container that {module} brings")]
    Container { name: String, module: String },
}

impl NameError {
    pub fn taken(name: &str, by: Taken) -> Self {
        Self::Taken {
            name: name.to_owned(),
            by,
        }
    }

    pub fn form(name: &str, form: Form) -> Self {
        Self::Form {
            name: name.to_owned(),
            form,
        }
    }
}

/// What a name is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Form {
    #[error(
        "a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first"
    )]
    DnsLabel,
    #[error(
        "a pack's name: lower-case letters and digits, in words joined by single hyphens, a letter first"
    )]
    PackName,
    #[error(
        "snake_case: lower-case letters and digits, in words joined by single `_`, a letter first"
    )]
    SnakeCase,
    #[error("PascalCase: letters and digits, a capital first")]
    PascalCase,
    #[error(
        "a word of an enum: letters, digits and `_`, a letter first, as enums have it in every language"
    )]
    EnumWord,
    #[error(
        "a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`"
    )]
    Scope,
}

/// What a name means already. Its text follows the name in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Taken {
    #[error("is a device on Windows, where no folder can be called so")]
    WindowsFolder,
    #[error("is a device on Windows, where the file of the operation cannot be called so")]
    WindowsFile,
    #[error("is a reserved word of JavaScript")]
    JavaScriptWord,
    #[error("is a member that JavaScript looks for on any object")]
    JavaScriptMember,
    #[error("is a module of Node.js, which no npm package may be called")]
    NodeModule,
    #[error("is an npm package that gateways depend on, and no package depends on its own name")]
    NpmPackage,
    #[error("is a keyword of Python")]
    PythonWord,
    #[error("is a keyword of Python, which no package may be called")]
    PythonWordOfPackage,
    #[error("is a builtin of Python, which the service's package would hide")]
    PythonBuiltin,
    #[error("is a builtin of Python, which the function of the operation would hide")]
    PythonBuiltinOfOperation,
    #[error("is a module of Python's standard library, which the service's package would hide")]
    PythonModule,
    #[error("is a Python package that services depend on, which the service's own would hide")]
    PythonPackage,
    #[error("is a folder of every Python project, beside the service's package")]
    PythonFolder,
    #[error("is a folder that git and linters leave out")]
    SkippedFolder,
    #[error("is a package that stands beside the services")]
    OwnPackage,
    #[error("is a route of the gateway, under `/api/` beside the services")]
    Route,
    #[error("is a file beside the contracts of the services")]
    ServiceFile,
    #[error("is the host name by which every machine knows itself")]
    Localhost,
    #[error("is the name of a host that stands beside the services in containers")]
    Host,
    #[error("begins with `kube-`, which Kubernetes keeps for its own namespaces")]
    Kubernetes,
    #[error("is what a gateway is called: a service of another kind needs another name")]
    Gateway,
    #[error("is a function that the file of the operation calls")]
    HandlerFunction,
    #[error("is an attribute of every pydantic model, which the field would hide")]
    PydanticAttribute,
    #[error("is a name that the generated models use, which the field would hide")]
    ModelName,
    #[error("is a name that Python, TypeScript or the generated code has already")]
    TypeName,
    #[error("is a value of its own, not a word of an enum")]
    EnumValue,
}

/// A word list, and what its words mean already.
pub type Rule = (WordList, Taken);

/// # Errors
/// [`NameError::Taken`] with the first rule that the name breaks.
pub fn reject(name: &str, rules: &[Rule]) -> Result<(), NameError> {
    match rules.iter().find(|(words, _)| words.contain(name)) {
        Some((_, by)) => Err(NameError::taken(name, *by)),
        None => Ok(()),
    }
}

/// # Errors
/// [`NameError::TooLong`]
pub fn check_length(name: &str) -> Result<(), NameError> {
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Lower-case letters and digits, in words joined by a single `separator`, a letter first.
pub fn is_joined(name: &str, separator: char) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split(separator).all(word)
}
