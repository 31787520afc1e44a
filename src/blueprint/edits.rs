//! Changes of a system as edits of its document: comments, order and style stay.
//!
//! A document may leave services and links to defaults. An edit writes down what it must say and no more: a service
//! that is added to a document without `links` is linked as every other.

pub mod argument;
mod page;
pub mod places;
mod rename;
mod value;

use serde_json::Value;

use super::edit::{expanded, follow};
use super::overrides::{Overrides, ServiceFlag};
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::edit::{Editor, Refused};
use crate::error::part::{Lacking, Present};
use page::Page;
use rename::rename_service;

/// A change that a person asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    AddService {
        service: ServiceFlag,
        description: Option<String>,
        /// The gateways that call it; every one where none is named.
        from: Vec<String>,
        via: Option<String>,
    },
    AddLink {
        /// May be left out where there is one gateway.
        from: Option<String>,
        to: String,
        via: Option<String>,
    },
    /// An operation or an event: the key of the section, its service, its name, and what is said of it.
    AddPart {
        section: &'static str,
        service: String,
        name: String,
        value: Value,
    },
    AddTarget(String),
    RenameService {
        from: String,
        to: String,
    },
    RemoveService(String),
    RemoveLink {
        from: Option<String>,
        to: String,
    },
    RemovePart {
        section: &'static str,
        service: String,
        name: String,
    },
    RemoveTarget(String),
    /// A value by its path: keys and numbers of items, or `links.<service>`.
    Set {
        path: String,
        value: Value,
    },
}

/// Why a document was not edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotEdited {
    /// What the edit is about is not there; the nearest that is.
    Missing {
        what: Lacking,
        nearest: Option<String>,
    },
    /// What it would add is there.
    Exists { what: Present },
    /// Several gateways lead to the service, or could.
    Ambiguous { to: String, gateways: Vec<String> },
    /// The text is written in a way that cannot be edited without touching the rest.
    Unsupported,
}

impl From<Refused> for NotEdited {
    fn from(_: Refused) -> Self {
        Self::Unsupported
    }
}

/// The text of the document with the edit. What it says then is not checked: that is the next reader's work.
///
/// # Errors
/// [`NotEdited`]; there is no text then.
pub fn edited(
    document: &Document,
    edit: &Edit,
    catalogue: &Catalogue,
) -> Result<String, NotEdited> {
    let before = expanded(document, &Overrides::default(), catalogue);
    let before = before.ok_or(NotEdited::Unsupported)?;
    let mut editor = Editor::new(&document.source.text)?;
    if let Edit::RenameService { from, to } = edit {
        rename_service(&mut editor, &before, from, to)?;
        return Ok(editor.text().to_owned());
    }
    let mut page = Page {
        has_links: editor.value().get("links").is_some_and(|it| !it.is_null()),
        value: before.clone(),
        catalogue,
    };
    page.change(edit)?;
    follow(&mut editor, &mut Vec::new(), &before, &page.value)?;
    Ok(editor.text().to_owned())
}
