//! The part of Handlebars that a pack may use: what is left out could not be bounded.
//!
//! The text is looked at before any parser sees it. Wherever `{{` stands, escaped, commented out or not, it
//! counts as a tag, so that nothing that the parser takes for one is missed.

use thiserror::Error;

use super::limits;

/// What a template does, as far as its text tells.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    pub tags: usize,
    /// Names of partials, each with where it is included.
    pub partials: Vec<(String, usize)>,
    /// Names of `{{#block "name"}}`, each with where it stands.
    pub blocks: Vec<(String, usize)>,
    /// Paths of variables (`service.name`), in the order of the text, each once.
    pub variables: Vec<String>,
}

/// What a pack may not write, and where: bytes from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub at: usize,
    pub why: Unbounded,
}

/// Why a pack may not write it: what it does, or how large it becomes, could not be bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unbounded {
    #[error("this template is larger than {} KiB", limits::TEMPLATE_BYTES / 1024)]
    Template,
    #[error("a partial is named by a plain word, nothing computed")]
    PartialName,
    #[error("a partial takes no block here; a place to fill in is `{{{{#block \"name\"}}}}`")]
    PartialBlock,
    #[error("there are no decorators and inline partials here")]
    Decorator,
    #[error("more than {} blocks in one template", limits::BLOCKS)]
    Blocks,
    #[error("a block is named by a literal: `{{{{#block \"name\"}}}}`")]
    BlockName,
    #[error("a tag of more than {} KiB", limits::TAG_BYTES / 1024)]
    Tag,
    #[error("more than {} subexpressions in one tag", limits::SUBEXPRESSIONS)]
    Subexpressions,
    #[error(
        "no `[` and `{{` inside of `{{{{ }}}}`; a file without templates is called without `.hbs`"
    )]
    Bracket,
}

/// Reads the tags of a template.
///
/// # Errors
/// The first thing in it that a pack may not write. Built-in templates may; for them `lenient` is true.
pub fn read(text: &str, lenient: bool) -> Result<Facts, Refusal> {
    scan(text, lenient, false)
}

/// As [`read`] of a template that was let through, with its variables.
pub fn read_all(text: &str) -> Facts {
    scan(text, true, true).unwrap_or_default()
}

fn scan(text: &str, lenient: bool, with_variables: bool) -> Result<Facts, Refusal> {
    let mut facts = Facts::default();
    let mut blocks = 0;
    let refuse = |at: usize, why: Unbounded| match lenient {
        true => Ok(()),
        false => Err(Refusal { at, why }),
    };
    if text.len() > limits::TEMPLATE_BYTES {
        refuse(0, Unbounded::Template)?;
    }
    for (at, _) in text.match_indices("{{") {
        facts.tags += 1;
        let begin = text[at + 2..].trim_start_matches(|c: char| c.is_whitespace() || c == '~');
        let (sigil, rest) = sigil(begin);
        match sigil {
            Sigil::Partial => match partial_name(rest) {
                Some(name) => facts.partials.push((name.to_owned(), at)),
                None => refuse(at, Unbounded::PartialName)?,
            },
            Sigil::PartialBlock => refuse(at, Unbounded::PartialBlock)?,
            Sigil::Decorator => refuse(at, Unbounded::Decorator)?,
            Sigil::Block => {
                blocks += 1;
                if blocks > limits::BLOCKS {
                    refuse(at, Unbounded::Blocks)?;
                }
                match rest
                    .strip_prefix("block")
                    .filter(|rest| rest.starts_with(char::is_whitespace))
                {
                    Some(name) => match block_name(name) {
                        Some(name) => facts.blocks.push((name.to_owned(), at)),
                        None => refuse(at, Unbounded::BlockName)?,
                    },
                    None if with_variables => variables(rest, true, &mut facts.variables),
                    None => {}
                }
            }
            Sigil::Other if with_variables => {
                let is_raw = begin.starts_with('{');
                variables(
                    begin.trim_start_matches(['{', '&', '^']),
                    is_raw,
                    &mut facts.variables,
                );
            }
            Sigil::Silent | Sigil::Other => {}
        }
        if let Err(why) = check_tag(begin) {
            refuse(at, why)?;
        }
    }
    Ok(facts)
}

enum Sigil {
    Partial,
    PartialBlock,
    Decorator,
    Block,
    /// A comment or an end.
    Silent,
    Other,
}

fn sigil(begin: &str) -> (Sigil, &str) {
    let mut chars = begin.chars();
    match chars.next() {
        Some('>') => (Sigil::Partial, chars.as_str()),
        Some('*') => (Sigil::Decorator, chars.as_str()),
        Some('/' | '!') => (Sigil::Silent, chars.as_str()),
        Some('#') => {
            let rest = chars.as_str().trim_start();
            match rest.chars().next() {
                Some('>') => (Sigil::PartialBlock, rest),
                Some('*') => (Sigil::Decorator, rest),
                _ => (Sigil::Block, rest),
            }
        }
        _ => (Sigil::Other, begin),
    }
}

