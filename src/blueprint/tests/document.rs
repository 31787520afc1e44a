//! The pages of `docs/blueprint.md` are right.

use super::*;

const DOCUMENT: &str = include_str!("../../../docs/blueprint.md");

#[test]
fn every_page_of_the_document_is_a_blueprint() {
    let pages: Vec<&str> = DOCUMENT
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!pages.is_empty());
    for text in pages {
        assert!(page(text).is_ok(), "{}", page(text).unwrap_err());
    }
}

#[test]
fn the_limits_of_the_document_are_those_of_the_code() {
    use crate::blueprint::expand::MAX_LINKS;
    use crate::blueprint::schema::MAX_SERVICES;
    use crate::contract::notation::MAX_FIELDS;
    use crate::contract::sections::MAX_PARTS;
    use crate::contract::size::MAX_EXAMPLE;
    use crate::contract::types::MAX_NESTING;
    use crate::reserved::MAX_NAME;
    let limits = format!(
        "{MAX_SERVICES} services, {MAX_LINKS} links, {MAX_PARTS} operations, events and types of a \
         service each, {MAX_FIELDS} fields of a record, lists and maps {MAX_NESTING} deep, \
         {MAX_EXAMPLE} values in the example of a record."
    );
    let written = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(written.contains(&limits), "{limits}");
    assert!(written.contains(&format!("up to {MAX_NAME} characters")));
}
