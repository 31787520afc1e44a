//! The ends of lines of a file: what hybridge writes has `\n`, and a checkout or an editor makes something else of it.

use similar::{ChangeTag, TextDiff};

/// `new` with the ends of lines that the file has which it replaces: those of each line that stays, and for lines
/// that come those of the file's first line. What is no text stays as it is.
pub fn of_file(there: &[u8], new: &[u8]) -> Vec<u8> {
    if !there.contains(&b'\r') {
        return new.to_vec();
    }
    let (Ok(there), Ok(new)) = (std::str::from_utf8(there), std::str::from_utf8(new)) else {
        return new.to_vec();
    };
    let (plain, new) = (unix(there), unix(new));
    let crlf: Vec<bool> = there.split_inclusive('\n').map(is_crlf).collect();
    let first = crlf.first().is_some_and(|it| *it);
    if crlf.iter().all(|it| *it == first) {
        return ended(&new, first).into_bytes();
    }
    let diff = TextDiff::from_lines(plain.as_str(), new.as_str());
    let lines = diff.iter_all_changes();
    let lines = lines.filter(|line| line.tag() != ChangeTag::Delete);
    let line = |line: similar::Change<&str>| {
        let was = line.old_index().and_then(|at| crlf.get(at));
        ended(line.value(), *was.unwrap_or(&first))
    };
    lines.map(line).collect::<String>().into_bytes()
}

/// A text whose lines all end as hybridge ends them.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn is_crlf(line: &str) -> bool {
    line.ends_with("\r\n")
}

fn ended(text: &str, is_crlf: bool) -> String {
    match is_crlf {
        true => text.replace('\n', "\r\n"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(there: &str, new: &str) -> String {
        String::from_utf8(of_file(there.as_bytes(), new.as_bytes())).unwrap()
    }

    #[test]
    fn lines_that_stay_keep_theirs_and_those_that_come_have_those_of_the_first() {
        for (there, new, expected) in [
            ("a\nb\n", "a\nc\n", "a\nc\n"),
            ("a\r\nb\r\n", "a\nc\n", "a\r\nc\r\n"),
            ("a\r\nb\n", "a\nb\n", "a\r\nb\n"),
            ("a\r\nb\nc\r\n", "a\nx\nb\nc\n", "a\r\nx\r\nb\nc\r\n"),
            ("a\nb\r\nc\n", "a\nb\nc\nd\n", "a\nb\r\nc\nd\n"),
            ("a\r\nb", "a\nb\n", "a\r\nb\r\n"),
            ("a\r\nb", "a\nb", "a\r\nb"),
            ("a\rb\n", "a\rc\n", "a\rc\n"),
        ] {
            assert_eq!(ends(there, new), expected, "{there:?} {new:?}");
        }
    }

    #[test]
    fn what_is_no_text_stays_as_it_is() {
        assert_eq!(of_file(b"a\r\n", b"\xff\n"), b"\xff\n");
        assert_eq!(of_file(b"\xff\r\n", b"a\n"), b"a\n");
    }
}