/// The plain word after `>`.
fn partial_name(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '}' | '~' | '(' | '='))?;
    let name = &rest[..end];
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The literal after `block`.
fn block_name(rest: &str) -> Option<&str> {
    let rest = rest.trim_start().strip_prefix('"')?;
    let (name, _) = rest.split_once('"')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// Bounds one tag, from behind its sigil: up to `}}` that stands in no string, or to the end of the text.
fn check_tag(begin: &str) -> Result<(), Unbounded> {
    let mut subexpressions = 0;
    let mut quote = None;
    let mut escaped = false;
    let bytes = begin.as_bytes();
    // The third and fourth brace of `{{{` and `{{{{`.
    let start = bytes.iter().take_while(|b| **b == b'{').count();
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        if at > limits::TAG_BYTES {
            return Err(Unbounded::Tag);
        }
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Ok(()),
            (None, b'(') => {
                subexpressions += 1;
                if subexpressions > limits::SUBEXPRESSIONS {
                    return Err(Unbounded::Subexpressions);
                }
            }
            (None, b'[' | b'{') => return Err(Unbounded::Bracket),
            _ => {}
        }
    }
    Ok(())
}

/// Words that are no variables.
const WORDS: [&str; 14] = [
    "if", "unless", "each", "with", "else", "lookup", "this", "true", "false", "null", "as", "raw",
    "block", "log",
];

/// Adds the paths of a tag. With `has_helper` false, a first word before others is a helper, not a variable.
fn variables(tag: &str, has_helper: bool, found: &mut Vec<String>) {
    let end = tag.find("}}").unwrap_or(tag.len());
    let mut inside = String::new();
    let mut quoted = false;
    for c in tag[..end].chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | ')' | '~' | '|' | '}' => inside.push(' '),
            c => inside.push(c),
        }
    }
    let words: Vec<&str> = inside.split_whitespace().collect();
    let skip = usize::from(has_helper || words.len() > 1);
    for word in words.into_iter().skip(skip) {
        let word = word.split_once('=').map_or(word, |(_, value)| value);
        let word = word.trim_start_matches("../").trim_start_matches("@root.");
        let is_path = word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if is_path && !WORDS.contains(&word) && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
}

/// Line and column, from 1, of a byte of a text.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_bounded_is_refused_however_it_is_written() {
        use Unbounded::{
            BlockName, Blocks, Bracket, Decorator, PartialBlock, PartialName, Subexpressions, Tag,
            Template,
        };
        let calls = "(a ".repeat(17);
        for (text, why) in [
            ("{{> (lookup . 'x')}}", PartialName),
            ("{{ ~ > \"a\"}}", PartialName),
            ("{{>[a]}}", PartialName),
            ("{{#> a}}{{/a}}", PartialBlock),
            ("{{~# > a}}", PartialBlock),
            ("{{#*inline \"a\"}}", Decorator),
            ("{{# * inline 'a'}}", Decorator),
            ("{{* x}}", Decorator),
            ("\\{{#*inline 'a'}}", Decorator),
            ("{{! {{#> a}} }}", Bracket),
            ("{{{{raw}}}}{{#>a}}", PartialBlock),
            ("{{#block name}}", BlockName),
            ("{{x.[a]}}", Bracket),
            ("{{x {}}}", Bracket),
            ("{{x [1]}}", Bracket),
            (&format!("{{{{x {calls}"), Subexpressions),
            (&"{{#if a}}".repeat(401), Blocks),
            (&format!("{{{{x \"{}\"}}}}", "a".repeat(5000)), Tag),
            (&" ".repeat(300_000), Template),
            // A string that holds the end of a tag does not hide what follows.
            (&format!("{{{{x \"}}}}\" {calls}"), Subexpressions),
        ] {
            let refusal = read(text, false).expect_err(text);
            assert_eq!(refusal.why, why, "{text}");
        }
    }

    #[test]
    fn ordinary_templates_are_read() {
        let text = "# {{system.name}}\n{{#each services}}{{> card title=name}}{{/each}}\n\
                    {{#block \"readme-header\"}}{{md packs.acme.team}}{{/block}}\n{{#if (eq a b)}}x{{/if}}\n\
                    {{{{raw}}}}${{ github.ref }}{{{{/raw}}}}\n";
        assert!(read(text, false).is_ok());
        let facts = read_all(text);
        assert_eq!(facts.partials[0].0, "card");
        assert_eq!(facts.blocks[0].0, "readme-header");
        assert!(facts.variables.contains(&"system.name".to_owned()));
        assert!(facts.variables.contains(&"packs.acme.team".to_owned()));
        assert!(facts.variables.contains(&"services".to_owned()));
    }

    #[test]
    fn places_count_from_one() {
        assert_eq!(place("ab\ncd", 4), (2, 2));
        assert_eq!(place("", 0), (1, 1));
    }
}
