//! What is to be done to a folder, as a value.

/// The folder of the component that a file of a project belongs to: `services/vision`, `packages/gateway`, or
/// `project` for what belongs to no single one.
pub fn component(path: &str) -> &str {
    let mut ends = path.match_indices('/').map(|(end, _)| end);
    match (ends.next(), ends.next()) {
        (Some(first), Some(second)) if matches!(&path[..first], "services" | "packages") => {
            &path[..second]
        }
        _ => "project",
    }
}
