//! How large the smallest example of a contract is: a type that can never end has none, and a few
//! lines of types can ask for more values than any machine holds.

use std::collections::{HashMap, HashSet};

use super::example::EXAMPLE_DEPTH;
use super::lookup::Types;
use super::model::{Field, Type};

/// Values in the example of one input, output, event or type.
pub const MAX_EXAMPLE: u64 = 10_000;
/// Named types inside each other in an example.
pub const MAX_HEIGHT: u64 = 32;

/// Types whose every value holds a value of a type that never ends either, with the field by which
/// they do.
pub fn endless<'a>(types: &Types<'a>) -> Vec<(&'a str, &'a str)> {
    let mut ending: HashSet<&str> = HashSet::new();
    loop {
        let before = ending.len();
        for def in types.iter() {
            if def.fields.iter().all(|field| {
                needs(field).is_none_or(|name| ending.contains(name) || types.get(name).is_none())
            }) {
                ending.insert(&def.name);
            }
        }
        if ending.len() == before {
            break;
        }
    }
    let endless = types
        .iter()
        .filter(|def| !ending.contains(def.name.as_str()));
    endless
        .filter_map(|def| {
            let field = def
                .fields
                .iter()
                .find(|field| needs(field).is_some_and(|name| !ending.contains(name)))?;
            Some((def.name.as_str(), field.name.as_str()))
        })
        .collect()
}

/// The named type of which every value of the field holds at least one.
fn needs(field: &Field) -> Option<&str> {
    if field.optional || field.default.is_some() {
        return None;
    }
    match &field.kind {
        Type::Named(name) => Some(name),
        Type::List(inner) | Type::Map(inner) if field.min_length.unwrap_or(0) > 0 => match &**inner
        {
            Type::Named(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Counts the values of examples, as `example::example_of` makes them.
#[derive(Debug)]
pub struct Sizes<'a> {
    types: &'a Types<'a>,
    known: HashMap<(&'a str, usize), Size>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    values: u64,
    height: u64,
}

impl<'a> Sizes<'a> {
    /// Only for types of which none is endless.
    pub fn new(types: &'a Types<'a>) -> Self {
        Sizes {
            types,
            known: HashMap::new(),
        }
    }

    /// Values in the example of a record with these fields; `None` beyond what a document can show.
    pub fn example(&mut self, fields: &'a [Field]) -> Option<u64> {
        let size = self.record(fields, 0);
        (size.values <= MAX_EXAMPLE && size.height <= MAX_HEIGHT).then_some(size.values)
    }

    fn record(&mut self, fields: &'a [Field], depth: usize) -> Size {
        let mut total = Size {
            values: 1,
            height: 0,
        };
        for field in fields {
            let written = field.example.is_some() || field.default.is_some();
            if !written && !field.optional {
                let size = self.value(&field.kind, field, depth, true);
                total.values = total.values.saturating_add(size.values);
                total.height = total.height.max(size.height);
            }
        }
        total
    }

    fn value(&mut self, kind: &'a Type, field: &Field, depth: usize, outermost: bool) -> Size {
        let least = if outermost {
            field.min_length.unwrap_or(0)
        } else {
            0
        };
        let count = if depth > EXAMPLE_DEPTH {
            least
        } else {
            least.max(1)
        };
        match kind {
            // A text counts by its length, in steps of a value's own weight.
            Type::String | Type::Bytes => Size {
                values: 1 + least / 16,
                height: 0,
            },
            Type::List(inner) | Type::Map(inner) => {
                let inner = if count == 0 {
                    Size::default()
                } else {
                    self.value(inner, field, depth + 1, false)
                };
                Size {
                    values: inner.values.saturating_mul(count).saturating_add(1),
                    height: inner.height,
                }
            }
            Type::Named(name) => self.named(name, depth + 1),
            _ => Size {
                values: 1,
                height: 0,
            },
        }
    }

    fn named(&mut self, name: &str, depth: usize) -> Size {
        let Some(def) = self.types.get(name) else {
            return Size::default();
        };
        // Beyond the depth at which lists stay empty, depth makes no difference.
        let depth = depth.min(EXAMPLE_DEPTH + 1);
        if let Some(size) = self.known.get(&(def.name.as_str(), depth)) {
            return *size;
        }
        let size = self.record(&def.fields, depth);
        let size = Size {
            height: size.height + 1,
            ..size
        };
        self.known.insert((&def.name, depth), size);
        size
    }
}
