//! Line by line, with what is no conflict in the end decided region by region.

use similar::{MergeRegion, TextMerge};

const YOURS: &str = "yours";
const NEW: &str = concat!("hybridge ", env!("CARGO_PKG_VERSION"));

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
pub fn merge(base: &str, yours: &str, new: &str, is_list: bool) -> Lines {
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
        match decided(region, &base, &yours, &new, is_list) {
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

fn decided(
    region: &MergeRegion,
    base: &str,
    yours: &str,
    new: &str,
    is_list: bool,
) -> Option<String> {
    use similar::MergeResolution::*;
    match region.resolution() {
        Unchanged | Ours | Both => return Some(yours.to_owned()),
        Theirs => return Some(new.to_owned()),
        _ => {}
    }
    // A formatter's work is no edit: it does it again.
    if bare(yours) == bare(base) {
        return Some(new.to_owned());
    }
    if bare(new) == bare(base) || bare(new) == bare(yours) {
        return Some(yours.to_owned());
    }
    if is_list && base.is_empty() {
        let added = new
            .lines()
            .filter(|line| !yours.lines().any(|it| it == *line));
        let added: String = added.map(|line| format!("{line}\n")).collect();
        return Some(format!("{yours}{added}"));
    }
    words(base, yours, new)
}

/// What is left when a formatter has nothing to say: no white space, one kind of quotes, no commas at the end.
fn bare(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '\'' { '"' } else { c })
        .collect();
    let mut bare = text.clone();
    for close in [')', ']', '}'] {
        bare = bare.replace(&format!(",{close}"), &close.to_string());
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
    let merged = super::entries::merge_items(&base, &yours, &new);
    Some(format!("{name} {}\n", merged.join(" ")))
}
