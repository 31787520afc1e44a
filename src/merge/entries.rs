//! Lists whose items are distinct, by what each person put in and took out.

/// Yours, without what is no longer in `new`, and with what came into it: behind the item that it stands behind
/// there.
pub fn merge_items<T: Clone + PartialEq>(base: &[T], yours: &[T], new: &[T]) -> Vec<T> {
    let is_dropped = |item: &&T| base.contains(item) && !new.contains(item);
    let mut merged: Vec<T> = yours.iter().filter(|it| !is_dropped(it)).cloned().collect();
    for (at, item) in new.iter().enumerate() {
        if base.contains(item) || merged.contains(item) {
            continue;
        }
        let behind = new[..at]
            .iter()
            .rev()
            .find_map(|before| merged.iter().position(|it| it == before));
        // Behind everything where nothing of `new` stands before it.
        let place = match (at, behind) {
            (_, Some(behind)) => behind + 1,
            (0, None) => 0,
            (_, None) => merged.len(),
        };
        merged.insert(place, item.clone());
    }
    merged
}
