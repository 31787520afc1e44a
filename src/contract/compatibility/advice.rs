//! How a change is made in two steps, between which clients follow.
//!
//! The pattern is the parallel change: expand, let clients migrate, contract
//! (<https://martinfowler.com/bliki/ParallelChange.html>).

use super::rule::{Rule, Severity};

/// What comes first, and what comes once every client has followed. A single step, where no second one would change
/// anything.
pub(super) fn steps(rule: Rule, severity: Severity) -> Vec<String> {
    let (first, second) = match rule {
        Rule::SafetyGained => {
            let only = "make sure that asking it again changes nothing: gateways repeat it from now on; over graphql, \
                        start the service and its gateways at once";
            return vec![only.to_owned()];
        }
        Rule::ServiceRemoved => (
            "move its clients to the service that takes its place; under a new name both run side by side",
            "remove it once nobody calls it",
        ),
        Rule::LinkRemoved => (
            "offer the same at another gateway, and move the clients there",
            "remove the link once nobody calls the service through this gateway",
        ),
        Rule::StreamAdded => (
            "add an operation of another name that answers in parts, and move the clients",
            "remove the old one once nobody calls it",
        ),
        Rule::StreamRemoved => (
            "add an operation of another name that answers once, and move the clients",
            "remove the old one once nobody calls it",
        ),
        Rule::OperationRemoved | Rule::OperationInternal => (
            "keep it beside the operation that takes its place, and move its clients",
            "take it away once nobody calls it",
        ),
        Rule::SafetyLost => (
            "add an operation of another name that says it right, and move the clients",
            "remove the old one once nobody calls it",
        ),
        Rule::ScopeAdded => (
            "give the scope to every client that uses it",
            "ask for it once no client comes without it",
        ),
        Rule::EventRemoved => (
            "tell it beside the event that takes its place, and move those who listen",
            "remove it once nobody listens",
        ),
        Rule::RequiredInputAdded => (
            "add it as optional (`?`) or with a default, and have every client send it",
            "make it required",
        ),
        Rule::FieldRequired => (
            "keep it optional until every client sends it",
            "make it required",
        ),
        Rule::FieldRemoved => (
            "keep it while clients stop using it; in an input, make it optional and ignore it",
            "remove it once nobody uses it: its number stays reserved",
        ),
        Rule::FieldRetyped | Rule::FieldRenumbered => (
            "add a field of another name with the new type, serve both, and move the clients",
            "remove the old one once nobody uses it: its number stays reserved",
        ),
        Rule::FieldOptional => (
            "have every client cope with its absence, and go on sending it",
            "make it optional",
        ),
        Rule::EnumWordRemoved if severity == Severity::Breaking => (
            "keep taking the word, and have clients send another",
            "remove it once nobody sends it: its number stays reserved",
        ),
        Rule::EnumWordRemoved => (
            "stop answering with the word, and let clients drop what they do about it",
            "remove it: its number stays reserved",
        ),
        Rule::EnumWordAdded => (
            "have every client cope with words it does not know",
            "answer with the new word",
        ),
        Rule::BoundsNarrowed => (
            "keep taking what is out of the new bounds, and have clients send no such thing",
            "narrow the bounds",
        ),
        Rule::BoundsWidened => (
            "have every client cope with what is out of the old bounds",
            "widen the bounds",
        ),
        Rule::DefaultChanged => (
            "have every client that counts on the default send it",
            "change the default",
        ),
        Rule::MediaTypeChanged => (
            "add a field of another name for the new media type, and move the clients",
            "remove the old one once nobody uses it",
        ),
    };
    vec![first.to_owned(), second.to_owned()]
}
