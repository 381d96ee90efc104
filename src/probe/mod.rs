//! Asks a tenant what [`assumptions`](crate::assumptions) leaves open, and reports it without words of the tenant.
//! Reads with a [`Reader`](crate::graph::Reader), which cannot write; only `experiments` has a writer.

mod experiments;
mod report;
mod settle;
mod shape;
mod survey;

pub use experiments::{ExperimentError, Ledger, experiment};
pub use report::{ProbeReport, ReportError, ReportedAnswer, Response, SeenAs};
pub use settle::{Outcome, Settled, settle};
pub use survey::survey;
