//! Names in one scope of a `.proto` file, which are all different.

use std::collections::{BTreeMap, HashSet};
use std::ops::Index;

use heck::ToShoutySnakeCase;

/// What protobuf's own types and the modules made of the file are called.
pub const KNOWN: [&str; 18] = [
    "Builtin",
    "DeepPartial",
    "Exact",
    "KeysOfUnion",
    "ListValue",
    "Long",
    "Message",
    "MessageFns",
    "MessageType",
    "NullValue",
    "Root",
    "Rpc",
    "Struct",
    "Timestamp",
    "UnknownMessage",
    "Value",
    "BinaryReader",
    "BinaryWriter",
];

/// The names that are taken.
#[derive(Debug, Clone, Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    pub fn new<'n>(taken: impl IntoIterator<Item = &'n str>) -> Self {
        let taken = taken.into_iter().map(str::to_owned).collect();
        Self { taken }
    }

    /// The name, or where it is taken the name with the suffix, as often as it takes.
    pub fn take(&mut self, name: &str, suffix: &str) -> String {
        let mut name = name.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push_str(suffix);
        }
        name
    }

    /// As [`Names::take`], and not one of `others` either: names of a scope around this one would be hidden.
    pub fn take_beside(&mut self, others: &Self, name: &str, suffix: &str) -> String {
        let mut name = name.to_owned();
        while others.taken.contains(&name) || !self.taken.insert(name.clone()) {
            name.push_str(suffix);
        }
        name
    }

    /// As [`Names::take`], for a name that stands once more with `ending`.
    fn take_pair(&mut self, name: &str, ending: &str, suffix: &str) -> String {
        let mut name = name.to_owned();
        let pair = |name: &str| [name.to_owned(), format!("{name}{ending}")];
        while pair(&name).iter().any(|name| self.taken.contains(name)) {
            name.push_str(suffix);
        }
        self.taken.extend(pair(&name));
        name
    }
}

/// What the constants are called that hold the words of each enum, by the path of the enum: paths are
/// joined and their case is changed, so that two may become one.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<String, String>);

impl Tables {
    /// `wanted` is the name of a path's table; the table for the other direction has `ending` behind it.
    pub fn new<'p>(
        paths: impl Iterator<Item = &'p str>,
        wanted: impl Fn(&str) -> String,
        ending: &str,
        suffix: &str,
    ) -> Self {
        let mut names = Names::default();
        let named = paths.map(|path| {
            (
                path.to_owned(),
                names.take_pair(&wanted(path), ending, suffix),
            )
        });
        Self(named.collect())
    }
}

impl Index<&str> for Tables {
    type Output = str;

    fn index(&self, path: &str) -> &str {
        &self.0[path]
    }
}

/// The name of a field in JSON, by which protobuf tells fields apart too
/// (<https://protobuf.dev/programming-guides/json/>): `word_count` -> `wordCount`, `a_1` -> `a1`.
pub fn json_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut is_next_upper = false;
    for c in field.chars() {
        match c {
            '_' => is_next_upper = true,
            c if is_next_upper => {
                name.push(c.to_ascii_uppercase());
                is_next_upper = false;
            }
            c => name.push(c),
        }
    }
    name
}

/// What protobuf compares values of an enum by: without prefix, without underscores.
pub fn value_key(word: &str) -> String {
    let word = word.to_shouty_snake_case();
    word.split('_')
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            format!("{first}{}", rest.to_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_the_suffix() {
        let mut names = Names::new(["Value"]);
        assert_eq!(names.take("Value", "Type"), "ValueType");
        assert_eq!(names.take("Value", "Type"), "ValueTypeType");
        assert_eq!(names.take("Word", "Type"), "Word");
    }

    #[test]
    fn json_names_are_protobufs() {
        for (field, name) in [
            ("word_count", "wordCount"),
            ("a_1", "a1"),
            ("a1", "a1"),
            ("x", "x"),
        ] {
            assert_eq!(json_name(field), name);
        }
    }
}
