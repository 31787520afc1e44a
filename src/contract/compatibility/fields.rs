//! Two versions of a record, field by field.

use serde_json::Value;

use super::change::{Change, Direction, Rule, Severity};
use super::reach::{self, Uses};
use super::surface::{Field, Fields, Surface};
use crate::contract::model::Type;

/// A record of a service, and where it is used.
pub(super) struct Record<'r> {
    pub(super) service: &'r str,
    /// As it was.
    pub(super) surface: &'r Surface,
    /// `operations.find.input`
    pub(super) part: String,
    pub(super) uses: &'r Uses,
    /// Numbers of Protocol Buffers are recorded of the service.
    pub(super) is_numbered: bool,
}

pub(super) fn compare_fields(
    record: &Record<'_>,
    before: &Fields,
    after: &Fields,
    changes: &mut Vec<Change>,
) {
    for (name, old) in before {
        let comparison = Comparison {
            record,
            name,
            changes: &mut *changes,
        };
        comparison.compare(old, after.get(name));
    }
    let added = after.iter().filter(|(name, _)| !before.contains_key(*name));
    for (name, new) in added {
        if record.uses.contains_key(&Direction::Input) && !new.may_be_absent() {
            let mut comparison = Comparison {
                record,
                name,
                changes: &mut *changes,
            };
            let what = format!("the required field `{name}: {new}` is added");
            let input = Some(Direction::Input);
            comparison.push(Rule::RequiredInputAdded, Severity::Breaking, input, what);
        }
    }
}

/// One field of a record.
struct Comparison<'r, 'c> {
    record: &'r Record<'r>,
    name: &'r str,
    changes: &'c mut Vec<Change>,
}

