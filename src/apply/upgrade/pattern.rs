//! Paths in which `*` stands for a name, or for a part of one.

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// What stands for each `*`, in order; `None` for a path of another shape.
    pub fn captures<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let (mut names, mut parts) = (path.split('/'), self.0.split('/'));
        let mut captures = Vec::new();
        loop {
            let (name, part) = match (names.next(), parts.next()) {
                (None, None) => return Some(captures),
                (name, part) => (name?, part?),
            };
            match part.split_once('*') {
                Some((start, end)) => {
                    let rest = name.strip_prefix(start)?.strip_suffix(end)?;
                    captures.push(rest);
                }
                None if name == part => {}
                None => return None,
            }
        }
    }

    /// The path with these for `*`, in order; those that are left over are not needed.
    pub fn fill(&self, captures: &[&str]) -> String {
        // The last ones: a folder that the new path no longer has comes before the name that it keeps.
        let stars = self.0.matches('*').count();
        let mut captures = captures[captures.len().saturating_sub(stars)..].iter();
        let pieces: Vec<&str> = self.0.split('*').collect();
        let mut path = pieces[0].to_owned();
        for piece in &pieces[1..] {
            path.push_str(captures.next().copied().unwrap_or_default());
            path.push_str(piece);
        }
        path
    }
}
