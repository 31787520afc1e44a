//! `packs:` of a blueprint: which packs are active, and what was answered to their prompts.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::model::PackUse;
use super::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::finding::{Findings, Place};
use crate::document::mistake::SystemMistake;
use crate::document::node::{Data, Node};
use crate::question::Answers;
use crate::question::prompt::{Kind, Prompt, complete};
use crate::template::limits;

/// A pack that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub from: String,
}

/// The packs that a document names, in its order: what must be known before the rest of it can be judged. What
/// is wrong with them otherwise is told with the rest.
pub fn named(document: &Document) -> Vec<Named> {
    let packs = document.root.get("packs");
    let entries = packs.map(Node::entries).unwrap_or_default();
    let packs = entries
        .iter()
        .take(limits::PACKS + 1)
        .filter_map(|(key, node)| {
            Some(Named {
                name: key.text.clone(),
                from: node.get("from")?.as_text()?.to_owned(),
            })
        });
    packs.collect()
}

/// Writes what flags and prompts say into the tree.
pub fn expand(root: &mut Node, overrides: &Overrides) {
    const PACK: Place = Place::Flag("--pack");
    const SET: Place = Place::Flag("--set");
    for (name, from) in &overrides.packs {
        if let Some(pack) = child(child(root, "packs", PACK), name, PACK).entries_mut() {
            pack.shift_remove("from");
        }
        child(child(root, "packs", PACK), name, PACK).set("from", Node::text(PACK, from));
    }
    for (pack, key, value) in &overrides.answers {
        let pack = child(child(root, "packs", SET), pack, SET);
        child(pack, "with", SET).set(key, node(SET, value));
    }
}

/// The mapping under a key, made when it is not there.
fn child<'n>(node: &'n mut Node, key: &str, place: Place) -> &'n mut Node {
    if node.given(key).is_none() {
        node.set(key, Node::map(place, Vec::new()));
    }
    match node.entries_mut().is_some_and(|it| it.contains_key(key)) {
        true => &mut node.entries_mut().expect("a mapping")[key],
        // What is no mapping is told by the schema; here it must only not be lost.
        false => node,
    }
}

fn node(place: Place, value: &Value) -> Node {
    match value {
        Value::String(text) => Node::text(place, text),
        Value::Array(items) => {
            Node::list(place, items.iter().map(|item| node(place, item)).collect())
        }
        other => Node {
            place,
            data: Data::Scalar {
                text: other.to_string(),
                plain: true,
            },
        },
    }
}

/// The packs of a tree, every answer filled in.
pub fn used(root: &Node, catalogue: &Catalogue) -> IndexMap<String, PackUse> {
    let entries = root.get("packs").map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .take(limits::PACKS)
        .map(|(key, node)| {
            let given = node.get("with").map(Node::entries).unwrap_or_default();
            let prompts = catalogue.pack(&key.text).map(|pack| &pack.manifest.prompts);
            let answers = prompts.map(|prompts| {
                let given: Answers = given
                    .iter()
                    .filter_map(|(key, node)| {
                        Some((key.text.clone(), answer(prompts.get(&key.text)?, node)?))
                    })
                    .collect();
                complete(prompts, &given)
            });
            let from = node.get("from").and_then(Node::as_text).unwrap_or_default();
            let used = PackUse {
                from: from.to_owned(),
                answers: answers.unwrap_or_default(),
            };
            (key.text.clone(), used)
        })
        .collect()
}

/// What is written, as the prompt takes it; `None` where it does not, which the schema tells.
fn answer(prompt: &Prompt, node: &Node) -> Option<Value> {
    match prompt.kind {
        Kind::Text | Kind::Choice => match &node.data {
            Data::Scalar { text, .. } => Some(json!(text)),
            _ => None,
        },
        Kind::Many => node
            .as_list()
            .map(|items| items.iter().filter_map(Node::as_text).collect()),
        Kind::Number | Kind::Confirm => node.resolve().ok(),
    }
}

