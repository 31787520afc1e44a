//! Versions that a manifest asks for: one that a person raised or pinned is never lowered.

use semver::Version;

/// Of the value in base, yours and new, all of which differ: which one stays. `None`: one of them is no version.
pub fn decide<'v>(base: &str, yours: &'v str, new: &'v str) -> Option<&'v str> {
    let (base_at, yours_at, new_at) = (parse(base)?, parse(yours)?, parse(new)?);
    // Whoever pinned, capped or lowered it wants that; whoever raised it wants at least that.
    let is_raised = yours_at.form == base_at.form
        && yours_at.rest == base_at.rest
        && yours_at.lowest >= base_at.lowest;
    Some(match is_raised && new_at.lowest > yours_at.lowest {
        true => new,
        false => yours,
    })
}

struct Requirement<'t> {
    /// What stands before the version.
    form: &'t str,
    /// The lowest version that fits.
    lowest: Version,
    /// What stands behind the first condition.
    rest: &'t str,
}

fn parse(text: &str) -> Option<Requirement<'_>> {
    let (first, rest) = text.split_once(',').unwrap_or((text, ""));
    let first = first.trim();
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
    Some(Requirement {
        form,
        lowest: Version::parse(&padded).ok()?,
        rest: rest.trim(),
    })
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
