//! What modules are options of, as `templates/axes.yaml` describes it.
//!
//! A few axes are structure, and known here by name: what services there are, what they are built with, how they
//! talk and where they run. Whatever else a gateway or a service chooses is data.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::template::files;
use crate::template::module::Side;

/// Where axes are described, below `templates/`.
pub const AXES: &str = "axes.yaml";

/// An axis, by the name of its folder under `templates/`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Axis(&'static str);

/// What is said of an axis.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    title: String,
    #[serde(default)]
    of: Option<Side>,
    #[serde(default)]
    many: bool,
    #[serde(default)]
    option: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    flag: FlagText,
    #[serde(default)]
    ask: Option<String>,
}

/// What help says of the flag of an axis.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagText {
    /// What stands for a value.
    pub value: String,
    pub help: String,
}

/// Each with `--<axis>`.
static AXES_BY_NAME: LazyLock<IndexMap<String, (String, Described)>> = LazyLock::new(|| {
    let text = files::built_in_text(AXES).expect("the binary carries it");
    let axes: IndexMap<String, Described> =
        serde_yaml::from_str(text).expect("a test reads this file");
    let with_flag = |(name, axis)| {
        let flag = format!("--{name}");
        (name, (flag, axis))
    };
    axes.into_iter().map(with_flag).collect()
});

impl Axis {
    pub const KIND: Axis = Axis("kind");
    /// Node.js frameworks.
    pub const GATEWAY: Axis = Axis("gateway");
    /// Python frameworks.
    pub const PYTHON: Axis = Axis("python");
    pub const TRANSPORT: Axis = Axis("transport");
    pub const STORE: Axis = Axis("store");
    pub const DEPLOY: Axis = Axis("deploy");

    /// Every axis, in the order in which they are listed.
    pub fn all() -> impl DoubleEndedIterator<Item = Axis> {
        AXES_BY_NAME.keys().map(|name| Axis(name))
    }

    /// What a component of this side chooses by a key of its own.
    pub fn choices(side: Side) -> impl Iterator<Item = Axis> {
        Self::all().filter(move |axis| axis.described().of == Some(side))
    }

    /// What components of either side choose by a key of their own.
    pub fn all_choices() -> impl Iterator<Item = Axis> {
        Self::all().filter(|axis| axis.described().of.is_some())
    }

    /// The axis of that name.
    pub fn named(name: &str) -> Option<Axis> {
        Self::all().find(|axis| axis.0 == name)
    }

    fn described(self) -> &'static Described {
        &AXES_BY_NAME[self.0].1
    }

    /// The folder under `templates/`; also the key in the blueprint of what a component chooses.
    pub fn folder(self) -> &'static str {
        self.0
    }

    /// What its options are called, for headings.
    pub fn title(self) -> &'static str {
        &self.described().title
    }

    /// Any number of options is chosen.
    pub fn is_many(self) -> bool {
        self.described().many
    }

    /// What one option is called.
    pub fn option(self) -> &'static str {
        &self.described().option
    }

    /// What its key in the blueprint says.
    pub fn about(self) -> &'static str {
        &self.described().about
    }

    /// `--<axis>`
    pub fn flag(self) -> &'static str {
        &AXES_BY_NAME[self.0].0
    }

    pub fn flag_text(self) -> &'static FlagText {
        &self.described().flag
    }

    /// The question of `hybridge new`; `None` where the default is taken without asking.
    pub fn question(self) -> Option<&'static str> {
        self.described().ask.as_deref()
    }

    fn position(self) -> Option<usize> {
        AXES_BY_NAME.get_index_of(self.0)
    }
}

/// In the order in which they are listed.
impl Ord for Axis {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}

impl PartialOrd for Axis {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Axis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_code_knows_is_described_and_what_is_chosen_says_all() {
        for axis in [
            Axis::KIND,
            Axis::GATEWAY,
            Axis::PYTHON,
            Axis::TRANSPORT,
            Axis::STORE,
            Axis::DEPLOY,
        ] {
            assert_eq!(Axis::named(axis.folder()), Some(axis));
        }
        for axis in Axis::all_choices() {
            let said = [
                axis.option(),
                axis.about(),
                &axis.flag_text().value,
                &axis.flag_text().help,
            ];
            assert!(said.iter().all(|text| !text.is_empty()), "{axis}");
        }
    }
}
