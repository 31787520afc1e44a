//! `--set KEY=VALUE`: answers to the prompts of packs.

use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::suggest::did_you_mean;

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
    let bad = |reason: String| Error::BadFlag {
        flag: "--set",
        value: flag.to_owned(),
        reason,
    };
    let (name, text) = flag
        .split_once('=')
        .ok_or_else(|| bad("write KEY=VALUE, as in `team=payments`".into()))?;
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
        let known: Vec<&str> = known.map(String::as_str).collect();
        let hint = did_you_mean(key, known.iter().copied());
        bad(match hint {
            Some(hint) => format!("no active pack asks `{name}`; {hint}"),
            None if known.is_empty() => "no active pack asks anything".into(),
            None => format!(
                "no active pack asks `{name}`, only `{}`",
                known.join("`, `")
            ),
        })
    })?;
    if let Some((other, _)) = asking.next() {
        return Err(bad(format!(
            "both `{}` and `{}` ask `{key}`: write `{}.{key}=...`",
            pack.id.name, other.id.name, pack.id.name
        )));
    }
    let value = prompt.parse(text);
    prompt
        .accept(&value)
        .map_err(|reason| bad(format!("`{text}` {reason}")))?;
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
