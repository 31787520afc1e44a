//! A line of text on a terminal.
//!
//! dialoguer's own `Input` (0.12) does not hear Esc, and leaving by Esc is promised on every prompt; this
//! reads keys through `console`, as dialoguer does, and draws with dialoguer's theme.

use std::io;

use console::{Key, Term};
use dialoguer::theme::Theme;

/// `None` on Esc.
pub fn read(
    term: &Term,
    theme: &dyn Theme,
    question: &str,
    default: &str,
    check: &dyn Fn(&str) -> Result<(), String>,
) -> io::Result<Option<String>> {
    let default_shown = (!default.is_empty()).then_some(default);
    let mut prompt = String::new();
    theme
        .format_input_prompt(&mut prompt, question, default_shown)
        .map_err(io::Error::other)?;
    let mut line = Line::default();
    loop {
        term.clear_line()?;
        term.write_str(&format!("{prompt}{}", line.text()))?;
        term.move_cursor_left(line.chars.len() - line.at)?;
        match term.read_key()? {
            Key::Escape => {
                term.write_line("")?;
                return Ok(None);
            }
            Key::Enter => {
                let typed = line.text();
                let answer = if typed.is_empty() {
                    default
                } else {
                    typed.trim()
                };
                term.clear_line()?;
                match check(answer) {
                    Ok(()) => {
                        let mut done = String::new();
                        theme
                            .format_input_prompt_selection(&mut done, question, answer)
                            .map_err(io::Error::other)?;
                        term.write_line(&done)?;
                        return Ok(Some(answer.to_owned()));
                    }
                    Err(why) => {
                        let mut error = String::new();
                        theme
                            .format_error(&mut error, &why)
                            .map_err(io::Error::other)?;
                        term.write_line(&error)?;
                    }
                }
            }
            key => line.edit(&key),
        }
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
