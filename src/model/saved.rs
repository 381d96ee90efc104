//! The mark of a saved plan, by which its file is told from documents.

/// The first member of a saved plan.
pub const SAVED_PLAN: &str = "entraflowPlan";

/// Whether a file that starts so is a saved plan, whole or not.
pub fn is_saved_plan(start: &str) -> bool {
    let first = start.trim_start().strip_prefix('{').map(str::trim_start);
    let name = first.and_then(|rest| rest.strip_prefix('"')?.strip_prefix(SAVED_PLAN));
    name.is_some_and(|rest| rest.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_plan_is_known_by_its_first_member_only() {
        assert!(is_saved_plan("{\"entraflowPlan\": \"…"));
        assert!(is_saved_plan("\n{\n\t\"entraflowPlan\":1}"));
        assert!(!is_saved_plan("{\"kind\": \"entraflowPlan\"}"));
        assert!(!is_saved_plan("entraflowPlan: 1"));
        assert!(!is_saved_plan("{\"entraflowPlans\": 1}"));
    }
}
