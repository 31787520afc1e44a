//! Variables of `.env` that two would read as their own.
//!
//! A variable of a component is called as the component and the variable are, joined: two pairs may be one name, or
//! that of a variable that the whole system has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::view::{Identity, Runtime};

/// A variable that two would read as their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub variable: String,
    /// A component; `None` where all of them read it.
    pub first: Option<String>,
    /// A component.
    pub second: String,
}

/// The first variable of each two components that both would have, and of each that would have one of the `system`'s,
/// in the order of the components.
pub fn clashes<'v>(
    system: impl IntoIterator<Item = String>,
    components: impl Iterator<Item = (&'v Identity, &'v Runtime)>,
) -> Vec<Clash> {
    let mut owners: HashMap<String, Option<&str>> =
        system.into_iter().map(|name| (name, None)).collect();
    let mut found: Vec<Clash> = Vec::new();
    for (identity, runtime) in components {
        let own = runtime
            .env
            .iter()
            .filter(|env| (!env.secret || env.open) && !env.shared);
        for env in own {
            let second = identity.name.as_str();
            let variable = format!("{}_{}", identity.env_prefix, env.name);
            match owners.entry(variable) {
                Entry::Vacant(free) => {
                    free.insert(Some(second));
                }
                Entry::Occupied(taken) => {
                    let clash = Clash {
                        variable: taken.key().clone(),
                        first: taken.get().map(str::to_owned),
                        second: second.to_owned(),
                    };
                    let is_same = |it: &Clash| it.first == clash.first && it.second == clash.second;
                    if !found.iter().any(is_same) {
                        found.push(clash);
                    }
                }
            }
        }
    }
    found
}
