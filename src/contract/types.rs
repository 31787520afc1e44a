//! The notation of field types: `int`, `a | b`, `[T]`, `{string: T}`, `T?`.

use std::fmt;

use winnow::ascii::multispace0;
use winnow::combinator::{alt, cut_err, delimited, opt, preceded, separated, terminated};
use winnow::error::{StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::take_while;

use super::model::Type;
use crate::document::mistake::NotationError;

/// The types that every contract has, by the word that stands for each.
pub const BUILT_IN: [(&str, Type); 8] = [
    ("string", Type::String),
    ("int", Type::Int),
    ("float", Type::Float),
    ("bool", Type::Bool),
    ("timestamp", Type::Timestamp),
    ("uuid", Type::Uuid),
    ("bytes", Type::Bytes),
    ("json", Type::Json),
];

/// Lists and maps inside each other; deeper ones want a named type.
pub const MAX_NESTING: usize = 8;

/// A type as it is written, before its words are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notation {
    pub shape: Shape,
    /// A `?` follows. Only the type of a whole field may have one.
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// One word is a type, several are the words of an enum.
    Words(Vec<String>),
    List(Box<Notation>),
    Map(Box<Notation>),
}

impl Notation {
    pub fn required(shape: Shape) -> Self {
        Notation {
            shape,
            optional: false,
        }
    }

    /// How many lists and maps lie inside each other.
    pub fn nesting(&self) -> usize {
        match &self.shape {
            Shape::Words(_) => 0,
            Shape::List(inner) | Shape::Map(inner) => 1 + inner.nesting(),
        }
    }
}

/// Reads the notation of one type.
///
/// # Errors
/// What was expected where, to follow on "is not a type: ".
pub fn parse(text: &str) -> Result<Notation, NotationError> {
    // Bounds the recursion below, whatever the brackets say.
    if text.matches(['[', '{']).count() > MAX_NESTING {
        return Err(NotationError::TooDeep { limit: MAX_NESTING });
    }
    terminated(notation, multispace0)
        .parse(text)
        .map_err(|error| {
            let rest = text.get(error.offset()..).unwrap_or_default();
            let expected = error.inner().context().find_map(|context| match context {
                StrContext::Expected(value) => Some(value.to_string()),
                _ => None,
            });
            NotationError::Unexpected {
                expected: expected.unwrap_or_else(|| "nothing more".to_owned()),
                found: rest.chars().next(),
            }
        })
}

fn notation(input: &mut &str) -> ModalResult<Notation> {
    let shape = preceded(multispace0, alt((list, map, words)));
    let optional = opt(preceded(multispace0, '?')).map(|mark| mark.is_some());
    (shape, optional)
        .map(|(shape, optional)| Notation { shape, optional })
        .parse_next(input)
}

fn list(input: &mut &str) -> ModalResult<Shape> {
    delimited('[', cut_err(notation), closing(']'))
        .map(|inner| Shape::List(Box::new(inner)))
        .parse_next(input)
}

fn map(input: &mut &str) -> ModalResult<Shape> {
    let key = (multispace0, "string", multispace0, ':').context(StrContext::Expected(
        StrContextValue::Description("`string:` (the keys of a map are strings)"),
    ));
    delimited('{', cut_err(preceded(key, notation)), closing('}'))
        .map(|inner| Shape::Map(Box::new(inner)))
        .parse_next(input)
}

fn closing<'i>(
    bracket: char,
) -> impl Parser<&'i str, (), winnow::error::ErrMode<winnow::error::ContextError>> {
    cut_err(
        (multispace0, bracket)
            .void()
            .context(StrContext::Expected(StrContextValue::CharLiteral(bracket))),
    )
}

fn words(input: &mut &str) -> ModalResult<Shape> {
    let bar = (multispace0, '|', multispace0);
    separated(1.., word, bar)
        .map(Shape::Words)
        .parse_next(input)
}

