//! What operations, events, fields, types and the words of enums may be called.

use crate::document::finding::quoted;
use crate::reserved::{
    HANDLER_NAMES, JAVASCRIPT_MEMBERS, JAVASCRIPT_RESERVED, MAX_NAME, MODEL_NAMES,
    PYDANTIC_ATTRIBUTES, PYTHON_BUILTINS, PYTHON_KEYWORDS, TYPE_NAMES, WINDOWS_DEVICES, WordList,
};

type Rule = (WordList, &'static str);

const KEYWORDS: [Rule; 3] = [
    (PYTHON_KEYWORDS, "is a keyword of Python"),
    (JAVASCRIPT_RESERVED, "is a reserved word of JavaScript"),
    (
        JAVASCRIPT_MEMBERS,
        "is a member that JavaScript looks for on any object",
    ),
];

const OPERATION: [Rule; 3] = [
    (
        PYTHON_BUILTINS,
        "is a builtin of Python, which the function of the operation would hide",
    ),
    (
        WINDOWS_DEVICES,
        "is a device on Windows, where the file of the operation cannot be called so",
    ),
    (
        HANDLER_NAMES,
        "is a function that the file of the operation calls",
    ),
];

const FIELD: [Rule; 2] = [
    (
        PYDANTIC_ATTRIBUTES,
        "is an attribute of every pydantic model, which the field would hide",
    ),
    (
        MODEL_NAMES,
        "is a name that the generated models use, which the field would hide",
    ),
];

/// What is wrong with the name of an operation.
///
/// # Errors
/// The rule that the name breaks.
pub fn operation(name: &str) -> Result<(), String> {
    snake_case(name)?;
    reject(name, &KEYWORDS)?;
    reject(name, &OPERATION)
}

/// What is wrong with the name of an event.
///
/// # Errors
/// The rule that the name breaks.
pub fn event(name: &str) -> Result<(), String> {
    snake_case(name)?;
    reject(name, &KEYWORDS)
}

/// What is wrong with the name of a field.
///
/// # Errors
/// The rule that the name breaks.
pub fn field(name: &str) -> Result<(), String> {
    snake_case(name)?;
    reject(name, &KEYWORDS)?;
    reject(name, &FIELD)
}

/// What is wrong with the name of a type.
///
/// # Errors
/// The rule that the name breaks.
pub fn type_name(name: &str) -> Result<(), String> {
    let fits = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if !fits {
        return Err(format!(
            "{} is not PascalCase: letters and digits, a capital first",
            quoted(name)
        ));
    }
    length(name)?;
    if TYPE_NAMES.contain(name) {
        return Err(format!(
            "`{name}` is a name that Python, TypeScript or the generated code has already"
        ));
    }
    Ok(())
}

/// What is wrong with a word of an enum. `true`, `false` and `null` are no enum values in GraphQL.
///
/// # Errors
/// The rule that the word breaks.
pub fn enum_word(word: &str) -> Result<(), String> {
    let fits = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        let rule = "letters, digits and `_`, a letter first, as enums have it in every language";
        return Err(format!("{} is not a word of an enum: {rule}", quoted(word)));
    }
    length(word)?;
    if matches!(word, "true" | "false" | "null") {
        return Err(format!(
            "`{word}` is a value of its own, not a word of an enum"
        ));
    }
    Ok(())
}

/// Single underscores only, so that no two names become one in camelCase, and none is private.
fn snake_case(name: &str) -> Result<(), String> {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.split('_').all(word) {
        return Err(format!(
            "{} is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first",
            quoted(name)
        ));
    }
    length(name)
}

fn length(name: &str) -> Result<(), String> {
    if name.len() > MAX_NAME {
        return Err(format!(
            "{} has {} characters, more than {MAX_NAME}",
            quoted(name),
            name.len()
        ));
    }
    Ok(())
}

fn reject(name: &str, rules: &[Rule]) -> Result<(), String> {
    match rules.iter().find(|(words, _)| words.contain(name)) {
        Some((_, why)) => Err(format!("`{name}` {why}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_its_rule() {
        for (result, rule) in [
            (operation("Top"), "snake_case"),
            (operation("top__words"), "snake_case"),
            (operation("_top"), "snake_case"),
            (operation("2top"), "snake_case"),
            (operation("import"), "keyword of Python"),
            (operation("delete"), "JavaScript"),
            (operation("then"), "JavaScript"),
            (operation("list"), "builtin of Python"),
            (operation("nul"), "Windows"),
            (event("class"), "keyword"),
            (field("model_config"), "pydantic"),
            (field("schema"), "pydantic"),
            (field("str"), "generated models"),
            (field("id_"), "snake_case"),
            (type_name("wordCount"), "PascalCase"),
            (type_name("Word_Count"), "PascalCase"),
            (type_name("Literal"), "already"),
            (type_name("Promise"), "already"),
            (enum_word("in-progress"), "enum"),
            (enum_word("null"), "enum"),
            (field(&"x".repeat(41)), "more than 40"),
        ] {
            let message = result.unwrap_err();
            assert!(message.contains(rule), "{message}");
        }
    }

    #[test]
    fn ordinary_names_pass() {
        for name in [
            "predict",
            "top_10",
            "id",
            "type",
            "model",
            "model_name",
            "max",
        ] {
            assert_eq!(field(name), Ok(()), "{name}");
        }
        assert_eq!(operation("top_words"), Ok(()));
        assert_eq!(event("spiked"), Ok(()));
        assert_eq!(type_name("WordCount2"), Ok(()));
        assert_eq!(enum_word("In_Progress"), Ok(()));
    }
}
