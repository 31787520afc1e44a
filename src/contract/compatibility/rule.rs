//! What kinds of changes there are.

use serde::Serialize;

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
    ScopeAdded,
    StreamAdded,
    StreamRemoved,
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
