//! The journal of applies. The journal after a crash is tested in `killed`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use entraflow::apply::report::StepOutcome;
use entraflow::journal::{Journal, interrupted};
use entraflow::kinds::{CloudName, TenantType};
use entraflow::model::{Address, Method, Version};
use entraflow::plan::{Action, Operation, PathTemplate, Plan, Request, Step, TargetTenant};

fn empty_plan() -> Plan {
    Plan {
        target: TargetTenant {
            name: "contoso".to_owned(),
            tenant_id: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            cloud_name: CloudName::Emulator,
            cloud: "a test".to_owned(),
        },
        steps: Vec::new(),
        dangers: Vec::new(),
        objections: Vec::new(),
        expected: BTreeMap::new(),
        changed_state: BTreeMap::new(),
        discarded_state: BTreeMap::new(),
        discarded_json: BTreeMap::new(),
        deleted: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        secrets_to_compare: Vec::new(),
        rotated_since: BTreeMap::new(),
        left_out: Vec::new(),
        selection: Default::default(),
        ids: BTreeMap::new(),
    }
}

fn journals(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join(".entraflow/journal")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn last_twenty_journals_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut last = None;
    for _ in 0..25 {
        let journal = Journal::start(directory.path(), &empty_plan());
        journal.complete().unwrap();
        last = journals(directory.path()).pop();
    }
    let kept = journals(directory.path());
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.last(), last.as_ref());
}

#[test]
fn run_is_reported_as_interrupted_until_it_completes() {
    let directory = tempfile::tempdir().unwrap();
    assert!(interrupted(directory.path()).is_none());
    let journal = Journal::start(directory.path(), &empty_plan());
    assert!(interrupted(directory.path()).is_some());
    journal.complete().unwrap();
    assert!(interrupted(directory.path()).is_none());
}

#[test]
fn write_error_of_the_journal_is_returned_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".entraflow"), "").unwrap();
    let journal = Journal::start(directory.path(), &empty_plan());
    assert_eq!(
        journal.complete().unwrap_err().kind(),
        ErrorKind::NotADirectory
    );
}

fn step(name: &str) -> Step {
    let request = Request::without_body(Method::Post, Version::V1, PathTemplate(Vec::new()));
    Step {
        address: Address::new("apiConnector", name),
        action: Action::Create,
        part: String::new(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        operation: Operation::Request(Box::new(request)),
    }
}

#[test]
fn steps_of_a_wave_that_are_in_progress_are_reported_by_number() {
    let directory = tempfile::tempdir().unwrap();
    let steps: Vec<_> = ["A", "B", "C", "D", "E", "F", "G"].map(step).into();
    let plan = Plan {
        steps: steps.clone(),
        ..empty_plan()
    };
    let mut journal = Journal::start(directory.path(), &plan);
    for index in [0, 2, 3, 4, 6] {
        journal.step_started(index, &steps[index]);
    }
    journal.step_ended(0, &steps[0], &StepOutcome::Done, None);
    journal.step_ended(1, &steps[1], &StepOutcome::Skipped(0), None);
    let note = interrupted(directory.path()).unwrap().to_string();
    let (_, note) = note.split_once("did not complete: ").unwrap();
    assert_eq!(
        note,
        "1 of 7 steps were done; steps 3 to 5, 7 were in progress and may have taken effect; \
         1 step was not started"
    );
}

#[test]
fn steps_of_a_batch_are_all_reported_as_in_progress() {
    let directory = tempfile::tempdir().unwrap();
    let steps: Vec<_> = ["A", "B", "C", "D", "E"].map(step).into();
    let plan = Plan {
        steps: steps.clone(),
        ..empty_plan()
    };
    let mut journal = Journal::start(directory.path(), &plan);
    let note = || {
        let note = interrupted(directory.path()).unwrap().to_string();
        let (_, note) = note.split_once("did not complete: ").unwrap();
        note.to_owned()
    };
    let starts = |journal: &mut Journal, index: usize| journal.step_started(index, &steps[index]);
    (0..4).for_each(|index| starts(&mut journal, index));
    assert_eq!(
        note(),
        "0 of 5 steps were done; steps 1 to 4 were in progress and may have taken effect; \
         1 step was not started"
    );
    for index in [0, 1, 2] {
        journal.step_ended(index, &steps[index], &StepOutcome::Done, None);
    }
    assert_eq!(
        note(),
        "3 of 5 steps were done; step 4 (apiConnector/D create) was in progress and may have taken effect; \
         1 step was not started"
    );
    journal.step_ended(3, &steps[3], &StepOutcome::Done, None);
    assert_eq!(note(), "4 of 5 steps were done; 1 step was not started");
}
