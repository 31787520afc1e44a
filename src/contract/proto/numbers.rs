//! Numbers of fields and enum values: given once, never given again.
//!
//! On the wire a number is all that is left of a field, so whoever was built from an earlier contract
//! must never meet it with another meaning (<https://protobuf.dev/programming-guides/proto3/#deleting>).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::state_error::NumberTwice;

/// Kept by Protocol Buffers for itself.
const PROTOBUFS_OWN: std::ops::RangeInclusive<u32> = 19_000..=19_999;

/// What gets numbers: a message with its fields, or an enum with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Distinct in a contract: `PredictRequest`, `PredictRequest.label`.
    pub key: String,
    /// In the order written.
    pub members: Vec<Claim>,
}

/// A field or a word that needs a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub name: String,
    /// How it is written on the wire; another one is another field.
    pub kind: String,
}

/// The record of a contract: who has which number, and which ones are spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Numbers {
    pub scopes: BTreeMap<String, ScopeNumbers>,
}

/// The numbers of one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScopeNumbers {
    pub members: BTreeMap<String, Member>,
    /// Whose field is gone, or has another type now: by number, with the name it had.
    pub reserved: BTreeMap<u32, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub number: u32,
    pub kind: String,
}

impl Numbers {
    /// What is wrong with a record that was edited or merged by hand: a number that two members have, or that
    /// one has though it is reserved.
    pub fn contradiction(&self) -> Option<NumberTwice> {
        self.scopes.iter().find_map(|(scope, own)| {
            let mut taken = own.reserved.clone();
            own.members.iter().find_map(|(name, member)| {
                let other = taken.insert(member.number, name.clone())?;
                Some(NumberTwice {
                    scope: scope.clone(),
                    member: name.clone(),
                    number: member.number,
                    other,
                })
            })
        })
    }
}

impl ScopeNumbers {
    /// The number of a member of the contract that was recorded last.
    ///
    /// # Panics
    /// When the name was not among the claims.
    pub fn number(&self, name: &str) -> u32 {
        self.members[name].number
    }

    /// Reserved names: those that no member has again.
    pub fn reserved_names(&self) -> BTreeSet<&str> {
        self.reserved
            .values()
            .map(String::as_str)
            .filter(|name| !self.members.contains_key(*name))
            .collect()
    }

    fn next(&self) -> u32 {
        let members = self.members.values().map(|member| member.number);
        let last = members.chain(self.reserved.keys().copied()).max();
        let next = last.map_or(1, |last| last + 1);
        match PROTOBUFS_OWN.contains(&next) {
            true => PROTOBUFS_OWN.end() + 1,
            false => next,
        }
    }
}

