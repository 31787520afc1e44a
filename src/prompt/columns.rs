//! What fits on a terminal.

use console::{Term, measure_text_width, truncate_str};

/// Columns of the terminal.
fn width(term: &Term) -> usize {
    usize::from(term.size().1).max(20)
}

/// Lines that a text takes, however it is broken.
pub fn height(term: &Term, text: &str) -> usize {
    let width = width(term);
    let lines = text.split('\n');
    lines
        .map(|line| measure_text_width(line).div_ceil(width).max(1))
        .sum()
}

/// A text cut to the columns of the terminal that are left beside `taken` ones.
pub fn fitted(term: &Term, text: &str, taken: usize) -> String {
    truncate_str(text, width(term).saturating_sub(taken + 1), "…").into_owned()
}
