//! One test for each directory of `scenarios/`: plan, apply and plan again, through the real binary.
//! Compares whole texts; what must hold of every scenario, it checks by itself.
//!
//! | in the directory | holds |
//! |---|---|
//! | `desired/` | the tenant's files |
//! | `live.json` | what the emulated tenant has at first, in the form of src/emulator/store.rs; a new tenant needs none |
//! | `arguments` | what stands on the command line of the first plan and of apply |
//! | `ends` | the exit code, where it is not 0: then nothing may be written |
//! | `stderr.txt` | what `plan` says beside its result |
//! | `plan.txt` | what `plan --requests` prints |
//! | `requests.txt` | the requests of `apply --yes` |
//! | `report.txt` | what `apply --yes` prints after the plan |
//! | `after.json` | what the tenant has in the end, built-in objects left out |
//! | `backup.txt` | what `apply --yes` has written down before it went |
//!
//! What the tenant has at first is also exported, and must come to files that need no change.
//!
//! The last six are expectations; where there is none, nothing is expected. `UPDATE=1` rewrites them.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

#[path = "it/documented.rs"]
#[expect(
    dead_code,
    reason = "the tests of the emulator ask for more than the scenarios do"
)]
mod documented;
#[path = "support/tenant.rs"]
mod tenant;

use std::fs;
use std::path::Path;

use serde_json::Value;
use similar::TextDiff;
use tenant::{Request, Run, Tenant};

datatest_stable::harness! {
    { test = scenario, root = "tests/scenarios", pattern = r"^[^/]+/desired/tenant\.yaml$" },
    { test = exported, root = "tests/scenarios", pattern = r"^[^/]+/desired/tenant\.yaml$" },
}

fn scenario(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    let ends: i32 = match fs::read_to_string(directory.join("ends")) {
        Ok(code) => code.trim().parse()?,
        Err(_) => 0,
    };
    let arguments = fs::read_to_string(directory.join("arguments")).unwrap_or_default();
    let arguments: Vec<_> = arguments.lines().collect();
    let story = Story::of(&Tenant::start(directory), &arguments);
    let mut faults = expectations(directory, ends, &story);
    faults.extend(promises(ends, &story));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n\n").into()),
    }
}

/// The texts of pages take most of the requests, so they are read once, and only where there are any.
fn exported(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    let live = fs::read_to_string(directory.join("live.json")).unwrap_or_default();
    let command: &[&str] = match live.contains("\"overridesPages\"") {
        true => &["export"],
        false => &["export", "--no-pages"],
    };
    let tenant = Tenant::start(directory);
    let mut faults = faults_of_export(&tenant, command);
    faults.extend(faults_of_export(
        &tenant,
        &["export", "--full", "--no-pages"],
    ));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n\n").into()),
    }
}

/// Where an export to an empty directory breaks what is promised of every one.
fn faults_of_export(tenant: &Tenant, command: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let (id, word) = tenant.identity();
    let document = format!(
        "kind: tenant\nname: a\ntenantId: {id}\ntype: {word}\ncloud: emulator\nlimits: {{ requestsPerMinute: 10000 }}\n"
    );
    fs::write(directory.path().join("tenant.yaml"), document).unwrap();
    let run = |command: &[&str]| tenant.run_in(directory.path(), command);
    tenant.take_requests();
    let exported = run(command);
    let requests = tenant.take_requests();
    let files = tenant::texts(directory.path());
    let planned = run(&["plan"]);
    let again = run(&["export", "--no-pages"]);
    let mut faults = Vec::new();
    for (what, run) in [
        ("export", &exported),
        ("plan", &planned),
        ("export again", &again),
    ] {
        let Run { code, out, err } = run;
        if *code != 0 {
            faults.push(format!("{what} ends with {code}:\n{out}{err}\n{files}"));
        }
    }
    let is_whole = !exported.out.contains("\nNot exported:");
    let has_unmanaged = planned.out.contains("\nUnmanaged");
    if !planned.out.contains("\nNo changes. ") || (is_whole && has_unmanaged) {
        let plan = &planned.out;
        faults.push(format!(
            "the plan after an export has something to say:\n{plan}\n{files}"
        ));
    }
    let now = tenant::texts(directory.path());
    if now != files || !again.out.contains("\n0 objects written, 0 updated, ") {
        faults.push(differs("a second export writes again", &files, &now) + &again.out);
    }
    if !requests.iter().all(Request::only_reads) {
        let log = tenant::log(&requests);
        faults.push(format!("an export has written:\n{log}"));
    }
    faults.extend(requests.iter().flat_map(Request::undocumented));
    faults.extend(leaks([&files, &exported.out, &exported.err].into_iter()));
    faults
}