/// What no schema can tell.
pub fn check(root: &Node, catalogue: &Catalogue, findings: &mut Findings) {
    let Some(packs) = root.get("packs") else {
        return;
    };
    for (key, pack) in packs.entries() {
        let Some(known) = catalogue.pack(&key.text) else {
            continue;
        };
        for (key, node) in pack.get("with").map(Node::entries).unwrap_or_default() {
            let Some(prompt) = known.manifest.prompts.get(&key.text) else {
                continue;
            };
            let Some(value) = answer(prompt, node) else {
                continue;
            };
            if let Err(why) = prompt.accept(&value)
                && !findings.any_at(node.place)
            {
                let mistake = SystemMistake::NotAnAnswer {
                    prompt: key.text.clone(),
                    why,
                };
                findings.push(node.place, mistake);
            }
        }
    }
}

/// As it is written on a page.
pub fn page(packs: &IndexMap<String, PackUse>) -> Value {
    let entries = packs.iter().map(|(name, used)| {
        let mut entry = Map::new();
        entry.insert("from".to_owned(), json!(used.from));
        if !used.answers.is_empty() {
            entry.insert("with".to_owned(), json!(used.answers));
        }
        (name.clone(), Value::Object(entry))
    });
    Value::Object(entries.collect())
}

/// The schema of `packs:`, with the prompts of those that are active.
pub fn schema(catalogue: &Catalogue) -> Value {
    let packs: Map<String, Value> = catalogue
        .packs()
        .iter()
        .map(|pack| {
            (
                pack.id.name.clone(),
                schema_of(
                    &pack.id.name,
                    &pack.manifest.description,
                    &pack.manifest.prompts,
                ),
            )
        })
        .collect();
    let unknown = match packs.is_empty() {
        true => json!({
            "title": "a pack",
            "type": "object",
            "properties": { "from": from(), "with": {
                    "title": "answers",
                    "description": "Answers to what the pack asks.",
                    "type": ["object", "null"],
                } },
            "required": ["from"],
            "additionalProperties": false,
        }),
        false => json!(false),
    };
    json!({
        "title": "packs",
        "description": "Templates from outside that stack on the built-in ones, in this order.",
        "type": "object",
        "maxProperties": limits::PACKS,
        "properties": packs,
        "additionalProperties": unknown,
    })
}

fn from() -> Value {
    json!({
        "title": "place of a pack",
        "description": "A folder or an archive (.tar.gz, .zip), seen from this file, or a git URL with `#` and a tag or commit.",
        "type": "string",
        "maxLength": 1000,
    })
}

fn schema_of(name: &str, description: &str, prompts: &IndexMap<String, Prompt>) -> Value {
    let title = format!("`with` of pack `{name}`");
    let properties: Map<String, Value> = prompts
        .iter()
        .map(|(key, prompt)| (key.clone(), prompt.schema(key)))
        .collect();
    let needed: Vec<(&String, &Prompt)> = prompts
        .iter()
        .filter(|(_, prompt)| !prompt.has_default())
        .collect();
    let always: Vec<&String> = needed
        .iter()
        .filter(|(_, it)| it.when.0.is_empty())
        .map(|(key, _)| *key)
        .collect();
    let default = |key: &str| prompts.get(key).map(Prompt::default);
    let sometimes: Vec<Value> = needed
        .iter()
        .filter(|(_, it)| !it.when.0.is_empty())
        .map(|(key, prompt)| {
            json!({ "if": prompt.when.schema(default), "then": { "title": title, "required": [key] } })
        })
        .collect();
    let mut with = json!({
        "title": title,
        "description": "Answers to what the pack asks; what is left out has its default.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    });
    if !always.is_empty() {
        with["type"] = json!("object");
        with["required"] = json!(always);
    }
    if !sometimes.is_empty() {
        with["allOf"] = json!(sometimes);
    }
    let required = if always.is_empty() {
        json!(["from"])
    } else {
        json!(["from", "with"])
    };
    json!({
        "title": format!("pack `{name}`"),
        "description": description,
        "type": "object",
        "properties": { "from": from(), "with": with },
        "required": required,
        "additionalProperties": false,
    })
}