fn word(input: &mut &str) -> ModalResult<String> {
    let in_word = |c: char| !c.is_whitespace() && !"[]{}|?:,\"'`".contains(c);
    take_while(1.., in_word)
        .context(StrContext::Expected(StrContextValue::Description(
            "a type or a word",
        )))
        .map(str::to_owned)
        .parse_next(input)
}

/// As the notation writes it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Enum(words) => f.write_str(&words.join(" | ")),
            Type::List(inner) => write!(f, "[{inner}]"),
            Type::Map(inner) => write!(f, "{{string: {inner}}}"),
            Type::Named(name) => f.write_str(name),
            built_in => {
                let word = BUILT_IN
                    .iter()
                    .find(|(_, kind)| kind == built_in)
                    .map(|(word, _)| word);
                f.write_str(word.expect("all other types are built in"))
            }
        }
    }
}

impl Type {
    /// The type of what lists hold, however deep they lie.
    pub fn innermost_of_lists(&self) -> &Type {
        match self {
            Type::List(inner) => inner.innermost_of_lists(),
            _ => self,
        }
    }

    /// The type of the elements, however deep they lie in lists and maps.
    pub fn innermost(&self) -> &Type {
        match self {
            Type::List(inner) | Type::Map(inner) => inner.innermost(),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Notation {
        Notation::required(Shape::Words(list.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn every_notation_is_read() {
        assert_eq!(parse("int"), Ok(words(&["int"])));
        assert_eq!(parse(" a|b |  c "), Ok(words(&["a", "b", "c"])));
        let list = Notation::required(Shape::List(Box::new(words(&["WordCount"]))));
        assert_eq!(parse("[WordCount]"), Ok(list.clone()));
        let map = Notation::required(Shape::Map(Box::new(list)));
        assert_eq!(parse("{ string : [ WordCount ] }"), Ok(map.clone()));
        assert_eq!(
            parse("{string:[WordCount]}?"),
            Ok(Notation {
                optional: true,
                ..map
            })
        );
        assert_eq!(
            parse("a | b ?").unwrap(),
            Notation {
                optional: true,
                ..words(&["a", "b"])
            }
        );
    }

    #[test]
    fn what_was_expected_is_told() {
        assert_eq!(
            parse("").unwrap_err().to_string(),
            "expected a type or a word, found its end"
        );
        assert_eq!(
            parse("[int").unwrap_err().to_string(),
            "expected `]`, found its end"
        );
        assert_eq!(
            parse("[int, string]").unwrap_err().to_string(),
            "expected `]`, found `,`"
        );
        assert_eq!(
            parse("{int: string}").unwrap_err().to_string(),
            "expected `string:` (the keys of a map are strings), found `i`"
        );
        assert_eq!(
            parse("a |").unwrap_err().to_string(),
            "expected nothing more, found `|`"
        );
        assert_eq!(
            parse("int??").unwrap_err().to_string(),
            "expected nothing more, found `?`"
        );
        assert!(
            parse(&"[".repeat(100_000))
                .unwrap_err()
                .to_string()
                .starts_with("more than 8 lists")
        );
    }

    #[test]
    fn a_type_is_written_as_it_is_read() {
        for text in ["json", "a | b", "[{string: [Word]}]"] {
            let kind = build(&parse(text).unwrap());
            assert_eq!(kind.to_string(), text);
        }
    }

    fn build(notation: &Notation) -> Type {
        match &notation.shape {
            Shape::List(inner) => Type::List(Box::new(build(inner))),
            Shape::Map(inner) => Type::Map(Box::new(build(inner))),
            Shape::Words(words) if words.len() > 1 => Type::Enum(words.clone()),
            Shape::Words(words) => {
                let built_in = BUILT_IN.iter().find(|(word, _)| *word == words[0]);
                built_in.map_or_else(|| Type::Named(words[0].clone()), |(_, kind)| kind.clone())
            }
        }
    }
}
