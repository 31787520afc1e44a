//! One change of a contract, and what is said of it.

use std::fmt;

use serde::Serialize;

use super::advice::steps;

/// How bad a change is for clients that are right today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// They stop working.
    Breaking,
    /// They stop working if they count on what no contract says.
    Dangerous,
}

/// Which way a value goes, seen from the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Clients write it.
    Input,
    /// Clients read it: answers and events.
    Output,
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    ServiceRemoved,
    LinkRemoved,
    OperationRemoved,
    OperationInternal,
    SafetyLost,
    SafetyGained,
    EventRemoved,
    RequiredInputAdded,
    FieldRemoved,
    FieldRetyped,
    FieldRequired,
    FieldOptional,
    /// A list or map is wrapped, or no longer: another field of Protocol Buffers.
    FieldRenumbered,
    EnumWordRemoved,
    EnumWordAdded,
    BoundsNarrowed,
    BoundsWidened,
    DefaultChanged,
    MediaTypeChanged,
}

/// Something that clients can notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub rule: Rule,
    pub severity: Severity,
    pub service: String,
    /// Where in the contract of the service, as the blueprint has it: `operations.find.input.title`. Empty: all of it.
    pub part: String,
    pub what: String,
    /// Who notices: public routes and events of gateways, and gateways over their transports.
    pub breaks: Vec<String>,
    /// How it is done so that nobody notices.
    pub steps: [String; 2],
}

impl Change {
    pub(super) fn new(
        rule: Rule,
        severity: Severity,
        place: (&str, String),
        what: String,
        breaks: Vec<String>,
    ) -> Self {
        let (service, part) = place;
        Self {
            steps: steps(rule, severity),
            rule,
            severity,
            service: service.to_owned(),
            part,
            what,
            breaks,
        }
    }

    pub fn is_breaking(&self) -> bool {
        self.severity == Severity::Breaking
    }
}

/// `books.operations.find: what`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.part.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{}: {}", self.service, self.part, self.what)
    }
}
