//! Every kind of file that is generated, read by a parser of its language.

use serde::Deserialize;
use serde_json::Value;
use tree_sitter::{Language, Node, Parser};

/// Parses one generated file by its name.
///
/// # Errors
/// What the parser of its language says. A file of a kind that is not known here is an error too, so that
/// no kind slips through.
pub fn check(path: &str, bytes: &[u8]) -> Result<(), String> {
    // Compressed: what is in it is read by the tests of the base.
    if path.starts_with(".hybridge/base/") {
        return Ok(());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match (name, extension) {
        (_, "json") => serde_json::from_str::<Value>(text)
            .map(drop)
            .map_err(|error| error.to_string()),
        (_, "yaml" | "yml") => documents(text),
        (_, "toml") => text
            .parse::<toml::Table>()
            .map(drop)
            .map_err(|error| error.to_string()),
        (_, "ts") => syntax(text, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
        (_, "graphql") => graphql(text),
        // TypeScript's grammar holds JavaScript's.
        (_, "js" | "mjs") => syntax(text, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
        (_, "py" | "pyi") => syntax(text, &tree_sitter_python::LANGUAGE.into()),
        (_, "proto") => protox_parse::parse(name, text)
            .map(drop)
            .map_err(|error| error.to_string()),
        (
            _,
            "md" | "html" | "css" | "svg" | "txt" | "ini" | "mako" | "mk" | "env" | "example"
            | "sh" | "Dockerfile" | "dockerignore",
        ) => printable(text),
        ("Makefile" | "Dockerfile" | "py.typed", _) => printable(text),
        _ if name.starts_with('.') || !name.contains('.') => printable(text),
        _ => Err(format!("no parser is set for `{name}`")),
    }
}

/// Every document of a YAML text, merged keys and anchors resolved.
pub fn yaml(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// Each document of a YAML file, of which there may be several.
fn documents(text: &str) -> Result<(), String> {
    for document in serde_yaml::Deserializer::from_str(text) {
        serde_yaml::Value::deserialize(document).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A schema, which must be valid.
fn graphql(text: &str) -> Result<(), String> {
    apollo_compiler::Schema::parse_and_validate(text, "schema.graphql")
        .map(drop)
        .map_err(|error| error.to_string())
}

/// The names that a module declares at its top, in order; of TypeScript those that it exports again too, of Python
/// those that it imports.
pub fn declared(text: &str, language: &Language) -> Vec<String> {
    let Ok(tree) = parsed(text, language) else {
        panic!("no module:\n{text}");
    };
    let mut found = Vec::new();
    declarations(tree.root_node(), text, &mut found);
    found
}

fn declarations(node: Node<'_>, text: &str, found: &mut Vec<String>) {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let field = |name: &str| child.child_by_field_name(name);
        let own = match child.kind() {
            "variable_declarator"
            | "function_declaration"
            | "class_declaration"
            | "interface_declaration"
            | "type_alias_declaration"
            | "class_definition"
            | "function_definition" => field("name"),
            "import_specifier" | "export_specifier" | "aliased_import" => {
                field("alias").or_else(|| field("name"))
            }
            "assignment" => field("left"),
            "identifier"
                if ["namespace_import", "namespace_export", "import_clause"]
                    .contains(&node.kind()) =>
            {
                Some(child)
            }
            "dotted_name"
                if node.kind().starts_with("import")
                    && Some(child) != node.child_by_field_name("module_name") =>
            {
                Some(child)
            }
            "export_statement"
            | "export_clause"
            | "import_statement"
            | "namespace_import"
            | "namespace_export"
            | "lexical_declaration"
            | "variable_declaration"
            | "import_from_statement"
            | "expression_statement"
            | "decorated_definition" => {
                declarations(child, text, found);
                None
            }
            _ => None,
        };
        // Of a pattern each name would be one; there is none at the top of a generated module.
        found.extend(own.map(|name| text[name.byte_range()].to_owned()));
    }
}

/// # Errors
/// Where it is not of the language.
pub fn parsed(text: &str, language: &Language) -> Result<tree_sitter::Tree, String> {
    let mut parser = Parser::new();
    parser
        .set_language(language)
        .map_err(|error| error.to_string())?;
    let tree = parser.parse(text, None).ok_or("the parser gave up")?;
    well_formed(tree.root_node(), text)?;
    Ok(tree)
}

fn syntax(text: &str, language: &Language) -> Result<(), String> {
    parsed(text, language).map(drop)
}

fn well_formed(root: Node<'_>, text: &str) -> Result<(), String> {
    if !root.has_error() {
        return Ok(());
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            let line = node.start_position().row;
            let shown = text.lines().nth(line).unwrap_or_default();
            return Err(format!("line {}: {shown}", line + 1));
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Err("a syntax error".into());
            }
        }
    }
}

/// No control characters, no trailing spaces, one newline at the end.
fn printable(text: &str) -> Result<(), String> {
    if let Some(c) = text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err(format!("holds {c:?}"));
    }
    Ok(())
}
