//! One change of a contract, and what is said of it.

use std::fmt;

use serde::Serialize;

use super::advice::steps;
use super::rule::{Rule, Severity};

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
    /// How it is done so that nobody notices: one after the other, where there are several.
    pub steps: Vec<String>,
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
