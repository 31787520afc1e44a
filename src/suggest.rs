//! The nearest known word to one that is not known.

/// Longer words are no slip of the finger, and comparing them would cost time for nothing.
const LONGEST: usize = 64;

/// Shorter words begin many others.
const SHORTEST_BEGINNING: usize = 3;

/// The known word that `word` was most likely meant to be: at most one edit in three characters
/// away (Damerau-Levenshtein, optimal string alignment), letter case aside, or else what it begins with. The
/// first of equals.
///
/// ```
/// use hybridge::suggest::nearest;
/// assert_eq!(nearest("fastfy", ["express", "fastify"]), Some("fastify"));
/// assert_eq!(nearest("integer", ["float", "int"]), Some("int"));
/// assert_eq!(nearest("flask", ["express", "fastify"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = ((lower.chars().count() + 1) / 3).min(3);
    known
        .into_iter()
        .filter_map(|candidate| {
            let known = candidate.to_lowercase();
            let is_beginning = known.len() >= SHORTEST_BEGINNING && lower.starts_with(&known);
            match strsim::osa_distance(&lower, &known) {
                distance if distance <= allowed => Some((distance, candidate)),
                _ if is_beginning => Some((allowed + 1, candidate)),
                _ => None,
            }
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", when some known word is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(meant)
}

/// "did you mean `x`?"
pub fn meant(word: &str) -> String {
    format!("did you mean `{word}`?")
}

#[cfg(test)]
mod tests {
    use crate::suggest::nearest;

    #[test]
    fn one_slip_is_forgiven_and_another_word_is_not() {
        let known = ["kind", "store", "description"];
        assert_eq!(nearest("knid", known), Some("kind"));
        assert_eq!(nearest("Store", known), Some("store"));
        assert_eq!(nearest("descripton", known), Some("description"));
        assert_eq!(nearest("name", known), None);
        assert_eq!(nearest("2", ["1"]), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }

    #[test]
    fn the_nearest_wins_and_among_equals_the_first() {
        assert_eq!(nearest("rst", ["rust", "rest"]), Some("rust"));
        assert_eq!(nearest("trends", ["trend", "trends"]), Some("trends"));
    }
}
