//! Whether the bounds of a field say something of its type.

use super::model::{Field, Type};
use crate::document::finding::Findings;
use crate::document::mistake::{BoundKey, ContractMistake};
use crate::document::node::{MAX_SAFE_INTEGER, Node};

/// Checks what the long form of a field says beside its type. `node` is that form.
pub fn check(field: &Field, node: &Node, findings: &mut Findings) {
    numbers(field, node, findings);
    lengths(field, node, findings);
    if let Some(media_type) = node.given("media_type") {
        let text = media_type.as_text().unwrap_or_default();
        if *field.kind.innermost() != Type::Bytes {
            findings.push(media_type.place, ContractMistake::MediaTypeOfOther);
        } else if !is_media_type(text) {
            let text = text.to_owned();
            findings.push(media_type.place, ContractMistake::NotAMediaType { text });
        }
    }
    if field.optional
        && let Some(default) = node.given("default")
    {
        findings.push(default.place, ContractMistake::OptionalWithDefault);
    }
}

fn numbers(field: &Field, node: &Node, findings: &mut Findings) {
    let kind = field.kind.innermost();
    let bounds = [
        (BoundKey::Minimum, field.minimum),
        (BoundKey::Maximum, field.maximum),
    ];
    for (key, bound) in bounds {
        let (Some(written), Some(bound)) = (node.given(key.word()), bound) else {
            continue;
        };
        if !matches!(kind, Type::Int | Type::Float) {
            let mistake = ContractMistake::BoundOfOther {
                key,
                kind: field.kind.to_string(),
            };
            findings.push(written.place, mistake);
        } else if *kind == Type::Int && !is_whole(bound) {
            findings.push(written.place, ContractMistake::BoundNotWhole { key });
        }
    }
    if let (Some(minimum), Some(maximum), Some(written)) =
        (field.minimum, field.maximum, node.get("maximum"))
        && minimum > maximum
    {
        let (least, most) = (BoundKey::Minimum, BoundKey::Maximum);
        findings.push(
            written.place,
            ContractMistake::NothingBetween { least, most },
        );
    }
}

fn lengths(field: &Field, node: &Node, findings: &mut Findings) {
    let has_length = matches!(
        field.kind,
        Type::String | Type::Bytes | Type::List(_) | Type::Map(_)
    );
    for (key, bound) in [
        (BoundKey::MinLength, field.min_length),
        (BoundKey::MaxLength, field.max_length),
    ] {
        let (Some(written), Some(_)) = (node.given(key.word()), bound) else {
            continue;
        };
        if !has_length {
            let mistake = ContractMistake::BoundOfOther {
                key,
                kind: field.kind.to_string(),
            };
            findings.push(written.place, mistake);
        }
    }
    if let (Some(min), Some(max), Some(written)) =
        (field.min_length, field.max_length, node.get("max_length"))
        && min > max
    {
        let (least, most) = (BoundKey::MinLength, BoundKey::MaxLength);
        findings.push(
            written.place,
            ContractMistake::NothingBetween { least, most },
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact")]
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER as f64
}

/// `restricted-name "/" restricted-name` (RFC 6838, 4.2), in lower case.
fn is_media_type(text: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| name(kind) && name(subtype))
}
