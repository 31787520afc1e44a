//! Expressions that turn values of a contract into messages and back, in Python.
//!
//! `pb` is the module that protoc makes; `convert` is the module of helpers beside the codec.

use heck::ToShoutySnakeCase;

use super::model::Coding;
use super::names::Tables;

/// From an attribute of a model to an argument of the message.
pub fn encode(coding: &Coding, value: &str, tables: &Tables) -> String {
    let item = "item";
    match coding {
        Coding::Same | Coding::Bytes => value.to_owned(),
        Coding::Uuid => format!("str({value})"),
        Coding::Timestamp => format!("convert.timestamp({value})"),
        Coding::Json => format!("convert.json_value({value})"),
        Coding::Enum(path) => format!("{}[{value}]", &tables[path]),
        Coding::Message(name) => format!("_encode_{name}({value})"),
        Coding::List(of) if encode(of, item, tables) == item => value.to_owned(),
        Coding::List(of) => format!("[{} for item in {value}]", encode(of, item, tables)),
        Coding::Map(of) if encode(of, item, tables) == item => value.to_owned(),
        Coding::Map(of) => {
            format!(
                "{{key: {} for key, item in {value}.items()}}",
                encode(of, item, tables)
            )
        }
        Coding::Wrapped {
            message,
            member,
            value: of,
        } => format!("pb.{message}({member}={})", encode(of, value, tables)),
    }
}

/// From an attribute of the message to what pydantic checks.
pub fn decode(coding: &Coding, value: &str, tables: &Tables) -> String {
    let item = "item";
    match coding {
        Coding::Same | Coding::Bytes | Coding::Uuid => value.to_owned(),
        Coding::Timestamp => format!("convert.moment({value})"),
        Coding::Json => format!("convert.json_of({value})"),
        Coding::Enum(path) => format!("convert.word({}_OF, {value})", &tables[path]),
        Coding::Message(name) => format!("_decode_{name}({value})"),
        Coding::List(of) if decode(of, item, tables) == item => format!("list({value})"),
        Coding::List(of) => format!("[{} for item in {value}]", decode(of, item, tables)),
        Coding::Map(of) if decode(of, item, tables) == item => format!("dict({value})"),
        Coding::Map(of) => {
            format!(
                "{{key: {} for key, item in {value}.items()}}",
                decode(of, item, tables)
            )
        }
        Coding::Wrapped {
            member, value: of, ..
        } => decode(of, &format!("{value}.{member}"), tables),
    }
}

/// The tables of enums; those that are read from messages stand once more as `<table>_OF`.
pub fn tables<'p>(paths: impl Iterator<Item = &'p str>) -> Tables {
    let wanted = |path: &str| format!("_{}", path.replace('.', "_").to_shouty_snake_case());
    Tables::new(paths, wanted, "_OF", "_X")
}
