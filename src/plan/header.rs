//! The head of source files: one text of a pack, as a comment of each language.

/// `text` as comment lines at the head of the file at `path`; `None` where the language has no comments, or
/// the file is empty.
pub fn put(path: &str, text: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let prefix = match path.rsplit('.').next() {
        Some("py") => "#",
        Some("ts" | "js" | "mjs" | "proto") => "//",
        _ => return None,
    };
    if bytes.is_empty() || text.trim().is_empty() {
        return None;
    }
    let lines = text.trim_end().lines().map(|line| match line.trim_end() {
        "" => format!("{prefix}\n"),
        line => format!("{prefix} {line}\n"),
    });
    let head: String = lines.collect();
    // An interpreter is named on the first line, or nowhere.
    let first = match bytes.starts_with(b"#!") {
        true => bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |end| end + 1),
        false => 0,
    };
    let (interpreter, rest) = bytes.split_at(first);
    // A blank line keeps it apart from the comment of whatever comes next.
    Some([interpreter, head.as_bytes(), b"\n", rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, bytes: &str) -> Option<String> {
        let bytes = put(path, "Copyright Acme\n\nAll rights.\n", bytes.as_bytes())?;
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn each_language_has_its_comment() {
        assert_eq!(
            text("a.py", "import x\n").unwrap(),
            "# Copyright Acme\n#\n# All rights.\n\nimport x\n"
        );
        assert_eq!(
            text("a.ts", "x;\n").unwrap(),
            "// Copyright Acme\n//\n// All rights.\n\nx;\n"
        );
        assert_eq!(
            text("a.mjs", "#!/usr/bin/env node\nx;\n").unwrap(),
            "#!/usr/bin/env node\n// Copyright Acme\n//\n// All rights.\n\nx;\n"
        );
    }

    #[test]
    fn what_has_no_comments_or_is_empty_stays() {
        assert_eq!(text("a.json", "{}"), None);
        assert_eq!(text("__init__.py", ""), None);
        assert_eq!(text("Makefile", "all:\n"), None);
    }
}
