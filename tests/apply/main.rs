//! `hybridge apply` and what goes with it, through the binary: nothing that a person wrote is lost.

#[path = "../support/mod.rs"]
mod support;

mod agents;
mod branches;
mod compared;
mod conflicts;
mod contract;
mod docs;
mod doctor;
mod edits;
mod eject;
mod git;
mod interrupted;
mod kept;
mod others;
mod ownership;
mod packs;
mod rename;
mod rendering;
mod sequences;
mod shown;
mod upgrade;

/// A gateway and a worker whose operations are the person's own.
const PAGE: &str = "# The shop.
hybridge: 1
name: shop # its folder, too

services:
  # The way in.
  edge:
    kind: gateway
  books:
    kind: worker
    # Asked by readers.
    operations:
      find: { safe: true, input: { title: string, limit: int? }, output: { found: [string] } }

# Who asks whom.
links:
  - { from: edge, to: books, via: rest } # slow
";

const HANDLER: &str = "services/books/src/books/handlers/find.py";

/// What is listed where nothing but the state changes.
const REMEMBERED: &str = "project
  update   .hybridge/state.json (what hybridge remembers)
";
