//! entraflow: plan and apply for the identity user flows of Microsoft Entra.
//!
//! A team keeps YAML files in Git that declare the user flows of a tenant. entraflow reads them, reads the tenant
//! through Microsoft Graph, shows the difference as a plan, and applies exactly that plan with a separate command.
//!
//! ```text
//!  files ──desired::load──▶ Desired ─┐
//!                                    ├─diff::diff─▶ Changes ─plan::plan─▶ Plan ─apply::apply─▶ Report
//!  Graph ──live::read─────▶ Live ────┘                                     │                     │
//!                                                                          └────── render ───────┘
//! ```
//!
//! Guarantees to users, which tests hold:
//!
//! 1. **One direction.** Each stage takes the values of the previous stage and passes values on. Nothing flows back.
//! 2. **The plan is what runs.** [`apply`] makes no decision: a step contains its requests. Within an object, steps run in the
//!    printed order; between objects, dependency decides: `plan --requests` shows the waves. A failed step stops only the
//!    steps that depend on it.
//! 3. **Planning cannot write.** A plan is made with a [`graph::Reader`]; only `cli::commands::apply` obtains a [`graph::Writer`].
//! 4. **Declared fields are managed, omitted ones are not.** An omitted field keeps its value, `null` clears it, `[]`
//!    empties it.
//! 5. **An error is not an absence.** Only a complete listing without an object shows that the object does not exist.
//! 6. **No accidental delete.** A change that Graph supports only by delete and create is an objection.
//! 7. **Plan after apply is empty.** [`verify`] re-reads all changed objects and reports each deviation.
//! 8. **A secret exists in two places:** where the user keeps it, and the one request body that needs it.
//! 9. **An interrupted apply is safe.** Objects are found by name before they are created: run the same command again.
//!    [`journal`] shows what the last run did.
//! 10. **Requests are the cost.** Everything that the files refer to is read once, in batches; steps of all objects share
//!     batches; requests and round trips are counted and shown before they are sent.
//! 11. **All problems at once,** each with its span and a hint.
//!
//! Read [`model`] for the nouns and one file of [`kinds`] for a kind, then [`engine`] and `cli/commands/plan.rs` for the stages.

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
pub mod fingerprints;
pub mod journal;
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
