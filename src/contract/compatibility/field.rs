//! A field of a surface, recorded in the notation of the blueprint.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::contract::model::{self, Type};
use crate::contract::types::{self, BUILT_IN, Notation, Shape};
use crate::document::mistake::NotationError;

/// As [`model::Field`], without what is only to be read by people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "FieldForm", try_from = "FieldForm")]
pub struct Field {
    pub kind: Type,
    pub optional: bool,
    pub default: Option<Value>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub media_type: Option<String>,
}

impl Field {
    /// Whether a value need not be given.
    pub fn may_be_absent(&self) -> bool {
        self.optional || self.default.is_some()
    }
}

impl From<&model::Field> for Field {
    fn from(field: &model::Field) -> Self {
        Self {
            kind: field.kind.clone(),
            optional: field.optional,
            default: field.default.clone(),
            minimum: field.minimum,
            maximum: field.maximum,
            min_length: field.min_length,
            max_length: field.max_length,
            media_type: field.media_type.clone(),
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&written(&self.kind, self.optional))
    }
}

/// The type alone, where there is nothing more to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum FieldForm {
    Short(String),
    Long(LongForm),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongForm {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_length: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_length: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
}

/// The type of a field as the blueprint has it: `[string]?`.
fn written(kind: &Type, optional: bool) -> String {
    format!("{kind}{}", if optional { "?" } else { "" })
}

impl From<Field> for FieldForm {
    fn from(field: Field) -> Self {
        let kind = written(&field.kind, field.optional);
        let is_plain = field.default.is_none()
            && (field.minimum, field.maximum) == (None, None)
            && (field.min_length, field.max_length) == (None, None)
            && field.media_type.is_none();
        match is_plain {
            true => FieldForm::Short(kind),
            false => FieldForm::Long(LongForm {
                kind,
                default: field.default,
                minimum: field.minimum,
                maximum: field.maximum,
                min_length: field.min_length,
                max_length: field.max_length,
                media_type: field.media_type,
            }),
        }
    }
}

/// A recorded type that is none.
#[derive(Debug, Error)]
#[error("`{kind}` is not a type: {source}")]
struct UnknownType {
    kind: String,
    source: NotationError,
}

impl TryFrom<FieldForm> for Field {
    type Error = UnknownType;

    fn try_from(form: FieldForm) -> Result<Self, UnknownType> {
        let form = match form {
            FieldForm::Short(kind) => LongForm {
                kind,
                ..LongForm::default()
            },
            FieldForm::Long(form) => form,
        };
        let notation = types::parse(&form.kind).map_err(|source| UnknownType {
            kind: form.kind.clone(),
            source,
        })?;
        Ok(Self {
            kind: kind_of(&notation),
            optional: notation.optional,
            default: form.default,
            minimum: form.minimum,
            maximum: form.maximum,
            min_length: form.min_length,
            max_length: form.max_length,
            media_type: form.media_type,
        })
    }
}

/// A word that is no type of every contract is the name of one.
fn kind_of(notation: &Notation) -> Type {
    match &notation.shape {
        Shape::List(inner) => Type::List(Box::new(kind_of(inner))),
        Shape::Map(inner) => Type::Map(Box::new(kind_of(inner))),
        Shape::Words(words) => match words.as_slice() {
            [word] => {
                let built_in = BUILT_IN.iter().find(|(known, _)| known == word);
                built_in.map_or_else(|| Type::Named(word.clone()), |(_, kind)| kind.clone())
            }
            words => Type::Enum(words.to_vec()),
        },
    }
}