/// What happened.
struct Story {
    planned: Run,
    with_requests: Run,
    applied: Run,
    again: Run,
    /// The requests of `validate`.
    validating: Vec<Request>,
    /// The requests of all plans.
    planning: Vec<Request>,
    /// The requests of the apply.
    requests: Vec<Request>,
    /// The emulator's state in the end.
    state: Value,
    /// All files in the tenant's directory.
    files: String,
    /// The files of the backup.
    backup: String,
}

impl Story {
    fn of(tenant: &Tenant, arguments: &[&str]) -> Self {
        tenant.run(&["validate"]);
        let validating = tenant.take_requests();
        let planned = tenant.run(&[&["plan"], arguments].concat());
        let with_requests = tenant.run(&[&["plan", "--requests"], arguments].concat());
        let mut planning = tenant.take_requests();
        let applied = tenant.run(&[&["apply", "--yes"], arguments].concat());
        let requests = tenant.take_requests();
        let again = tenant.run(&["plan"]);
        planning.extend(tenant.take_requests());
        Self {
            planned,
            with_requests,
            applied,
            again,
            validating,
            planning,
            requests,
            state: tenant.state(),
            files: tenant.files(),
            backup: tenant.backup(),
        }
    }

    fn has_written(&self) -> bool {
        !self.requests.iter().all(Request::only_reads)
    }

    /// What apply prints after the plan.
    fn report(&self) -> Option<&str> {
        self.applied.out.strip_prefix(&self.planned.out)
    }
}

/// Where a story is not the one that the files tell.
fn expectations(directory: &Path, ends: i32, story: &Story) -> Vec<String> {
    let nothing = String::new;
    let requests = match ends {
        0 => tenant::log(&story.requests),
        _ => nothing(),
    };
    let after = match story.has_written() {
        true => tenant::shown(&story.state),
        false => nothing(),
    };
    let expectations = [
        ("stderr.txt", story.with_requests.err.as_str()),
        ("plan.txt", &story.with_requests.out),
        ("requests.txt", &requests),
        ("report.txt", story.report().unwrap_or_default()),
        ("after.json", &after),
        ("backup.txt", &story.backup),
    ];
    expectations
        .iter()
        .filter_map(|(name, actual)| compare(&directory.join(name), actual))
        .collect()
}

/// Where a story breaks what is promised of every one.
fn promises(ends: i32, story: &Story) -> Vec<String> {
    let Story {
        planned,
        with_requests,
        applied,
        again,
        validating,
        planning,
        requests,
        state: _,
        files,
        backup: _,
    } = story;
    let mut faults = Vec::new();
    if story.report().is_none() {
        let what = "apply prints another plan";
        faults.push(differs(what, &planned.out, &applied.out));
    }
    let runs = [
        ("plan", planned),
        ("plan --requests", with_requests),
        ("apply", applied),
        ("plan again", again),
    ];
    for (what, run) in runs.iter().filter(|(_, run)| run.code != ends) {
        let Run { code, out, err } = run;
        faults.push(format!("{what} ends with {code}, not {ends}:\n{out}{err}"));
    }
    if ends == 0 && !again.out.contains("\nNo changes. ") {
        faults.push(format!("plan again has changes:\n{}", again.out));
    }
    if ends != 0 && story.has_written() {
        let log = tenant::log(requests);
        faults.push(format!("a run that is refused has written:\n{log}"));
    }
    if !validating.is_empty() {
        let log = tenant::log(validating);
        faults.push(format!("validate is not offline:\n{log}"));
    }
    if !planning.iter().all(Request::only_reads) {
        let log = tenant::log(planning);
        faults.push(format!("a plan has written:\n{log}"));
    }
    let sent = validating.iter().chain(planning).chain(requests);
    faults.extend(sent.flat_map(Request::undocumented));
    let streams = runs.iter().flat_map(|(_, run)| [&run.out, &run.err]);
    let log = tenant::log(requests);
    faults.extend(leaks(streams.chain([&log, files])));
    faults
}

/// How a text differs from its expectation. With `UPDATE=1` it becomes the expectation.
fn compare(file: &Path, actual: &str) -> Option<String> {
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual {
        return None;
    }
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        match actual {
            "" => fs::remove_file(file).unwrap(),
            _ => fs::write(file, actual).unwrap(),
        }
        return None;
    }
    let name = file.display().to_string();
    Some(differs(&name, &expected, actual))
}

fn differs(what: &str, expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let diff = diff.unified_diff().header("expected", "actual").to_string();
    format!("{what} (UPDATE=1 rewrites expectations):\n{diff}")
}

impl Request {
    /// Why this is not a request that Graph documents.
    fn undocumented(&self) -> Vec<String> {
        documented::undocumented(&self.method, &self.path, &self.body)
    }
}

/// The secrets that got out.
fn leaks<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let texts: Vec<_> = texts.collect();
    let is_out = |secret: &&str| texts.iter().any(|text| text.contains(secret));
    let secrets = tenant::SECRETS.iter().map(|(_, secret)| *secret);
    secrets
        .filter(is_out)
        .map(|secret| format!("the secret {secret} got out"))
        .collect()
}
