//! Which variables of `.env` a system has, and whether each is one component's alone.
//!
//! A variable of a component is called as the component and the variable are, joined: two pairs may be one name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::view::{Identity, Runtime};

/// A variable that two components, by name, would read as their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub variable: String,
    pub first: String,
    pub second: String,
}

/// The first variable of each two components that both would have, in the order of the components.
pub fn clashes<'v>(components: impl Iterator<Item = (&'v Identity, &'v Runtime)>) -> Vec<Clash> {
    let mut owners: HashMap<String, &str> = HashMap::new();
    let mut found: Vec<Clash> = Vec::new();
    for (identity, runtime) in components {
        let own = runtime.env.iter().filter(|env| !env.secret && !env.shared);
        for env in own {
            let second = identity.name.as_str();
            let variable = format!("{}_{}", identity.env_prefix, env.name);
            match owners.entry(variable) {
                Entry::Vacant(free) => {
                    free.insert(second);
                }
                Entry::Occupied(taken) => {
                    let (variable, first) = (taken.key().clone(), *taken.get());
                    if !found
                        .iter()
                        .any(|it| it.first == first && it.second == second)
                    {
                        let (first, second) = (first.to_owned(), second.to_owned());
                        found.push(Clash {
                            variable,
                            first,
                            second,
                        });
                    }
                }
            }
        }
    }
    found
}
