//! Output for CI systems: JUnit, SARIF and annotations of GitHub Actions, all made from the findings of a run.

mod github;
mod junit;
mod sarif;

pub(super) use github::github;
pub(super) use junit::junit;
pub(super) use sarif::sarif;
