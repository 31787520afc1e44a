//! Two contracts of a system, service by service.

use std::collections::BTreeSet;

use super::change::Change;
use super::fields::{Record, compare_fields};
use super::reach::{self, Use, Uses};
use super::rule::{Direction, Rule, Severity};
use super::surface::{Operation, Scopes, Surface, Surfaces};

/// What clients of `before` notice of `after`, the worst first. `numbered` are the services that have recorded
/// numbers of Protocol Buffers.
pub fn compare(before: &Surfaces, after: &Surfaces, numbered: &BTreeSet<String>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (service, old) in before {
        let is_numbered = numbered.contains(service);
        match after.get(service) {
            Some(new) => Services {
                service,
                old,
                new,
                is_numbered,
            }
            .compare(&mut changes),
            None if old.operations.is_empty() && old.events.is_empty() => {}
            None => changes.push(Change::new(
                Rule::ServiceRemoved,
                Severity::Breaking,
                (service, String::new()),
                "the service is removed".into(),
                reach::clients(service, old, everything(old).iter()),
            )),
        }
    }
    changes.sort_by_key(|change| change.severity);
    changes
}

fn everything(surface: &Surface) -> Vec<Use> {
    let operations = surface.operations.keys().cloned().map(Use::Operation);
    operations
        .chain(surface.events.keys().cloned().map(Use::Event))
        .collect()
}

/// One service, before and after.
struct Services<'s> {
    service: &'s str,
    old: &'s Surface,
    new: &'s Surface,
    is_numbered: bool,
}

impl<'s> Services<'s> {
    fn compare(&self, changes: &mut Vec<Change>) {
        self.links(changes);
        for (name, old) in &self.old.operations {
            self.operation(name, old, changes);
        }
        for (name, old) in &self.old.events {
            let used = Use::Event(name.clone());
            match self.new.events.get(name) {
                None => changes.push(self.change(
                    Rule::EventRemoved,
                    format!("events.{name}"),
                    "the event is removed",
                    &used,
                )),
                Some(new) => {
                    let needed = |surface: &'s Surface| surface.scopes.get(name);
                    self.scopes(needed(self.old), needed(self.new), &used, changes);
                    let uses = Uses::from([(Direction::Output, [used].into())]);
                    let record = self.record(format!("events.{name}"), &uses);
                    compare_fields(&record, old, new, changes);
                }
            }
        }
        for (name, uses) in reach::of_types(self.old) {
            if let (Some(old), Some(new)) = (self.old.types.get(&name), self.new.types.get(&name)) {
                let record = self.record(format!("types.{name}"), &uses);
                compare_fields(&record, old, new, changes);
            }
        }
    }

    fn links(&self, changes: &mut Vec<Change>) {
        let gone = self.old.clients.iter();
        let gone = gone.filter(|(gateway, _)| !self.new.clients.contains_key(*gateway));
        for (gateway, transport) in gone {
            let only = Surface {
                clients: [(gateway.clone(), transport.clone())].into(),
                ..self.old.clone()
            };
            let breaks = reach::clients(self.service, &only, everything(self.old).iter());
            changes.push(Change::new(
                Rule::LinkRemoved,
                Severity::Breaking,
                (self.service, String::new()),
                format!("gateway `{gateway}` no longer offers it"),
                breaks,
            ));
        }
    }

    fn operation(&self, name: &str, old: &Operation, changes: &mut Vec<Change>) {
        let used = Use::Operation(name.to_owned());
        let part = format!("operations.{name}");
        let Some(new) = self.new.operations.get(name) else {
            let what = "the operation is removed";
            changes.push(self.change(Rule::OperationRemoved, part, what, &used));
            return;
        };
        if new.internal && !old.internal {
            let what = "the public API no longer has the operation: it is internal";
            changes.push(self.change(Rule::OperationInternal, part.clone(), what, &used));
        }
        if old.safe && !new.safe {
            let what = "it is no longer safe: those who ask it again change something each time";
            changes.push(self.change(Rule::SafetyLost, part.clone(), what, &used));
        }
        if new.safe && !old.safe {
            let what = match new.stream {
                None => "it is safe now: it is a query of GraphQL, no mutation",
                Some(_) => "it is safe now: gateways ask again until its first part has come",
            };
            let change = self.change(Rule::SafetyGained, part.clone(), what, &used);
            changes.push(Change {
                severity: Severity::Dangerous,
                ..change
            });
        }
        if !old.internal && !new.internal {
            self.scopes(Some(&old.scopes), Some(&new.scopes), &used, changes);
        }
        let streams = match (&old.stream, &new.stream) {
            (None, Some(_)) => Some((Rule::StreamAdded, "it answers in parts now, no longer once")),
            (Some(_), None) => Some((
                Rule::StreamRemoved,
                "it answers once now, no longer in parts",
            )),
            _ => None,
        };
        if let Some((rule, what)) = streams {
            changes.push(self.change(rule, format!("{part}.stream"), what, &used));
        }
        let part_of_answer = old.stream.as_ref().zip(new.stream.as_ref());
        let part_of_answer =
            part_of_answer.map(|(old, new)| (Direction::Output, "stream", old, new));
        let records = [
            (Direction::Input, "input", &old.input, &new.input),
            (Direction::Output, "output", &old.output, &new.output),
        ];
        for (direction, key, old, new) in records.into_iter().chain(part_of_answer) {
            let uses = Uses::from([(direction, [used.clone()].into())]);
            let record = self.record(format!("{part}.{key}"), &uses);
            compare_fields(&record, old, new, changes);
        }
    }

    /// Tells of scopes that clients did not need before. Gateways ask for their own sake without any.
    fn scopes(
        &self,
        old: Option<&Scopes>,
        new: Option<&Scopes>,
        used: &Use,
        changes: &mut Vec<Change>,
    ) {
        let breaks = reach::clients_of_gateways(self.service, self.old, used);
        let part = match used {
            Use::Operation(name) => format!("operations.{name}.scopes"),
            Use::Event(name) => format!("events.{name}.scopes"),
        };
        let is_added = |scope: &&String| old.is_none_or(|old| !old.contains(*scope));
        for scope in new.into_iter().flatten().filter(is_added) {
            changes.push(Change::new(
                Rule::ScopeAdded,
                Severity::Breaking,
                (self.service, part.clone()),
                format!("clients need the scope `{scope}`"),
                breaks.clone(),
            ));
        }
    }

    fn change(&self, rule: Rule, part: String, what: &str, used: &Use) -> Change {
        Change::new(
            rule,
            Severity::Breaking,
            (self.service, part),
            what.to_owned(),
            reach::clients(self.service, self.old, std::iter::once(used)),
        )
    }

    fn record<'r>(&'r self, part: String, uses: &'r Uses) -> Record<'r> {
        Record {
            service: self.service,
            surface: self.old,
            part,
            uses,
            is_numbered: self.is_numbered,
        }
    }
}
