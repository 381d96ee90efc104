//! The journal of applies. What it says after a crash is in `killed`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use entraflow::apply::report::Outcome;
use entraflow::journal::{Journal, interrupted};
use entraflow::kinds::TenantType;
use entraflow::model::{Address, Method, Version};
use entraflow::plan::{Action, Path as Route, Plan, Request, Step, Target, Work};

fn nothing_to_do() -> Plan {
    Plan {
        target: Target {
            name: "contoso".to_owned(),
            tenant_id: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            cloud: "a test".to_owned(),
        },
        steps: Vec::new(),
        objections: Vec::new(),
        expected: BTreeMap::new(),
        lost: BTreeMap::new(),
        gone: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        unknown_secrets: BTreeSet::new(),
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
fn the_last_twenty_journals_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut last = None;
    for _ in 0..25 {
        let journal = Journal::begin(directory.path(), &nothing_to_do());
        journal.finish().unwrap();
        last = journals(directory.path()).pop();
    }
    let kept = journals(directory.path());
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.last(), last.as_ref());
}

#[test]
fn a_run_is_told_of_until_it_comes_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    assert!(interrupted(directory.path()).is_none());
    let journal = Journal::begin(directory.path(), &nothing_to_do());
    assert!(interrupted(directory.path()).is_some());
    journal.finish().unwrap();
    assert!(interrupted(directory.path()).is_none());
}

#[test]
fn a_journal_that_cannot_be_written_says_so_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".entraflow"), "").unwrap();
    let journal = Journal::begin(directory.path(), &nothing_to_do());
    assert_eq!(
        journal.finish().unwrap_err().kind(),
        ErrorKind::NotADirectory
    );
}

fn step(name: &str) -> Step {
    let request = Request::bare(Method::Post, Version::V1, Route(Vec::new()));
    Step {
        address: Address::new("apiConnector", name),
        action: Action::Create,
        part: String::new(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        work: Work::One(request),
    }
}

#[test]
fn of_steps_that_travel_together_all_may_have_been_done() {
    let directory = tempfile::tempdir().unwrap();
    let steps: Vec<_> = ["A", "B", "C", "D", "E"].map(step).into();
    let plan = Plan {
        steps: steps.clone(),
        ..nothing_to_do()
    };
    let mut journal = Journal::begin(directory.path(), &plan);
    let told = || {
        let told = interrupted(directory.path()).unwrap().to_string();
        let (_, told) = told.split_once("did not come to its end: ").unwrap();
        told.to_owned()
    };
    let starts = |journal: &mut Journal, index: usize| journal.starts(index, &steps[index]);
    (0..4).for_each(|index| starts(&mut journal, index));
    assert_eq!(
        told(),
        "0 of 5 steps were done; steps 1 to 4 were under way and may have been done; \
         from step 5 on nothing was begun"
    );
    for index in [0, 1, 2] {
        journal.ends(index, &steps[index], &Outcome::Done, None);
    }
    assert_eq!(
        told(),
        "3 of 5 steps were done; step 4, apiConnector/D create, was under way and may have been done; \
         from step 5 on nothing was begun"
    );
    journal.ends(3, &steps[3], &Outcome::Done, None);
    assert_eq!(
        told(),
        "4 of 5 steps were done; from step 5 on nothing was begun"
    );
}