impl Comparison<'_, '_> {
    fn compare(mut self, old: &Field, new: Option<&Field>) {
        let Some(new) = new else {
            let what = "the field is removed".to_owned();
            return self.push(Rule::FieldRemoved, Severity::Breaking, None, what);
        };
        match words(&old.kind, &new.kind) {
            Some((old, new)) => self.words(old, new),
            None if old.kind != new.kind => {
                let what = format!("the type changes from `{}` to `{}`", old.kind, new.kind);
                return self.push(Rule::FieldRetyped, Severity::Breaking, None, what);
            }
            None => {}
        }
        self.presence(old, new);
        self.bounds(old, new);
        if let (true, Some(was)) = (new.may_be_absent(), &old.default)
            && new.default.as_ref() != Some(was)
        {
            let now = new
                .default
                .as_ref()
                .map_or("nothing".into(), Value::to_string);
            let what = format!("the default changes from {was} to {now}");
            let input = Some(Direction::Input);
            self.push(Rule::DefaultChanged, Severity::Dangerous, input, what);
        }
        if old.media_type != new.media_type {
            let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "any".into());
            let (was, now) = (text(&old.media_type), text(&new.media_type));
            let what = format!("the media type changes from {was} to {now}");
            self.push(Rule::MediaTypeChanged, Severity::Dangerous, None, what);
        }
    }

    /// Records it where the field goes that way; `None`: whichever it goes.
    fn push(&mut self, rule: Rule, severity: Severity, only: Option<Direction>, what: String) {
        let uses = self.record.uses.iter();
        let uses = uses.filter(|(direction, _)| only.is_none_or(|only| only == **direction));
        let uses: Vec<_> = uses.flat_map(|(_, uses)| uses).collect();
        if uses.is_empty() {
            return;
        }
        let Record {
            service,
            surface,
            part,
            ..
        } = self.record;
        let breaks = reach::clients(service, surface, uses.into_iter());
        let place = (*service, format!("{part}.{}", self.name));
        self.changes
            .push(Change::new(rule, severity, place, what, breaks));
    }

    fn words(&mut self, old: &[String], new: &[String]) {
        let missing = |these: &[String], those: &[String]| {
            let missing = these.iter().filter(|word| !those.contains(word));
            let missing: Vec<&str> = missing.map(String::as_str).collect();
            (!missing.is_empty()).then(|| missing.join("`, `"))
        };
        if let Some(gone) = missing(old, new) {
            let what = format!("`{gone}` is no longer one of its words");
            for (direction, severity) in [
                (Direction::Input, Severity::Breaking),
                (Direction::Output, Severity::Dangerous),
            ] {
                self.push(
                    Rule::EnumWordRemoved,
                    severity,
                    Some(direction),
                    what.clone(),
                );
            }
        }
        if let Some(come) = missing(new, old) {
            let what = format!("`{come}` is one of its words now");
            let output = Some(Direction::Output);
            self.push(Rule::EnumWordAdded, Severity::Dangerous, output, what);
        }
    }

    fn presence(&mut self, old: &Field, new: &Field) {
        let (rule, direction, what) = match (old.may_be_absent(), new.may_be_absent()) {
            (true, false) => (Rule::FieldRequired, Direction::Input, "it is required now"),
            (false, true) => (
                Rule::FieldOptional,
                Direction::Output,
                "it may be absent now",
            ),
            _ => return,
        };
        self.push(rule, Severity::Breaking, Some(direction), what.to_owned());
        if self.record.is_numbered && matches!(old.kind, Type::List(_) | Type::Map(_)) {
            let what = format!(
                "{what}, which makes it another field of Protocol Buffers, with another number"
            );
            let other = match direction {
                Direction::Input => Direction::Output,
                Direction::Output => Direction::Input,
            };
            self.push(Rule::FieldRenumbered, Severity::Breaking, Some(other), what);
        }
    }

    fn bounds(&mut self, old: &Field, new: &Field) {
        let number = |it: Option<f64>| it.map_or_else(none, |it| it.to_string());
        let length = |it: Option<u64>| it.map_or_else(none, |it| it.to_string());
        for (key, end, was, now) in [
            ("minimum", End::Lower, old.minimum, new.minimum),
            ("maximum", End::Upper, old.maximum, new.maximum),
        ] {
            self.bound(key, moved(end, was, now), &number(was), &number(now));
        }
        for (key, end, was, now) in [
            ("min_length", End::Lower, old.min_length, new.min_length),
            ("max_length", End::Upper, old.max_length, new.max_length),
        ] {
            self.bound(key, moved(end, was, now), &length(was), &length(now));
        }
    }

    fn bound(&mut self, key: &str, moved: Moved, was: &str, now: &str) {
        let (rule, direction) = match moved {
            Moved::Not => return,
            Moved::Inwards => (Rule::BoundsNarrowed, Direction::Input),
            Moved::Outwards => (Rule::BoundsWidened, Direction::Output),
        };
        let what = format!("`{key}` changes from {was} to {now}");
        self.push(rule, Severity::Breaking, Some(direction), what);
    }
}

fn none() -> String {
    "none".to_owned()
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Lower,
    Upper,
}

enum Moved {
    Not,
    /// Less is allowed.
    Inwards,
    /// More is allowed.
    Outwards,
}

/// Where a bound went.
fn moved<T: PartialOrd>(end: End, was: Option<T>, now: Option<T>) -> Moved {
    match (was, now) {
        (Some(was), Some(now)) if was == now => Moved::Not,
        (Some(was), Some(now)) if (now > was) == (end == End::Lower) => Moved::Inwards,
        (None, None) => Moved::Not,
        (None, Some(_)) => Moved::Inwards,
        (Some(_), _) => Moved::Outwards,
    }
}

/// The words of two enums that stand in the same lists and maps.
fn words<'t>(old: &'t Type, new: &'t Type) -> Option<(&'t [String], &'t [String])> {
    match (old, new) {
        (Type::Enum(old), Type::Enum(new)) => Some((old, new)),
        (Type::List(old), Type::List(new)) | (Type::Map(old), Type::Map(new)) => words(old, new),
        _ => None,
    }
}