/// Gives every claim its number: the recorded one, where there is one for this name and kind, otherwise
/// the next that was never used. What is recorded and no longer claimed becomes reserved. A scope that
/// is not claimed at all stays as it is recorded, for the day on which it comes back.
pub fn allocate(scopes: &[Scope], record: &Numbers) -> Numbers {
    let mut numbers = record.clone();
    for scope in scopes {
        let own = numbers.scopes.entry(scope.key.clone()).or_default();
        let recorded = std::mem::take(&mut own.members);
        for (name, member) in recorded {
            let stays = |claim: &Claim| claim.name == name && claim.kind == member.kind;
            if scope.members.iter().any(stays) {
                own.members.insert(name, member);
            } else {
                own.reserved.insert(member.number, name);
            }
        }
        for claim in &scope.members {
            if !own.members.contains_key(&claim.name) {
                let member = Member {
                    number: own.next(),
                    kind: claim.kind.clone(),
                };
                own.members.insert(claim.name.clone(), member);
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn scope(members: &[(&str, &str)]) -> Vec<Scope> {
        let members = members.iter().map(|(name, kind)| Claim {
            name: (*name).into(),
            kind: (*kind).into(),
        });
        vec![Scope {
            key: "Thing".into(),
            members: members.collect(),
        }]
    }

    fn numbers_of(numbers: &Numbers) -> HashMap<&str, u32> {
        let members = &numbers.scopes["Thing"].members;
        members
            .iter()
            .map(|(name, member)| (name.as_str(), member.number))
            .collect()
    }

    #[test]
    fn a_first_contract_counts_from_one_in_the_order_written() {
        let numbers = allocate(
            &scope(&[("b", "string"), ("a", "int64")]),
            &Numbers::default(),
        );
        assert_eq!(numbers_of(&numbers), HashMap::from([("b", 1), ("a", 2)]));
    }

    #[test]
    fn what_is_removed_is_reserved_by_number_and_name() {
        let first = allocate(
            &scope(&[("a", "string"), ("b", "string")]),
            &Numbers::default(),
        );
        let second = allocate(&scope(&[("b", "string"), ("c", "string")]), &first);
        let own = &second.scopes["Thing"];
        assert_eq!(numbers_of(&second), HashMap::from([("b", 2), ("c", 3)]));
        assert_eq!(own.reserved, BTreeMap::from([(1, "a".to_owned())]));
        assert_eq!(own.reserved_names(), BTreeSet::from(["a"]));
    }

    #[test]
    fn what_comes_back_gets_a_new_number_and_its_name_again() {
        let first = allocate(&scope(&[("a", "string")]), &Numbers::default());
        let without = allocate(&scope(&[]), &first);
        let again = allocate(&scope(&[("a", "string")]), &without);
        assert_eq!(numbers_of(&again), HashMap::from([("a", 2)]));
        assert!(again.scopes["Thing"].reserved_names().is_empty());
    }

    #[test]
    fn another_type_is_another_number() {
        let first = allocate(&scope(&[("a", "string")]), &Numbers::default());
        let second = allocate(&scope(&[("a", "int64")]), &first);
        assert_eq!(numbers_of(&second), HashMap::from([("a", 2)]));
        assert_eq!(
            second.scopes["Thing"].reserved,
            BTreeMap::from([(1, "a".to_owned())])
        );
    }

    #[test]
    fn the_numbers_that_protobuf_keeps_are_left_out() {
        let mut record = Numbers::default();
        let own = record.scopes.entry("Thing".into()).or_default();
        own.reserved.insert(18_999, "old".into());
        let numbers = allocate(&scope(&[("a", "string")]), &record);
        assert_eq!(numbers_of(&numbers), HashMap::from([("a", 20_000)]));
    }

    #[test]
    fn a_number_that_is_given_twice_is_a_contradiction() {
        let text = r#"{"Thing":{"members":{"a":{"number":1,"kind":"string"},"b":{"number":1,"kind":"string"}}}}"#;
        let numbers: Numbers = serde_json::from_str(text).unwrap();
        let twice = NumberTwice {
            scope: "Thing".into(),
            member: "b".into(),
            number: 1,
            other: "a".into(),
        };
        assert_eq!(numbers.contradiction(), Some(twice));
        let first = allocate(&scope(&[("a", "string")]), &Numbers::default());
        assert_eq!(first.contradiction(), None);
    }

    #[test]
    fn the_record_survives_its_file() {
        let first = allocate(
            &scope(&[("a", "string"), ("b", "string")]),
            &Numbers::default(),
        );
        let second = allocate(&scope(&[("b", "int64")]), &first);
        let text = serde_json::to_string(&second).unwrap();
        assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), second);
    }

    /// A contract as people change it: some of a few names, in any order, with any type.
    fn contract() -> impl Strategy<Value = Vec<(usize, bool)>> {
        let members =
            prop::sample::subsequence((0..8_usize).collect::<Vec<_>>(), 0..8).prop_shuffle();
        members.prop_flat_map(|members| {
            let kinds = prop::collection::vec(any::<bool>(), members.len());
            kinds.prop_map(move |kinds| members.iter().copied().zip(kinds).collect())
        })
    }

    fn written(contract: &[(usize, bool)]) -> Vec<Scope> {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let members: Vec<_> = contract
            .iter()
            .map(|(name, is_text)| (names[*name], if *is_text { "string" } else { "int64" }))
            .collect();
        scope(&members)
    }

    proptest! {
        #[test]
        fn no_number_is_ever_given_again(history in prop::collection::vec(contract(), 1..12)) {
            let mut record = Numbers::default();
            // Who had a number, over the whole history.
            let mut owners: HashMap<u32, (String, String)> = HashMap::new();
            for contract in &history {
                record = allocate(&written(contract), &record);
                let own = &record.scopes["Thing"];
                let mut taken: HashSet<u32> = own.reserved.keys().copied().collect();
                prop_assert_eq!(own.members.len(), contract.len());
                for (name, member) in &own.members {
                    prop_assert!(taken.insert(member.number), "{} is given twice", member.number);
                    let owner = (name.clone(), member.kind.clone());
                    let first = owners.entry(member.number).or_insert_with(|| owner.clone());
                    prop_assert_eq!(&*first, &owner);
                }
                for number in owners.keys() {
                    prop_assert!(taken.contains(number), "{} is forgotten", number);
                }
            }
        }

        #[test]
        fn the_order_changes_nothing_once_recorded(
            (before, after) in contract().prop_flat_map(|before| {
                (Just(before.clone()), Just(before).prop_shuffle())
            })
        ) {
            let record = allocate(&written(&before), &Numbers::default());
            prop_assert_eq!(allocate(&written(&after), &record), record);
        }
    }
}
