//! What packs do: replace, add, merge, remove, ask; and where they come from.

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod layers;
mod prompts;
mod sources;
mod trust;

/// The least that a blueprint says.
const PAGE: &str = "name: shop\n";
