//! What a run has found, in sections with titles, as the pages for people show it.

use super::account::Account;
use super::findings::{Finding, findings};
use super::rules::Rule;
use crate::desired::problem;

/// How wide the excerpts of files are.
const WIDTH: usize = 100;

/// Findings of one sort, each a text of one or more lines.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<String>,
}

/// All sections that have something in them, the gravest first.
pub(super) fn sections(account: &Account) -> Vec<Section> {
    let findings = findings(account);
    let of = |title, rules: &[Rule]| {
        let chosen = findings
            .iter()
            .filter(|finding| rules.contains(&finding.rule));
        Section {
            title,
            blocks: chosen.map(block).collect(),
        }
    };
    let files = match account.is_stopped() {
        true => "Problems of the files",
        false => "Warnings about the files",
    };
    let undone = [
        Rule::StepFailed,
        Rule::StepSkipped,
        Rule::NotAsAsked,
        Rule::NotReadBack,
    ];
    let sections = [
        of("Why it stopped", &[Rule::Stopped]),
        Section {
            title: files,
            blocks: problems(account),
        },
        of("Objections", &[Rule::Objection]),
        of("Not done", &undone),
        of("Warnings", &[Rule::PlanWarning]),
        of("Left alone", &[Rule::UnknownSecret, Rule::Unmanaged]),
    ];
    let sections = sections.into_iter();
    sections
        .filter(|section| !section.blocks.is_empty())
        .collect()
}

fn block(finding: &Finding<'_>) -> String {
    let more = finding.more();
    let more = more.iter().map(|line| format!("  {line}"));
    let lines = std::iter::once(finding.message.clone()).chain(more);
    lines.collect::<Vec<_>>().join("\n")
}

/// Problems as they are shown on a terminal, with their excerpts.
fn problems(account: &Account) -> Vec<String> {
    let problems = account.problems.iter();
    problems
        .map(|problem| format!("{}\n", problem::render(problem, false, WIDTH)))
        .collect()
}
