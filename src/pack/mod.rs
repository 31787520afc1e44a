//! Packs: folders of templates from outside that stack on the built-in ones.
//!
//! A pack is data. It is read into memory within the bounds of `limits`, judged whole before anything is done
//! with it, and rendered by an engine that counts its steps. Nothing in it is ever run.

pub mod archive;
pub mod cache;
pub mod content;
pub mod contributions;
pub mod folder;
mod git;
pub mod manifest;
pub mod path;
pub mod source;

use std::sync::Arc;

use content::{Content, FileError};
use indexmap::IndexMap;
use manifest::{ManifestError, PackManifest};

use crate::document::yaml::line_of;
use crate::fault::Fault;
use crate::origin::PackId;
use crate::question::error::PromptError;
use crate::question::prompt::Prompt;
use crate::template::module::{MANIFEST, VERSIONS};
use crate::template::scan;

/// A pack that was read and judged, ready to be stacked.
#[derive(Debug, Clone)]
pub struct Pack {
    pub id: Arc<PackId>,
    pub manifest: PackManifest,
    pub content: Content,
    /// Where it came from, as it is written into a blueprint.
    pub from: String,
    /// For git.
    pub commit: Option<String>,
    /// Somebody else made it: it comes from git or as an archive.
    pub is_foreign: bool,
}

impl Pack {
    /// Judges the files of a pack, all but what only the other active ones can show.
    ///
    /// # Errors
    /// The first [`Fault`] in it.
    pub fn read(content: Content, from: &str) -> Result<Self, Fault> {
        let text = content.manifest_text()?;
        let manifest = PackManifest::read(text, content.name())?;
        let id = Arc::new(manifest.id());
        let mut prompts: IndexMap<String, Prompt> = IndexMap::new();
        for (key, prompt) in &manifest.prompts {
            add(&mut prompts, key, prompt.clone()).map_err(|error| {
                let at = line_of(text, "prompts");
                Fault::in_file(&id, manifest::PACK_FILE, text, at, error)
            })?;
        }
        for (path, file) in content.templates() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_yaml = name == MANIFEST || path == VERSIONS;
            // These are filled in, too.
            let is_template =
                path.ends_with(".hbs") || matches!(name, "openapi.yaml" | "asyncapi.yaml");
            if !is_template && !is_yaml {
                continue;
            }
            let shown = format!("templates/{path}");
            let text = std::str::from_utf8(&file.bytes)
                .map_err(|_| Fault::refused(&id, &shown, FileError::TemplateNotUtf8))?;
            scan::read(text, false).map_err(|refusal| {
                let at = scan::place(text, refusal.at);
                Fault::in_file(&id, &shown, text, Some(at), refusal.why)
            })?;
            if !is_yaml {
                continue;
            }
            for (key, mut prompt) in contributions::check(&id, path, text)? {
                prompt.module = path
                    .strip_suffix(MANIFEST)
                    .map(|it| it.trim_end_matches('/').into());
                add(&mut prompts, &key, prompt).map_err(|error| {
                    let at = line_of(text, "prompts");
                    Fault::in_file(&id, &shown, text, at, error)
                })?;
            }
        }
        for remove in &manifest.remove {
            let unknown = remove
                .condition()
                .and_then(|it| it.0.keys().find(|key| !prompts.contains_key(*key)));
            if let Some(unknown) = unknown {
                let at = line_of(text, "remove");
                let name = unknown.clone();
                let why = ManifestError::UnknownCondition { name };
                return Err(Fault::in_file(&id, manifest::PACK_FILE, text, at, why));
            }
        }
        let manifest = PackManifest {
            prompts,
            ..manifest
        };
        Ok(Self {
            id,
            manifest,
            content,
            from: from.to_owned(),
            commit: None,
            is_foreign: false,
        })
    }
}

/// Judges a question and puts it behind those that are asked before.
fn add(
    prompts: &mut IndexMap<String, Prompt>,
    key: &str,
    prompt: Prompt,
) -> Result<(), PromptError> {
    let earlier: Vec<&str> = prompts.keys().map(String::as_str).collect();
    prompt.check(key, &earlier)?;
    match prompts.insert(key.to_owned(), prompt) {
        None => Ok(()),
        Some(_) => Err(PromptError::Twice { key: key.into() }),
    }
}
