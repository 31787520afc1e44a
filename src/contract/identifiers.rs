//! What operations, events, fields, types and the words of enums may be called.

use crate::document::name::{Form, NameError, Rule, Taken, check_length, is_joined, reject};
use crate::reserved::{
    HANDLER_NAMES, JAVASCRIPT_MEMBERS, JAVASCRIPT_RESERVED, MODEL_NAMES, PYDANTIC_ATTRIBUTES,
    PYTHON_BUILTINS, PYTHON_KEYWORDS, TYPE_NAMES, WINDOWS_DEVICES,
};

const KEYWORDS: [Rule; 3] = [
    (PYTHON_KEYWORDS, Taken::PythonWord),
    (JAVASCRIPT_RESERVED, Taken::JavaScriptWord),
    (JAVASCRIPT_MEMBERS, Taken::JavaScriptMember),
];

const OPERATION: [Rule; 3] = [
    (PYTHON_BUILTINS, Taken::PythonBuiltinOfOperation),
    (WINDOWS_DEVICES, Taken::WindowsFile),
    (HANDLER_NAMES, Taken::HandlerFunction),
];

const FIELD: [Rule; 2] = [
    (PYDANTIC_ATTRIBUTES, Taken::PydanticAttribute),
    (MODEL_NAMES, Taken::ModelName),
];

/// What is wrong with the name of an operation.
///
/// # Errors
/// The rule that the name breaks.
pub fn operation(name: &str) -> Result<(), NameError> {
    snake_case(name)?;
    reject(name, &KEYWORDS)?;
    reject(name, &OPERATION)
}

/// What is wrong with the name of an event.
///
/// # Errors
/// The rule that the name breaks.
pub fn event(name: &str) -> Result<(), NameError> {
    snake_case(name)?;
    reject(name, &KEYWORDS)
}

/// What is wrong with the name of a field.
///
/// # Errors
/// The rule that the name breaks.
pub fn field(name: &str) -> Result<(), NameError> {
    snake_case(name)?;
    reject(name, &KEYWORDS)?;
    reject(name, &FIELD)
}

/// What is wrong with the name of a type.
///
/// # Errors
/// The rule that the name breaks.
pub fn type_name(name: &str) -> Result<(), NameError> {
    let fits = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if !fits {
        return Err(NameError::form(name, Form::PascalCase));
    }
    check_length(name)?;
    if TYPE_NAMES.contain(name) {
        return Err(NameError::taken(name, Taken::TypeName));
    }
    Ok(())
}

/// What is wrong with a word of an enum. `true`, `false` and `null` are no enum values in GraphQL.
///
/// # Errors
/// The rule that the word breaks.
pub fn enum_word(word: &str) -> Result<(), NameError> {
    let fits = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        return Err(NameError::form(word, Form::EnumWord));
    }
    check_length(word)?;
    if matches!(word, "true" | "false" | "null") {
        return Err(NameError::taken(word, Taken::EnumValue));
    }
    Ok(())
}

/// What is wrong with a scope: a token of RFC 6749, 3.3.
///
/// # Errors
/// The rule that the scope breaks.
pub fn scope(word: &str) -> Result<(), NameError> {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    match !word.is_empty() && word.chars().all(fits) {
        true => Ok(()),
        false => Err(NameError::form(word, Form::Scope)),
    }
}

/// Single underscores only, so that no two names become one in camelCase, and none is private.
fn snake_case(name: &str) -> Result<(), NameError> {
    if !is_joined(name, '_') {
        return Err(NameError::form(name, Form::SnakeCase));
    }
    check_length(name)
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;

    #[test]
    fn each_refusal_names_its_rule() {
        let results = [
            operation("Top"),
            operation("top__words"),
            operation("_top"),
            operation("2top"),
            operation("import"),
            operation("delete"),
            operation("then"),
            operation("list"),
            operation("nul"),
            event("class"),
            field("model_config"),
            field("schema"),
            field("str"),
            field("id_"),
            type_name("wordCount"),
            type_name("Word_Count"),
            type_name("Literal"),
            type_name("Promise"),
            enum_word("in-progress"),
            enum_word("null"),
            field(&"x".repeat(41)),
            scope("orders write"),
            scope(""),
        ];
        let refusals = results.map(|result| format!("{}\n", result.unwrap_err()));
        assert_data_eq!(
            refusals.concat(),
            str![[r#"
`Top` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first
`top__words` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first
`_top` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first
`2top` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first
`import` is a keyword of Python
`delete` is a reserved word of JavaScript
`then` is a member that JavaScript looks for on any object
`list` is a builtin of Python, which the function of the operation would hide
`nul` is a device on Windows, where the file of the operation cannot be called so
`class` is a keyword of Python
`model_config` is an attribute of every pydantic model, which the field would hide
`schema` is an attribute of every pydantic model, which the field would hide
`str` is a name that the generated models use, which the field would hide
`id_` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first
`wordCount` is not PascalCase: letters and digits, a capital first
`Word_Count` is not PascalCase: letters and digits, a capital first
`Literal` is a name that Python, TypeScript or the generated code has already
`Promise` is a name that Python, TypeScript or the generated code has already
`in-progress` is not a word of an enum: letters, digits and `_`, a letter first, as enums have it in every language
`null` is a value of its own, not a word of an enum
`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` has 41 characters, more than 40
`orders write` is not a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`
`` is not a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`

"#]]
        );
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
        assert_eq!(scope("https://api.example/orders.write"), Ok(()));
    }
}
