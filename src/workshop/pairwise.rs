//! Few rows in which every two options of different axes stand together at least once.

use std::collections::BTreeSet;

/// An option of a factor, both by index.
type Choice = (usize, usize);

/// Rows of one index per factor; `sizes` is the number of options of each factor.
///
/// Greedy: each row takes a pair that no row has yet and fills the rest with what adds most new pairs.
pub fn rows(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut open: BTreeSet<(Choice, Choice)> = BTreeSet::new();
    for left in 0..sizes.len() {
        for right in left + 1..sizes.len() {
            for a in 0..sizes[left] {
                for b in 0..sizes[right] {
                    open.insert(((left, a), (right, b)));
                }
            }
        }
    }
    let mut rows = Vec::new();
    while let Some(&((left, a), (right, b))) = open.iter().next() {
        let mut row: Vec<Option<usize>> = vec![None; sizes.len()];
        row[left] = Some(a);
        row[right] = Some(b);
        for factor in 0..sizes.len() {
            if row[factor].is_none() {
                row[factor] =
                    (0..sizes[factor]).max_by_key(|option| gain(&open, &row, factor, *option));
            }
        }
        let row: Vec<usize> = row
            .into_iter()
            .map(|option| option.expect("every factor has an option"))
            .collect();
        open.retain(|((left, a), (right, b))| row[*left] != *a || row[*right] != *b);
        rows.push(row);
    }
    rows
}

fn gain(
    open: &BTreeSet<(Choice, Choice)>,
    row: &[Option<usize>],
    factor: usize,
    option: usize,
) -> usize {
    let pairs = row
        .iter()
        .enumerate()
        .filter_map(|(other, chosen)| chosen.map(|chosen| (other, chosen)));
    pairs
        .filter(|(other, chosen)| {
            let (here, there) = ((factor, option), (*other, *chosen));
            open.contains(&if here < there {
                (here, there)
            } else {
                (there, here)
            })
        })
        .count()
}
