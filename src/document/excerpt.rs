//! The line of a text that is wrong, with a mark under the place, as rustc shows it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The widest that is drawn, in columns; of longer lines the part around the mark.
const WIDTH: usize = 100;
/// Characters of a line that are looked at: more is no line that a person wrote.
const LONGEST: usize = 10_000;

/// One line of a text and the part of it to mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    number: usize,
    line: String,
    marked: Range<usize>,
}

impl Excerpt {
    /// The place in `text`; both numbers count from 1, columns are characters. `None` where nothing is to be seen:
    /// on a line that is empty or not there.
    pub fn new(text: &str, number: usize, column: usize) -> Option<Self> {
        // Editors do not count the byte order mark as a column.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line: String = text
            .lines()
            .nth(number.checked_sub(1)?)?
            .trim_end()
            .chars()
            .take(LONGEST)
            // It could draw over the terminal otherwise.
            .map(|c| match c {
                '\t' => c,
                c if c.is_control() => '\u{fffd}',
                c => c,
            })
            .collect();
        if line.trim().is_empty() {
            return None;
        }
        let begin = line
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(line.len(), |(offset, _)| offset);
        let end = begin + word(&line[begin..]);
        let marked = begin..end;
        Some(Self {
            number,
            line,
            marked,
        })
    }

    /// Lines with colours for terminals; [`anstream`] takes them away where there is none.
    pub fn styled(&self) -> String {
        self.draw(Renderer::styled())
    }

    /// The same as text alone.
    pub fn unstyled(&self) -> String {
        self.draw(Renderer::plain())
    }

    fn draw(&self, renderer: Renderer) -> String {
        let snippet = Snippet::source(&self.line)
            .line_start(self.number)
            .annotation(AnnotationKind::Primary.span(self.marked.clone()));
        let group = Group::with_level(Level::ERROR).element(snippet);
        renderer.term_width(WIDTH).render(&[group])
    }
}

/// Bytes of the word at the beginning of `rest`: a quoted one with its quotes, another one up to where YAML or an
/// expression of a template ends it.
fn word(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    match chars.next() {
        None => 0,
        Some((_, quote @ ('"' | '\''))) => chars
            .find(|(_, c)| *c == quote)
            .map_or(rest.len(), |(end, _)| end + 1),
        Some((_, first)) if first.is_whitespace() => first.len_utf8(),
        Some((_, first)) => chars
            .find(|(_, c)| c.is_whitespace() || ",:[]{}()".contains(*c))
            .map_or(rest.len(), |(end, _)| end)
            .max(first.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, number: usize, column: usize) -> String {
        Excerpt::new(text, number, column).map_or_else(String::new, |it| it.unstyled())
    }

    #[test]
    fn the_word_is_marked() {
        let text = "hybridge: 1\nname: Shop # mine\n";
        let shown = "  |\n2 | name: Shop # mine\n  |       ^^^^";
        assert_eq!(plain(text, 2, 7), shown);
    }

    #[test]
    fn what_is_quoted_is_marked_whole_and_a_list_at_its_beginning() {
        assert!(plain("a: \"b c\", d", 1, 4).ends_with("|    ^^^^^"));
        assert!(plain("a: [b, c]", 1, 4).ends_with("|    ^^"));
    }

    #[test]
    fn of_space_no_word_is_marked() {
        assert!(plain("\tname: shop", 1, 1).ends_with("| ^^^^"));
    }

    #[test]
    fn columns_are_characters_however_wide() {
        assert!(plain("größe: 大きい x", 1, 8).ends_with("|        ^^^^^^"));
    }

    #[test]
    fn the_end_of_a_line_can_be_marked_and_what_is_not_there_cannot() {
        assert!(plain("a:", 1, 3).ends_with("|   ^"));
        assert_eq!(plain("a:\n\n", 2, 1), "");
        assert_eq!(plain("a:", 7, 1), "");
        assert_eq!(plain("", 1, 1), "");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_mark_is_drawn() {
        let text = format!("{}here{}", " a".repeat(500), " b".repeat(500));
        let shown = plain(&text, 1, 1001);
        assert!(shown.contains("here"), "{shown}");
        assert!(
            shown.lines().all(|line| line.chars().count() < 150),
            "{shown}"
        );
    }

    #[test]
    fn nothing_draws_over_the_terminal() {
        assert_eq!(
            plain("a: \u{1b}[31mx", 1, 1),
            "  |\n1 | a: \u{fffd}[31mx\n  | ^"
        );
    }
}
