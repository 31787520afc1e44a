//! From the path of a template to the path of a file.

/// What a path below a scope folder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePath {
    /// The output path, placeholders still in it.
    pub output: String,
    /// Filled from a view; copied byte for byte otherwise.
    pub is_template: bool,
}

/// Placeholders that repeat a file.
pub const SERVICE: &str = "__service__";
pub const OPERATION: &str = "__operation__";
pub const GATEWAY: &str = "__gateway__";
pub const CONTAINER: &str = "__container__";
/// Of a path, it has one at most.
pub const REPEATING: [&str; 4] = [OPERATION, SERVICE, GATEWAY, CONTAINER];
/// Placeholder for the Python package of the service.
pub const PACKAGE: &str = "__package__";

impl TemplatePath {
    /// Reads a path: `.hbs` makes a template, a leading `_` is stored in place of a dot.
    pub fn read(path: &str) -> Self {
        let (path, is_template) = match path.strip_suffix(".hbs") {
            Some(path) => (path, true),
            None => (path, false),
        };
        let output = path.split('/').map(undotted).collect::<Vec<_>>().join("/");
        Self {
            output,
            is_template,
        }
    }

    pub fn has(&self, placeholder: &str) -> bool {
        self.output.contains(placeholder)
    }
}

/// What stands for the placeholder that repeats `template`, in the path of one of its files; `None` without one.
pub fn repeated_for<'p>(template: &str, path: &'p str) -> Option<&'p str> {
    let output = TemplatePath::read(template).output;
    // From the end, where both have the same folders: where a scope goes to is not known here.
    let mut segments = output.rsplit('/').zip(path.rsplit('/'));
    segments.find_map(|(segment, name)| {
        let mut placeholders = REPEATING.into_iter();
        let (start, end) = placeholders.find_map(|it| segment.split_once(it))?;
        name.strip_prefix(start)?.strip_suffix(end)
    })
}

/// `_gitignore` -> `.gitignore`; Python's `__init__.py` and the placeholders stay.
fn undotted(segment: &str) -> String {
    match segment.strip_prefix('_') {
        Some(rest) if !rest.starts_with('_') => format!(".{rest}"),
        _ => segment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotfiles_are_stored_with_an_underscore() {
        let read = |path| TemplatePath::read(path).output;
        assert_eq!(
            read("_github/workflows/ci.yaml.hbs"),
            ".github/workflows/ci.yaml"
        );
        assert_eq!(
            read("src/__package__/__init__.py"),
            "src/__package__/__init__.py"
        );
        assert!(TemplatePath::read("a.hbs").is_template);
    }

    #[test]
    fn a_file_tells_what_it_was_repeated_for() {
        let template = "kind/pricing/service/tests/__operation__/test___operation__.py.hbs";
        let path = "services/price/tests/top_words/test_top_words.py";
        assert_eq!(repeated_for(template, path), Some("top_words"));
        let once = "kind/pricing/service/src/__package__/prices.py";
        assert_eq!(
            repeated_for(once, "services/price/src/price/prices.py"),
            None
        );
    }
}
