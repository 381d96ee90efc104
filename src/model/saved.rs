//! The marks of what entraflow itself writes as JSON, by which such a file is told from documents.

/// The first member of a saved plan.
pub const SAVED_PLAN: &str = "entraflowPlan";

/// The first member of a report.
const REPORT: &str = "entraflowReport";

/// Whether a file that starts so is a saved plan, whole or not.
pub fn is_saved_plan(start: &str) -> bool {
    begins_with(start, SAVED_PLAN)
}

/// Whether a file that starts so is a report, whole or not.
pub fn is_report(start: &str) -> bool {
    begins_with(start, REPORT)
}

fn begins_with(start: &str, member: &str) -> bool {
    let first = start.trim_start().strip_prefix('{').map(str::trim_start);
    let name = first.and_then(|rest| rest.strip_prefix('"')?.strip_prefix(member));
    name.is_some_and(|rest| rest.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_entraflow_writes_is_known_by_its_first_member_only() {
        assert!(is_saved_plan("{\"entraflowPlan\": \"…"));
        assert!(is_saved_plan("\n{\n\t\"entraflowPlan\":1}"));
        assert!(!is_saved_plan("{\"kind\": \"entraflowPlan\"}"));
        assert!(!is_saved_plan("entraflowPlan: 1"));
        assert!(!is_saved_plan("{\"entraflowPlans\": 1}"));
        assert!(is_report("{\n  \"entraflowReport\": \"plan\""));
        assert!(!is_report("{\"entraflowPlan\": \"…"));
    }
}
