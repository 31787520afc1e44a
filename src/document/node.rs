//! A YAML document as a tree in which every part knows where it was written.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;
use indexmap::map::Slice;
use serde_json::{Number, Value};
use thiserror::Error;

use super::place::{Located, Place};

/// The largest integer that JavaScript and Python both hold exactly (RFC 7493, I-JSON).
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// One value of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub place: Place,
    pub data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// As written. A plain scalar may stand for a number or a truth value where one is expected.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order written, each key once.
    Map(IndexMap<Key, Node>),
}

/// A key of a mapping. Keys are equal when their texts are.
#[derive(Debug, Clone)]
pub struct Key {
    pub place: Place,
    pub text: String,
}

impl Key {
    /// The key for a message about something else.
    pub fn located(&self) -> Located {
        Located {
            name: self.text.clone(),
            place: Some(self.place),
        }
    }
}

/// The entries of a mapping, in the order written.
pub type Entries = Slice<Key, Node>;

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl Node {
    /// A text that is nothing but a text.
    pub fn text(place: Place, text: &str) -> Self {
        Node {
            place,
            data: Data::Scalar {
                text: text.to_owned(),
                plain: false,
            },
        }
    }

    pub fn list(place: Place, items: Vec<Node>) -> Self {
        Node {
            place,
            data: Data::List(items),
        }
    }

    pub fn map(place: Place, entries: Vec<(&str, Node)>) -> Self {
        let entries = entries
            .into_iter()
            .map(|(text, node)| {
                (
                    Key {
                        place,
                        text: text.to_owned(),
                    },
                    node,
                )
            })
            .collect();
        Node {
            place,
            data: Data::Map(entries),
        }
    }

    /// The text of a scalar, whatever it might stand for.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } if !self.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Nothing was written where a value could stand.
    pub fn is_empty(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true } if text.is_empty())
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a list, to change them.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&IndexMap<Key, Node>> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &Entries {
        self.as_map().map(IndexMap::as_slice).unwrap_or_default()
    }

    /// The entries of a mapping, to change them. What is empty becomes a mapping.
    pub fn entries_mut(&mut self) -> Option<&mut IndexMap<Key, Node>> {
        if self.is_empty() {
            self.data = Data::Map(IndexMap::new());
        }
        match &mut self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// A key of a mapping as it is written.
    pub fn key(&self, key: &str) -> Option<&Key> {
        self.as_map()?.get_key_value(key).map(|(key, _)| key)
    }

    /// The value under a key, unless nothing was written there.
    pub fn given(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|node| !node.is_empty())
    }

    /// Puts a value under a key of a mapping, in place of the one that is there.
    pub fn set(&mut self, key: &str, node: Node) {
        let key = Key {
            place: node.place,
            text: key.to_owned(),
        };
        if let Some(entries) = self.entries_mut() {
            entries.insert(key, node);
        }
    }

    /// The node at a JSON Pointer (RFC 6901), and the key under which it stands.
    pub fn at(&self, pointer: &str) -> Option<(Option<&Key>, &Node)> {
        let mut found = (None, self);
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            found = match &found.1.data {
                Data::List(items) => (None, items.get(segment.parse::<usize>().ok()?)?),
                Data::Map(entries) => {
                    let (key, node) = entries.get_key_value(segment.as_str())?;
                    (Some(key), node)
                }
                Data::Scalar { .. } => return None,
            };
        }
        Some(found)
    }

    /// As JSON in which every scalar is the text that was written, and nothing is null.
    pub fn to_texts(&self) -> Value {
        match &self.data {
            Data::Scalar { .. } => self.as_text().map_or(Value::Null, Value::from),
            Data::List(items) => Value::Array(items.iter().map(Node::to_texts).collect()),
            Data::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(key, node)| (key.text.clone(), node.to_texts()));
                Value::Object(pairs.collect())
            }
        }
    }

    /// What a scalar stands for in YAML 1.2's core schema (10.3.2).
    ///
    /// # Errors
    /// Why JSON cannot hold it, or not the same in every language.
    pub fn resolve(&self) -> Result<Value, Unrepresentable> {
        match &self.data {
            Data::Scalar { text, plain: true } => resolve_plain(text),
            Data::Scalar { text, plain: false } => Ok(Value::from(text.as_str())),
            _ => Err(Unrepresentable::NotSingle),
        }
    }
}

