//! What a rehearsal found, in the words of every format.
//! Compares nothing: `rehearsal` does.

use super::style::{Style, shown};
use super::{deviations, strings};
use crate::assumptions::Choice;
use crate::rehearsal::{Finding, Rehearsal, WrongResult};

/// The result of a rehearsal, in one sentence.
pub(super) fn summary(rehearsal: &Rehearsal) -> String {
    let Rehearsal { steps, findings } = rehearsal;
    let steps = strings::count(*steps as u64, "step");
    let certain = findings.iter().filter(|finding| finding.is_certain());
    let (certain, all) = (certain.count(), findings.len());
    match (certain, all - certain) {
        (0, 0) => format!("Rehearsed in a local copy: {steps}, the result is as the files say."),
        (0, _) => format!(
            "Rehearsed in a local copy: {steps}; whether all goes well rests on what is not known of Microsoft Graph."
        ),
        (_, _) => {
            let problems = strings::count(certain as u64, "problem");
            format!(
                "Rehearsed in a local copy: {steps}, {problems}. Nothing was sent to the tenant."
            )
        }
    }
}

/// What a finding is, in one line.
pub(super) fn title(finding: &Finding) -> String {
    match &finding.what {
        WrongResult::StepFails { index, step, .. } => {
            let title = shown(&strings::full_title(step));
            format!("step {} fails: {title}", index + 1)
        }
        WrongResult::Deviation(deviation) => {
            let object = shown(deviation.address());
            format!("{object} is not as the plan forecasts it")
        }
        WrongResult::StepLeft(step) => {
            let title = shown(&strings::full_title(step));
            format!("a plan of the result is not empty: {title}")
        }
        WrongResult::NotCompared(error) => {
            format!("the result cannot be compared: {}", shown(error))
        }
    }
}

/// More about a finding, line by line.
pub(super) fn details(finding: &Finding, style: Style) -> Vec<String> {
    let mut lines = match &finding.what {
        // The id of a request that no Graph has seen helps no one.
        WrongResult::StepFails { message, .. } => {
            message.lines().take(1).map(|line| shown(&line)).collect()
        }
        WrongResult::Deviation(deviation) => deviations::lines(deviation, style),
        WrongResult::StepLeft(_) | WrongResult::NotCompared(_) => Vec::new(),
    };
    let choices = finding.avoided_by.iter().map(Choice::to_string);
    let choices: Vec<_> = choices.map(|choice| format!("`{choice}`")).collect();
    if !choices.is_empty() {
        lines.push(format!(
            "This does not happen if Graph answers {}: see docs/assumptions.md.",
            choices.join(" or ")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, samples::step_of};

    fn finding(avoided_by: Vec<Choice>) -> Finding {
        Finding {
            what: WrongResult::StepFails {
                index: 2,
                step: Box::new(step_of("apiConnector/a", Action::Delete, "")),
                message: "409".to_owned(),
            },
            avoided_by,
        }
    }

    fn summary_of(findings: Vec<Finding>) -> String {
        summary(&Rehearsal { steps: 3, findings })
    }

    #[test]
    fn summary_tells_failures_from_doubts() {
        let doubt = || finding(vec!["expand=refused".parse().unwrap()]);
        assert!(summary_of(Vec::new()).ends_with("3 steps, the result is as the files say."));
        assert!(summary_of(vec![doubt()]).contains("rests on what is not known"));
        let failed = summary_of(vec![finding(Vec::new()), doubt()]);
        assert!(failed.contains("3 steps, 1 problem."), "{failed}");
    }

    #[test]
    fn doubt_names_the_answer_that_avoids_it() {
        let doubt = finding(vec!["expand=refused".parse().unwrap()]);
        assert_eq!(title(&doubt), "step 3 fails: apiConnector/a delete");
        assert_eq!(
            details(&doubt, Style::PLAIN),
            [
                "409",
                "This does not happen if Graph answers `expand=refused`: see docs/assumptions.md."
            ]
        );
    }
}
