//! JSON output of `probe`: its report.

use std::io::{self, Write};

use super::common::write;
use crate::render::reports::ProbeResult;

pub(in crate::render) fn probe(out: &mut dyn Write, result: &ProbeResult<'_>) -> io::Result<()> {
    write(out, result.report)
}
