//! Line by line, with what is no conflict in the end decided region by region.

use similar::{MergeRegion, TextMerge};

const YOURS: &str = "yours";
const NEW: &str = concat!("hybridge ", env!("CARGO_PKG_VERSION"));

/// What lines of a file mean.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kind {
    /// Each of them something by itself.
    pub is_list: bool,
    /// Something else when they are indented otherwise.
    pub is_indented: bool,
    /// Variables, whose values are words.
    pub is_makefile: bool,
}

/// What becomes of two changes of one text. Without conflicts, both texts are the same.
pub struct Lines {
    /// With every conflict marked.
    pub marked: String,
    /// With yours in the place of each conflict.
    pub yours: String,
    /// The line of `marked` where each conflict begins, counted from 1.
    pub conflicts: Vec<usize>,
}

impl Lines {
    /// The merged text; `None` where there are conflicts.
    pub fn clean(self) -> Option<String> {
        self.conflicts.is_empty().then_some(self.marked)
    }
}

/// Merges line by line. In a list, whose lines mean something each by itself, what both added at one place stands
/// there twice: yours, then ours.
pub fn merge(base: &str, yours: &str, new: &str, kind: Kind) -> Lines {
    let merge = TextMerge::from_lines(base, yours, new);
    let mut lines = Lines {
        marked: String::new(),
        yours: String::new(),
        conflicts: Vec::new(),
    };
    for region in merge.regions() {
        let side = |range: std::ops::Range<usize>, line: &dyn Fn(usize) -> Option<String>| {
            range.filter_map(line).collect::<String>()
        };
        let own = |line: Option<&str>| line.map(str::to_owned);
        let base = side(region.base_range(), &|at| own(merge.base_line(at)));
        let yours = side(region.ours_range(), &|at| own(merge.ours_line(at)));
        let new = side(region.theirs_range(), &|at| own(merge.theirs_line(at)));
        match decided(region, &base, &yours, &new, kind) {
            Some(decided) => {
                lines.marked.push_str(&decided);
                lines.yours.push_str(&decided);
            }
            None => {
                lines.conflicts.push(lines.marked.lines().count() + 1);
                lines.yours.push_str(&yours);
                let ended = |side: &str| match side.is_empty() || side.ends_with('\n') {
                    true => side.to_owned(),
                    false => format!("{side}\n"),
                };
                let (yours, new) = (ended(&yours), ended(&new));
                lines.marked.push_str(&format!(
                    "<<<<<<< {YOURS}\n{yours}=======\n{new}>>>>>>> {NEW}\n"
                ));
            }
        }
    }
    lines
}

fn decided(region: &MergeRegion, base: &str, yours: &str, new: &str, kind: Kind) -> Option<String> {
    use similar::MergeResolution::*;
    match region.resolution() {
        Unchanged | Ours | Both => return Some(yours.to_owned()),
        Theirs => return Some(new.to_owned()),
        _ => {}
    }
    let bare = |text: &str| bare(text, kind.is_indented);
    // A formatter's work is no edit: it does it again.
    if bare(yours) == bare(base) {
        return Some(new.to_owned());
    }
    if bare(new) == bare(base) || bare(new) == bare(yours) {
        return Some(yours.to_owned());
    }
    if kind.is_list && base.is_empty() {
        let added = new
            .lines()
            .filter(|line| !yours.lines().any(|it| it == *line));
        let added: String = added.map(|line| format!("{line}\n")).collect();
        return Some(format!("{yours}{added}"));
    }
    if kind.is_makefile {
        return words(base, yours, new);
    }
    None
}

/// What is left when a formatter has nothing to say: no white space, one kind of quotes, no comma at the end of a
/// list that ends on a line of its own. Where indentation means something it stays, outside of brackets.
fn bare(text: &str, is_indented: bool) -> String {
    let mut bare = String::new();
    let mut depth = 0_usize;
    // Whether a line has ended behind the last character.
    let mut is_broken = false;
    for line in text.lines() {
        if is_indented && depth == 0 && !line.trim().is_empty() {
            bare.push('\n');
            bare.extend(line.chars().take_while(|c| c.is_whitespace()));
        }
        for c in line.chars().filter(|c| !c.is_whitespace()) {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => {
                    depth = depth.saturating_sub(1);
                    if is_broken && bare.ends_with(',') {
                        bare.pop();
                    }
                }
                _ => {}
            }
            bare.push(if c == '\'' { '"' } else { c });
            is_broken = false;
        }
        is_broken = true;
    }
    bare
}

/// A variable of a Makefile that is a list of words, on one line on each side.
fn words(base: &str, yours: &str, new: &str) -> Option<String> {
    let split = |text: &str| -> Option<(String, Vec<String>)> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let end = line.find('=')? + 1;
        let is_variable = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | ':' | '?' | '+');
        (!line.contains('\n') && line[..end - 1].chars().all(is_variable)).then(|| {
            let words = line[end..].split(' ').filter(|word| !word.is_empty());
            (line[..end].to_owned(), words.map(str::to_owned).collect())
        })
    };
    let ((name, base), (other, yours), (third, new)) = (split(base)?, split(yours)?, split(new)?);
    if name != other || other != third {
        return None;
    }
    // What both took away and put something else for is one value, not a list.
    let is_replaced = |word: &String| !yours.contains(word) && !new.contains(word);
    if base.iter().any(is_replaced) {
        return None;
    }
    let merged = super::entries::merge_items(&base, &yours, &new);
    Some(format!("{name} {}\n", merged.join(" ")))
}
