use super::*;

const TEXT: &str = "\u{feff}# a page
name: shop   # trailing
empty:
desc: |
  block text
  more

# ü before
list:
- a
- \"b\"   # b
deep:
  - { from: a, to: \"b # no comment\" , }   # x
  - from: a
    to: 'it''s'
flow: [ a, [b] , c ] # }
map: { k: &x v, z: , 'q': {} }
alias: *x
last: plain multi
  line
";

#[test]
fn every_value_has_its_bytes() {
    let root = layout(TEXT).unwrap();
    let written = |keys: &[&str]| {
        let part = keys
            .iter()
            .fold(&root, |part, key| match key.parse::<usize>() {
                Ok(index) => &part.items()[index],
                Err(_) => {
                    &part
                        .entries()
                        .iter()
                        .find(|it| it.key == *key)
                        .unwrap()
                        .value
                }
            });
        &TEXT[part.range.clone()]
    };
    assert_eq!(written(&["name"]), "shop");
    assert_eq!(written(&["empty"]), "");
    assert_eq!(written(&["desc"]), "|\n  block text\n  more");
    assert_eq!(written(&["list"]), "- a\n- \"b\"");
    assert_eq!(written(&["list", "1"]), "\"b\"");
    assert_eq!(
        written(&["deep", "0"]),
        "{ from: a, to: \"b # no comment\" , }"
    );
    assert_eq!(written(&["deep", "0", "to"]), "\"b # no comment\"");
    assert_eq!(written(&["deep", "1"]), "from: a\n    to: 'it''s'");
    assert_eq!(written(&["flow"]), "[ a, [b] , c ]");
    assert_eq!(written(&["flow", "1"]), "[b]");
    assert_eq!(written(&["map", "k"]), "&x v");
    assert_eq!(written(&["map", "z"]), "");
    assert_eq!(written(&["map", "q"]), "{}");
    assert_eq!(written(&["alias"]), "*x");
    assert_eq!(written(&["last"]), "plain multi\n  line");
}

#[test]
fn what_is_not_understood_has_no_layout() {
    for text in [
        "",
        "# nothing",
        "a: [b: c]",
        "? [a]\n: b\n",
        "a: [",
        "a: b: c",
    ] {
        assert_eq!(layout(text), None, "{text}");
    }
}
