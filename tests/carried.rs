//! A contract that a transport cannot carry is told by `hybridge check`, and by `new` before it writes.

mod support;

use std::fmt::Write;

use snapbox::cmd::OutputAssert;
use snapbox::str;
use support::scratch::Scratch;

/// Types that all contain each other, and an operation that gives one.
fn entangled(types: usize, transport: &str) -> String {
    let mut text =
        "name: knot\nservices:\n  gateway: { kind: gateway }\n  tangle:\n    kind: worker\n    \
                    operations:\n      ask: { output: { root: T0 } }\n    types:\n"
            .to_owned();
    for number in 0..types {
        let fields: Vec<String> = (0..types)
            .map(|other| format!("f{other}: \"T{other}?\""))
            .collect();
        writeln!(text, "      T{number}: {{ {} }}", fields.join(", ")).unwrap();
    }
    writeln!(
        text,
        "links:\n  - {{ from: gateway, to: tangle, via: {transport} }}"
    )
    .unwrap();
    text
}

fn check(blueprint: &str) -> OutputAssert {
    Scratch::with(&[("hybridge.yaml", blueprint)]).run(&["check", "hybridge.yaml"])
}

#[test]
fn types_that_contain_each_other_in_too_many_ways_are_refused() {
    check(&entangled(90, "graphql"))
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: service `tangle`: its GraphQL documents would select 137701 fields, more than 100000
hint: let fewer types contain each other, or link it by another transport

"#]]);
}

#[test]
fn where_there_is_nothing_to_select_they_are_carried() {
    for (types, transport) in [(90, "rest"), (10, "graphql")] {
        check(&entangled(types, transport)).success();
    }
}
