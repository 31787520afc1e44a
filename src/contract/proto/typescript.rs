//! Expressions that turn values of a contract into messages and back, in TypeScript.
//!
//! Messages are those that `protoc-gen-ts_proto` makes; `codec` is the module of helpers beside them.

use super::model::Coding;
use super::names::Tables;

/// From the contract's value to the message's.
pub fn encode(coding: &Coding, value: &str, tables: &Tables) -> String {
    each(coding, value, 1, (&Direction::Encode, tables))
}

/// From the message's value to the contract's.
pub fn decode(coding: &Coding, value: &str, tables: &Tables) -> String {
    each(coding, value, 1, (&Direction::Decode, tables))
}

/// The name of an enum or of a message inside another one.
pub fn name(path: &str) -> String {
    path.replace('.', "_")
}

/// The tables of enums; those that are read from messages stand once more as `<table>Of`.
pub fn tables<'p>(paths: impl Iterator<Item = &'p str>) -> Tables {
    Tables::new(
        paths,
        |path| format!("words{}", path.replace('.', "")),
        "Of",
        "X",
    )
}

#[derive(PartialEq)]
enum Direction {
    Encode,
    Decode,
}

fn each(
    coding: &Coding,
    value: &str,
    depth: usize,
    (direction, tables): (&Direction, &Tables),
) -> String {
    let is_encode = *direction == Direction::Encode;
    let item = format!("item{depth}");
    let inner = |coding: &Coding| each(coding, &item, depth + 1, (direction, tables));
    match coding {
        // The wire knows UUIDs as the texts that they are, and JSON values by themselves.
        Coding::Same | Coding::Uuid | Coding::Json => value.to_owned(),
        Coding::Timestamp if is_encode => format!("codec.timestamp({value})"),
        Coding::Timestamp => format!("codec.moment({value})"),
        Coding::Bytes if is_encode => format!("codec.bytes({value})"),
        Coding::Bytes => format!("codec.base64({value})"),
        Coding::Enum(path) if is_encode => format!("{}[{value}]", &tables[path]),
        Coding::Enum(path) => format!("codec.word({}Of, {value})", &tables[path]),
        Coding::Message(name) if is_encode => format!("encode{name}({value})"),
        Coding::Message(name) => format!("decode{name}(codec.given({value}))"),
        Coding::List(of) if inner(of) == item => value.to_owned(),
        Coding::List(of) => format!("{value}.map(({item}) => {})", object(&inner(of))),
        Coding::Map(of) if inner(of) == item && is_encode => {
            format!("new Map(Object.entries({value}))")
        }
        Coding::Map(of) if inner(of) == item => format!("Object.fromEntries({value})"),
        Coding::Map(of) if is_encode => {
            format!("codec.mapOf({value}, ({item}) => {})", object(&inner(of)))
        }
        Coding::Map(of) => {
            format!(
                "codec.recordOf({value}, ({item}) => {})",
                object(&inner(of))
            )
        }
        Coding::Wrapped {
            member, value: of, ..
        } if is_encode => format!(
            "{{ {member}: {} }}",
            each(of, value, depth, (direction, tables))
        ),
        Coding::Wrapped {
            member, value: of, ..
        } => each(of, &format!("{value}.{member}"), depth, (direction, tables)),
    }
}

/// An object literal as the body of an arrow function.
fn object(expression: &str) -> String {
    match expression.starts_with('{') {
        true => format!("({expression})"),
        false => expression.to_owned(),
    }
}
