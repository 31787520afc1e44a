//! Parts of a blueprint that an edit does not find, or finds where it would add them.

use std::fmt;

/// What a blueprint lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    Named {
        kind: PartKind,
        name: String,
    },
    Item {
        /// As it was written; items are counted from 0.
        index: String,
        count: usize,
        /// Of the list.
        path: String,
    },
    Value {
        path: String,
    },
    /// Any service of the kind that is asked for.
    Choice,
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { kind, name } => write!(f, "{kind} `{name}`"),
            Self::Item { index, count, path } => {
                write!(f, "item `{index}` of {count} (counted from 0) in `{path}`")
            }
            Self::Value { path } => write!(f, "`{path}`"),
            Self::Choice => f.write_str("service to choose"),
        }
    }
}

/// A part that has a name, or ends at one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    Service,
    Gateway,
    Link,
    Target,
    /// An operation, an event or a type of a service.
    Entry,
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Gateway => "gateway",
            Self::Link => "link to",
            Self::Target => "target",
            Self::Entry => "entry",
        })
    }
}

/// What a blueprint has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Present {
    Named {
        name: String,
    },
    Link {
        gateway: String,
        to: String,
    },
    /// All that there are.
    Targets,
}

impl fmt::Display for Present {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { name } => write!(f, "`{name}`"),
            Self::Link { gateway, to } => write!(f, "the link `{gateway}:{to}`"),
            Self::Targets => f.write_str("every target"),
        }
    }
}
