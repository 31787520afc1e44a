//! With `digests:` in the blueprint, no image is taken by its tag alone.

mod support;

use hybridge::catalogue::Catalogue;
use support::render;

#[test]
fn every_image_is_taken_by_its_digest() {
    let catalogue = Catalogue::built_in().unwrap();
    let images = &catalogue.versions().images;
    let digest = |name: &str| format!("sha256:{:0>64}", name.len());
    let digests: String = images
        .keys()
        .map(|name| format!("  {name}: {}\n", digest(name)))
        .collect();
    let mut found = 0;
    for (_, path) in support::examples() {
        let page = std::fs::read_to_string(path).unwrap();
        for (path, file) in render(&format!("{page}\ndigests:\n{digests}")) {
            let Ok(text) = std::str::from_utf8(&file.bytes) else {
                continue;
            };
            for (name, image) in images {
                for (place, _) in text.match_indices(image) {
                    let rest = &text[place + image.len()..];
                    assert!(
                        rest.starts_with(&format!("@{}", digest(name))),
                        "{path}: {image}"
                    );
                    found += 1;
                }
            }
        }
    }
    assert!(found > 50, "{found}");
}

#[test]
fn without_them_the_tags_stand_alone() {
    for (path, file) in render("name: shop\n") {
        assert!(
            !String::from_utf8_lossy(&file.bytes).contains("@sha256:"),
            "{path}"
        );
    }
}
