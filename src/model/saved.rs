//! The marks of files that entraflow has saved, by which they are told from documents.

/// The first member of a saved plan.
pub const SAVED_PLAN: &str = "entraflowPlan";

/// The first member of a snapshot.
pub const SNAPSHOT: &str = "entraflowSnapshot";

/// The first member of a report.
const REPORT: &str = "entraflowReport";

/// What a file that starts so is, if entraflow has saved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedFile {
    /// A plan to be applied.
    Plan,
    /// What a tenant had.
    Snapshot,
    /// What a run came to.
    Report,
}

impl SavedFile {
    /// Looks at the first member.
    pub fn of(start: &str) -> Option<Self> {
        [
            (SAVED_PLAN, Self::Plan),
            (SNAPSHOT, Self::Snapshot),
            (REPORT, Self::Report),
        ]
        .into_iter()
        .find_map(|(mark, saved)| starts_with(start, mark).then_some(saved))
    }
}

fn starts_with(start: &str, mark: &str) -> bool {
    let first = start.trim_start().strip_prefix('{').map(str::trim_start);
    let name = first.and_then(|rest| rest.strip_prefix('"')?.strip_prefix(mark));
    name.is_some_and(|rest| rest.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_entraflow_writes_is_known_by_its_first_member_only() {
        for (start, saved) in [
            ("{\"entraflowPlan\": \"…", Some(SavedFile::Plan)),
            ("\n{\n\t\"entraflowPlan\":1}", Some(SavedFile::Plan)),
            ("{\"entraflowSnapshot\": \"…", Some(SavedFile::Snapshot)),
            (
                "{\n  \"entraflowReport\": \"plan\"",
                Some(SavedFile::Report),
            ),
            ("{\"kind\": \"entraflowPlan\"}", None),
            ("entraflowPlan: 1", None),
            ("{\"entraflowPlans\": 1}", None),
        ] {
            assert_eq!(SavedFile::of(start), saved, "{start}");
        }
    }
}
