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
//! A plan sends writes, and reads where what Graph does by itself decides what is left to write: it may fill a list of a new
//! object, or drop a reference of a create. A secret that the plan could not compare has a step that reads it where apply
//! runs, with its fingerprint, and sends it only if it is not the one last applied. One step reads before anything depends on
//! it: attributes and API connectors of a workforce tenant are not listed until self-service sign-up is on, so a plan that
//! switches it on reads them next, and ends there if it took an object for absent that exists.
//!
//! Steps run within an object in the printed order, between objects by dependency. `plan --requests` shows the waves in which
//! they are sent. A step that fails stops only the steps that depend on it.
//!
//! Only `apply` and `probe --write` ask a session for a [`graph::Writer`]; every other command has a [`graph::Reader`], which
//! cannot write.
//!
//! ARCHITECTURE.md describes the modules and the invariants, each with the test that holds it.
//! Read [`model`] for the nouns and one file of [`kinds`] for a kind, then [`engine`] and `cli/commands/plan.rs` for the stages.
//!
//! The library is for the program, its tests and its benches: it is not an API and promises no semantic versioning. A plan,
//! as all of them make it:
//!
//! ```
//! use entraflow::graph::{self, Cloud, Credential, Settings};
//! use entraflow::{desired, emulator, engine};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let directory = tempfile::tempdir()?;
//! let files = directory.path().join("tenant.yaml");
//! std::fs::write(
//!     &files,
//!     "\
//! kind: tenant
//! name: contoso-dev
//! tenantId: contoso.onmicrosoft.com
//! type: workforce
//! cloud: emulator
//! ---
//! kind: b2xUserFlow
//! id: Partner
//! userFlowType: signUpOrSignIn
//! userFlowTypeVersion: 1
//! ",
//! )?;
//! let desired = desired::load(&[files], jiff::civil::date(2026, 11, 30)).expect("valid files");
//!
//! let emulator = emulator::start(emulator::Options::default()).await?;
//! let url = emulator.url().to_owned();
//! let settings = Settings::new(Cloud::Emulator { url }, &desired.tenant.tenant_id);
//! let session = graph::connect(settings, Credential::emulator()).await?;
//!
//! let target = engine::target(&desired.tenant, "the embedded emulator");
//! let overrides = engine::Overrides::default();
//! let plan = engine::plan(&desired, &overrides, &target, &session.reader()).await?;
//! let [step] = plan.steps.as_slice() else {
//!     panic!("{plan:?}");
//! };
//! assert_eq!(step.address.to_string(), "b2xUserFlow/Partner");
//! assert_eq!(step.action.as_str(), "create");
//! # Ok(())
//! # }
//! ```

pub mod local_file;
pub mod model;
pub mod problem;

pub mod kinds;

pub mod desired;
pub mod live;

pub mod dangers;
pub mod diff;
pub mod drift;
pub mod plan;

pub mod audit;
pub mod engine;

pub mod apply;
pub mod fingerprints;
pub mod journal;
pub mod settle;
pub mod sign_in_check;
pub mod snapshot;
pub mod verify;

pub mod convert;
pub mod export;
pub mod picture;
pub mod render;
pub mod schema;

pub mod graph;

pub mod assumptions;
pub mod emulator;
pub mod probe;
pub mod rehearsal;

pub mod cli;
pub mod exit;
