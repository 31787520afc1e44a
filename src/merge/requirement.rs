//! Versions that a manifest asks for: one that a person raised or pinned is never lowered.

use semver::Version;

/// Of the value in base, yours and new, all of which differ: which one stays. `None`: none of them is a version.
pub fn decide<'v>(base: &str, yours: &'v str, new: &'v str) -> Option<&'v str> {
    let (_, yours_at) = parse(yours)?;
    let (_, new_at) = parse(new)?;
    let (base_form, _) = parse(base)?;
    let is_pinned =
        |text: &str| parse(text).is_some_and(|(form, _)| form.is_empty() || form == "==");
    // Whoever wrote an exact version where there was a range wants that one.
    if is_pinned(yours) && !matches!(base_form, "" | "==") {
        return Some(yours);
    }
    Some(if new_at > yours_at { new } else { yours })
}

/// What stands before the version, and the lowest version that fits.
fn parse(text: &str) -> Option<(&str, Version)> {
    let first = text.split(',').next()?.trim();
    let at = first.find(|c: char| c.is_ascii_digit())?;
    let form = first[..at].trim();
    if !matches!(form, "" | "^" | "~" | ">=" | "==" | "~=" | "v") {
        return None;
    }
    let end = first[at..]
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '+'))
        .map_or(first.len(), |end| at + end);
    let version = &first[at..end];
    let dots = version.split(['-', '+']).next()?.matches('.').count();
    let padded = match dots {
        0 => format!("{version}.0.0"),
        1 => format!("{version}.0"),
        _ => version.to_owned(),
    };
    Some((form, Version::parse(&padded).ok()?))
}

/// A requirement of Python (PEP 508): the name with its extras, and the rest.
pub fn split_python(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    let end = match text[end..].strip_prefix('[') {
        Some(rest) => end + 1 + rest.find(']')? + 1,
        None => end,
    };
    Some((&text[..end], &text[end..]))
}
