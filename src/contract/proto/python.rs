//! Expressions that turn values of a contract into messages and back, in Python.
//!
//! `pb` is the module that protoc makes; `convert` is the module of helpers beside the codec.

use super::model::Coding;

/// From an attribute of a model to an argument of the message.
pub fn encode(coding: &Coding, value: &str) -> String {
    let item = "item";
    match coding {
        Coding::Same | Coding::Bytes => value.to_owned(),
        Coding::Uuid => format!("str({value})"),
        Coding::Timestamp => format!("convert.timestamp({value})"),
        Coding::Json => format!("convert.json_value({value})"),
        Coding::Enum(path) => format!("{}[{value}]", table(path)),
        Coding::Message(name) => format!("_encode_{name}({value})"),
        Coding::List(of) if encode(of, item) == item => value.to_owned(),
        Coding::List(of) => format!("[{} for item in {value}]", encode(of, item)),
        Coding::Map(of) if encode(of, item) == item => value.to_owned(),
        Coding::Map(of) => {
            format!(
                "{{key: {} for key, item in {value}.items()}}",
                encode(of, item)
            )
        }
        Coding::Wrapped {
            message,
            member,
            value: of,
        } => format!("pb.{message}({member}={})", encode(of, value)),
    }
}

/// From an attribute of the message to what pydantic checks.
pub fn decode(coding: &Coding, value: &str) -> String {
    let item = "item";
    match coding {
        Coding::Same | Coding::Bytes | Coding::Uuid => value.to_owned(),
        Coding::Timestamp => format!("convert.moment({value})"),
        Coding::Json => format!("convert.json_of({value})"),
        Coding::Enum(path) => format!("convert.word({}_OF, {value})", table(path)),
        Coding::Message(name) => format!("_decode_{name}({value})"),
        Coding::List(of) if decode(of, item) == item => format!("list({value})"),
        Coding::List(of) => format!("[{} for item in {value}]", decode(of, item)),
        Coding::Map(of) if decode(of, item) == item => format!("dict({value})"),
        Coding::Map(of) => {
            format!(
                "{{key: {} for key, item in {value}.items()}}",
                decode(of, item)
            )
        }
        Coding::Wrapped {
            member, value: of, ..
        } => decode(of, &format!("{value}.{member}")),
    }
}

/// The table of an enum.
pub fn table(path: &str) -> String {
    use heck::ToShoutySnakeCase;
    format!("_{}", path.replace('.', "_").to_shouty_snake_case())
}
