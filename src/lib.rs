//! entraflow: plan and apply for the identity user flows of Microsoft Entra.
//!
//! A team keeps YAML files in Git that say what the user flows of a tenant should be. entraflow reads them, reads
//! the tenant through Microsoft Graph, shows the difference as a plan, and on a separate command applies exactly
//! that plan.
//!
//! ```text
//!  files ──desired::load──▶ Desired ─┐
//!                                    ├─diff::diff─▶ Changes ─plan::plan─▶ Plan ─apply::apply─▶ Report
//!  Graph ──live::read─────▶ Live ────┘                                     │                     │
//!                                                                          └────── render ───────┘
//! ```
//!
//! What users are promised, and the code is held to:
//!
//! 1. **One way.** Each stage takes the values of the stage before and gives values to the next. Nothing flows back.
//! 2. **The plan is what runs.** [`apply`] decides nothing: a step carries its requests, in the order that was shown.
//! 3. **Planning cannot write.** A plan is made with a [`graph::Reader`]; only `cli::apply` asks for a [`graph::Writer`].
//! 4. **Declared is managed, omitted is not.** What a file leaves out is left alone, `null` clears, `[]` empties.
//! 5. **An error is not an absence.** Only a complete listing without an object says that it is not there.
//! 6. **Nothing is deleted by accident.** A change that Graph could make only by deleting is an objection.
//! 7. **Apply, then plan again: empty.** [`verify`] reads back what was touched and tells every deviation.
//! 8. **A secret exists in two places:** where the user keeps it, and the one request body that needs it.
//! 9. **Half-done is safe.** Objects are found by name before they are made: run the same command again. [`journal`]
//!    says what the last run did.
//! 10. **Requests are the cost.** What the files talk about is read once, in batches; steps travel together where they
//!     may; and the counts are told.
//! 11. **All problems at once,** each with its place and a way out.
//!
//! Read [`model`] for the nouns and one file of [`kinds`] for a kind, then `cli/plan.rs` for the story.

pub mod model;
pub mod problem;

pub mod kinds;

pub mod desired;
pub mod live;

pub mod diff;
pub mod drift;
pub mod plan;

pub mod engine;

pub mod apply;
pub mod journal;
pub mod lock;
pub mod snapshot;
pub mod verify;

pub mod convert;
pub mod export;
pub mod picture;
pub mod render;
pub mod schema;

pub mod graph;

pub mod emulator;

pub mod cli;
pub mod exit;
