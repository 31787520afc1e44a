//! A line of text on a terminal.
//!
//! dialoguer's own `Input` (0.12) does not hear Esc, and leaving by Esc is promised on every prompt; this
//! reads keys through `console`, as dialoguer does, and draws with dialoguer's theme.

use std::io;

use console::{Key, Term};
use dialoguer::theme::Theme;

use super::Check;
use super::columns::height;

/// `None` on Esc. What was written on the way is gone from the screen in either case.
pub fn read(
    term: &Term,
    theme: &dyn Theme,
    question: &str,
    default: &str,
    check: Check<'_>,
) -> io::Result<Option<String>> {
    let default_shown = (!default.is_empty()).then_some(default);
    let mut prompt = String::new();
    theme
        .format_input_prompt(&mut prompt, question, default_shown)
        .map_err(io::Error::other)?;
    let mut line = Line::default();
    // Lines above that say why something was refused.
    let mut refused = 0;
    loop {
        term.clear_line()?;
        term.write_str(&format!("{prompt}{}", line.text()))?;
        term.move_cursor_left(line.chars.len() - line.at)?;
        let key = term.read_key()?;
        if !matches!(key, Key::Escape | Key::Enter) {
            line.edit(&key);
            continue;
        }
        term.clear_line()?;
        term.clear_last_lines(refused)?;
        if key == Key::Escape {
            return Ok(None);
        }
        let typed = line.text();
        let answer = match typed.trim() {
            "" => default,
            typed => typed,
        };
        let Err(refusal) = check(answer) else {
            return Ok(Some(answer.to_owned()));
        };
        let mut error = String::new();
        theme
            .format_error(&mut error, &refusal.to_string())
            .map_err(io::Error::other)?;
        refused = height(term, &error);
        term.write_line(&error)?;
    }
}

/// What is typed, and where the cursor stands in it.
#[derive(Default)]
struct Line {
    chars: Vec<char>,
    at: usize,
}

impl Line {
    fn text(&self) -> String {
        self.chars.iter().collect()
    }

    fn edit(&mut self, key: &Key) {
        match key {
            Key::Char(c) if !c.is_control() => {
                self.chars.insert(self.at, *c);
                self.at += 1;
            }
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.chars.remove(self.at);
            }
            Key::Del if self.at < self.chars.len() => {
                self.chars.remove(self.at);
            }
            Key::ArrowLeft => self.at = self.at.saturating_sub(1),
            Key::ArrowRight => self.at = (self.at + 1).min(self.chars.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.chars.len(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_at_the_cursor() {
        let mut line = Line::default();
        for key in [
            Key::Char('a'),
            Key::Char('c'),
            Key::ArrowLeft,
            Key::Char('b'),
            Key::End,
            Key::Char('d'),
        ] {
            line.edit(&key);
        }
        assert_eq!(line.text(), "abcd");
        for key in [
            Key::Home,
            Key::Del,
            Key::ArrowRight,
            Key::Backspace,
            Key::Backspace,
        ] {
            line.edit(&key);
        }
        assert_eq!(line.text(), "cd");
    }
}
