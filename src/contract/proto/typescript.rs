//! Expressions that turn values of a contract into messages and back, in TypeScript.
//!
//! Messages are those that `protoc-gen-ts_proto` makes; `codec` is the module of helpers beside them.

use super::model::Coding;

/// From the contract's value to the message's.
pub fn encode(coding: &Coding, value: &str) -> String {
    each(coding, value, 1, &Direction::Encode)
}

/// From the message's value to the contract's.
pub fn decode(coding: &Coding, value: &str) -> String {
    each(coding, value, 1, &Direction::Decode)
}

/// The name of an enum or of a message inside another one.
pub fn name(path: &str) -> String {
    path.replace('.', "_")
}

/// The table of an enum.
pub fn table(path: &str) -> String {
    format!("words{}", path.replace('.', ""))
}

#[derive(PartialEq)]
enum Direction {
    Encode,
    Decode,
}

fn each(coding: &Coding, value: &str, depth: usize, direction: &Direction) -> String {
    let is_encode = *direction == Direction::Encode;
    let item = format!("item{depth}");
    let inner = |coding: &Coding| each(coding, &item, depth + 1, direction);
    match coding {
        // The wire knows UUIDs as the texts that they are, and JSON values by themselves.
        Coding::Same | Coding::Uuid | Coding::Json => value.to_owned(),
        Coding::Timestamp if is_encode => format!("codec.timestamp({value})"),
        Coding::Timestamp => format!("codec.moment({value})"),
        Coding::Bytes if is_encode => format!("codec.bytes({value})"),
        Coding::Bytes => format!("codec.base64({value})"),
        Coding::Enum(path) if is_encode => format!("{}[{value}]", table(path)),
        Coding::Enum(path) => format!("codec.word({}Of, {value})", table(path)),
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
        } if is_encode => format!("{{ {member}: {} }}", each(of, value, depth, direction)),
        Coding::Wrapped {
            member, value: of, ..
        } => each(of, &format!("{value}.{member}"), depth, direction),
    }
}

/// An object literal as the body of an arrow function.
fn object(expression: &str) -> String {
    match expression.starts_with('{') {
        true => format!("({expression})"),
        false => expression.to_owned(),
    }
}
