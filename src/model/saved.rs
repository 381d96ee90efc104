//! The first JSON member of each file that entraflow writes, which distinguishes it from a document.

/// The first member of a saved plan.
pub const SAVED_PLAN: &str = "entraflowPlan";

/// The first member of a snapshot.
pub const SNAPSHOT: &str = "entraflowSnapshot";

/// The first member of a request in a backup.
pub const SAVED_REQUEST: &str = "entraflowRequest";

/// The first member of a report.
const REPORT: &str = "entraflowReport";

/// The first member of the state of an emulated tenant, as the emulator writes it.
const EMULATOR_STATE: &str = "entraflowEmulator";

/// A file that entraflow has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedFile {
    /// A saved plan.
    Plan,
    /// The state of a tenant.
    Snapshot,
    /// The report of a run.
    Report,
    /// A request that creates a deleted object again.
    Request,
    /// The state of an emulated tenant.
    EmulatorState,
}

impl SavedFile {
    /// The kind of file that starts with this text, by its first member.
    pub fn of(start: &str) -> Option<Self> {
        [
            (SAVED_PLAN, Self::Plan),
            (SNAPSHOT, Self::Snapshot),
            (REPORT, Self::Report),
            (SAVED_REQUEST, Self::Request),
            (EMULATOR_STATE, Self::EmulatorState),
        ]
        .into_iter()
        .find_map(|(member, saved)| starts_with(start, member).then_some(saved))
    }
}

fn starts_with(start: &str, member: &str) -> bool {
    let first = start.trim_start().strip_prefix('{').map(str::trim_start);
    let name = first.and_then(|rest| rest.strip_prefix('"')?.strip_prefix(member));
    name.is_some_and(|rest| rest.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_file_is_recognised_by_its_first_member_only() {
        for (start, saved) in [
            ("{\"entraflowPlan\": \"…", Some(SavedFile::Plan)),
            ("\n{\n\t\"entraflowPlan\":1}", Some(SavedFile::Plan)),
            ("{\"entraflowSnapshot\": \"…", Some(SavedFile::Snapshot)),
            (
                "{\n  \"entraflowReport\": \"plan\"",
                Some(SavedFile::Report),
            ),
            ("{\"entraflowRequest\": \"", Some(SavedFile::Request)),
            (
                "{\n  \"entraflowEmulator\": \"",
                Some(SavedFile::EmulatorState),
            ),
            ("{\"kind\": \"entraflowPlan\"}", None),
            ("entraflowPlan: 1", None),
            ("{\"entraflowPlans\": 1}", None),
        ] {
            assert_eq!(SavedFile::of(start), saved, "{start}");
        }
    }
}
