//! Fields of a surface as they are recorded: in the notation of the blueprint.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::surface::Field;
use crate::contract::model::Type;
use crate::contract::types::{self, BUILT_IN, Notation, Shape};

/// The type alone, where there is nothing more to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldForm {
    Short(String),
    Long(LongForm),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongForm {
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
pub fn written(kind: &Type, optional: bool) -> String {
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

impl TryFrom<FieldForm> for Field {
    type Error = String;

    fn try_from(form: FieldForm) -> Result<Self, String> {
        let form = match form {
            FieldForm::Short(kind) => LongForm {
                kind,
                ..LongForm::default()
            },
            FieldForm::Long(form) => form,
        };
        let notation = types::parse(&form.kind)
            .map_err(|reason| format!("`{}` is not a type: {reason}", form.kind))?;
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
