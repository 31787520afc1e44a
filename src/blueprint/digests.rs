//! `digests:` of a blueprint: which content exactly the tags of images stand for.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::catalogue::Catalogue;
use crate::document::finding::Findings;
use crate::document::mistake::SystemMistake;
use crate::document::node::Node;

/// Of the algorithms of the OCI image specification, the one that registries give:
/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>.
const PATTERN: &str = "^sha256:[0-9a-f]{64}$";

/// One optional digest for each image that a catalogue names.
pub fn schema(catalogue: &Catalogue) -> Value {
    let images = catalogue.versions().images.iter();
    let properties: Map<_, _> = images
        .map(|(name, image)| {
            let schema = json!({
                "title": "digest",
                "description": format!("The digest of `{image}`."),
                "type": "string",
                "pattern": PATTERN,
            });
            (name.clone(), schema)
        })
        .collect();
    json!({
        "title": "the digests of images",
        "description": "What the tags of images stand for, which a registry may move otherwise. Without this key: what the registry gives.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// Tells which digests are none; what stands in their place is the schema's to tell.
pub fn check(root: &Node, findings: &mut Findings) {
    for (_, node) in root.get("digests").map(Node::entries).unwrap_or_default() {
        if let Some(text) = node.as_text().filter(|text| !is_digest(text)) {
            let text = text.to_owned();
            findings.push(node.place, SystemMistake::NotADigest { text });
        }
    }
}

/// The digests by the name of the image, in the order written.
pub fn read(root: &Node) -> IndexMap<String, String> {
    let entries = root.get("digests").map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(|(key, node)| Some((key.text.clone(), node.as_text()?.to_owned())))
        .collect()
}

/// Images by name, each with its digest where there is one: it says what is taken, and the tag which that was.
pub fn pinned(
    images: &BTreeMap<String, String>,
    digests: &IndexMap<String, String>,
) -> BTreeMap<String, String> {
    images
        .iter()
        .map(|(name, image)| {
            let pinned = digests.get(name).map(|digest| {
                let tagged = image.split_once('@').map_or(image.as_str(), |(it, _)| it);
                format!("{tagged}@{digest}")
            });
            (name.clone(), pinned.unwrap_or_else(|| image.clone()))
        })
        .collect()
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}