/// Why JSON cannot hold a value; its text follows `is` in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unrepresentable {
    #[error("not a single value")]
    NotSingle,
    #[error("an integer beyond 2^53 - 1, which JavaScript cannot hold")]
    TooLarge,
    #[error("not a finite number, which JSON cannot hold")]
    NotFinite,
}

fn resolve_plain(text: &str) -> Result<Value, Unrepresentable> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(integer) = integer(text) {
        let integer = integer.ok_or(Unrepresentable::TooLarge)?;
        return Ok(Value::from(integer));
    }
    let unsigned = text.trim_start_matches(['-', '+']);
    if matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) {
        return Err(Unrepresentable::NotFinite);
    }
    if is_float(text) {
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        return number.map(Value::Number).ok_or(Unrepresentable::NotFinite);
    }
    Ok(Value::from(text))
}

/// `None`: not an integer. `Some(None)`: one that is too large.
fn integer(text: &str) -> Option<Option<i64>> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x") {
        (hex, 16)
    } else if let Some(octal) = text.strip_prefix("0o") {
        (octal, 8)
    } else {
        (text, 10)
    };
    let bare = if radix == 10 {
        digits.strip_prefix(['-', '+']).unwrap_or(digits)
    } else {
        digits
    };
    if bare.is_empty() || !bare.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok();
    Some(value.filter(|value| value.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs()))
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (text, None),
    };
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> Result<Value, Unrepresentable> {
        Node {
            place: Place::START,
            data: Data::Scalar {
                text: text.to_owned(),
                plain: true,
            },
        }
        .resolve()
    }

    #[test]
    fn plain_scalars_follow_the_core_schema_of_yaml_1_2() {
        assert_eq!(plain("true"), Ok(json!(true)));
        assert_eq!(plain("~"), Ok(json!(null)));
        assert_eq!(plain("42"), Ok(json!(42)));
        assert_eq!(plain("+7"), Ok(json!(7)));
        assert_eq!(plain("0x1F"), Ok(json!(31)));
        assert_eq!(plain("0o17"), Ok(json!(15)));
        assert_eq!(plain("017"), Ok(json!(17)));
        assert_eq!(plain("1e3"), Ok(json!(1000.0)));
        assert_eq!(plain("-.5"), Ok(json!(-0.5)));
        assert_eq!(plain("1."), Ok(json!(1.0)));
        for text in [
            "no",
            "on",
            "yes",
            "y",
            "1_000",
            "1:30",
            "2026-01-01",
            "e3",
            ".",
            "-",
            "0x",
            "1e",
        ] {
            assert_eq!(plain(text), Ok(json!(text)), "{text}");
        }
    }

    #[test]
    fn numbers_that_not_every_language_holds_are_refused() {
        assert!(plain("9007199254740992").is_err());
        assert_eq!(
            plain("-9007199254740991"),
            Ok(json!(-9_007_199_254_740_991_i64))
        );
        assert!(plain("99999999999999999999999999").is_err());
        assert!(plain("-9223372036854775808").is_err());
        assert!(plain(".inf").is_err());
        assert!(plain("-.NaN").is_err());
        assert!(plain("1e999").is_err());
    }

    #[test]
    fn pointers_lead_to_nodes() {
        let leaf = Node::text(Place::Flag("--x"), "leaf");
        let list = Node::list(Place::START, vec![leaf.clone()]);
        let root = Node::map(Place::START, vec![("a/b~c", list), ("0", leaf.clone())]);
        assert_eq!(root.at("/a~1b~0c/0").map(|(_, node)| node), Some(&leaf));
        assert_eq!(root.at("/0").map(|(_, node)| node), Some(&leaf));
        assert_eq!(root.at("").map(|(_, node)| node), Some(&root));
        assert_eq!(root.at("/nowhere"), None);
    }
}
