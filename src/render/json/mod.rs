//! JSON output: versioned views, each described by a schema.
//!
//! A run gets the view of its last stage: a report, else a plan, else the problems in the files.

mod common;
mod conversion;
mod drift;
mod list;
mod plan;
mod probe;
mod problems;
mod rehearsal;
mod report;
mod sign_in;
mod whoami;

use std::io::{self, Write};

pub(super) use conversion::conversion;
pub(super) use list::list;
pub(super) use probe::probe;
pub(super) use whoami::whoami;

pub use conversion::ConversionView;
pub use drift::DriftView;
pub use list::ListView;
pub use plan::PlanView;
pub use problems::ProblemsView;
pub use report::ReportView;
pub use sign_in::SignInView;
pub use whoami::WhoamiView;

use super::reports::RunReport;
use common::write;

/// A run, in the view of its last stage.
pub(super) fn run_report(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    if let Some(result) = &run.drifted {
        return write(out, &drift::view(run, result));
    }
    match (&run.planned, &run.applied) {
        (Some(planned), Some(applied)) => write(out, &report::view(run, &planned.plan, applied)),
        (Some(planned), None) => write(out, &plan::view(run, planned)),
        (None, _) => match &run.sign_in {
            Some(result) => write(out, &sign_in::view(run, result)),
            None => write(out, &problems::view(run)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SavedFile;

    #[test]
    fn report_is_not_read_as_a_document() {
        let mut text = Vec::new();
        run_report(&mut text, &RunReport::new("plan", &[])).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(SavedFile::of(&text), Some(SavedFile::Report));
    }
}
