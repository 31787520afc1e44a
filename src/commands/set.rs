//! `--set KEY=VALUE`: answers to the prompts of packs.

use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::error::flag::FlagError;
use crate::suggest::nearest;

/// Reads the flags: pack, key, value.
///
/// # Errors
/// [`Error::BadFlag`] for one that no pack asks, or whose value does not fit.
pub fn read(
    flags: &[String],
    catalogue: &Catalogue,
) -> Result<Vec<(String, String, Value)>, Error> {
    flags.iter().map(|flag| read_one(flag, catalogue)).collect()
}

fn read_one(flag: &str, catalogue: &Catalogue) -> Result<(String, String, Value), Error> {
    let bad = |why: FlagError| Error::BadFlag {
        flag: "--set",
        value: flag.to_owned(),
        why,
    };
    let (name, text) = flag
        .split_once('=')
        .ok_or_else(|| bad(FlagError::NotAnAnswer))?;
    let (of, key) = match name.split_once('.') {
        Some((pack, key)) => (Some(pack), key),
        None => (None, name),
    };
    let packs = catalogue
        .packs()
        .iter()
        .filter(|pack| of.is_none_or(|of| of == pack.id.name));
    let mut asking = packs.filter_map(|pack| Some((pack, pack.manifest.prompts.get(key)?)));
    let (pack, prompt) = asking.next().ok_or_else(|| {
        let known = catalogue
            .packs()
            .iter()
            .flat_map(|pack| pack.manifest.prompts.keys());
        let known: Vec<String> = known.cloned().collect();
        bad(FlagError::NotAsked {
            name: name.to_owned(),
            nearest: nearest(key, known.iter().map(String::as_str)).map(str::to_owned),
            known,
        })
    })?;
    if let Some((other, _)) = asking.next() {
        return Err(bad(FlagError::AskedTwice {
            key: key.to_owned(),
            first: pack.id.name.clone(),
            second: other.id.name.clone(),
        }));
    }
    let value = prompt.parse(text);
    prompt.accept(&value).map_err(|why| {
        let text = text.to_owned();
        bad(FlagError::Unfit { text, why })
    })?;
    Ok((pack.id.name.clone(), key.to_owned(), value))
}

/// A value as [`read`] takes it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
