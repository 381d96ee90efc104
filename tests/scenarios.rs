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
//! | `drift.txt` | what `drift` prints at first; compared where it is there |
//! | `requests.txt` | the requests of `apply --yes` |
//! | `report.txt` | what `apply --yes` prints after the plan |
//! | `after.json` | what the tenant has in the end, built-in objects left out |
//! | `backup.txt` | what `apply --yes` has written down before it went |
//!
//! What the tenant has at first is also exported, and must come to files that need no change.
//!
//! Those in `.txt` and `after.json` are expectations; where there is none, nothing is expected. `UPDATE=1` rewrites them.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

#[path = "it/documented.rs"]
#[expect(
    dead_code,
    reason = "the tests of the emulator ask for more than the scenarios do"
)]
mod documented;
#[path = "it/loopback.rs"]
mod loopback;
#[path = "it/program.rs"]
#[expect(
    dead_code,
    reason = "the integration tests ask for more than the scenarios do"
)]
mod program;
#[path = "it/sweep.rs"]
#[expect(
    dead_code,
    reason = "the tests with faults ask for more than the scenarios do"
)]
mod sweep;
#[path = "support/tenant.rs"]
mod tenant;

use std::ffi::OsStr;
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
    let name = directory.file_name().and_then(OsStr::to_str);
    if goes_all_the_way(directory) && !name.is_some_and(|name| BY_HAND.contains(&name)) {
        faults.extend(accepts_otherwise(&Tenant::start(directory)));
    }
    faults.extend(promises(ends, &story));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n\n").into()),
    }
}

/// Whether a scenario is also exported and its drift accepted: every twelfth one or so, and with `ENTRAFLOW_SLOW` each.
fn goes_all_the_way(scenario: &Path) -> bool {
    let name = scenario.file_name().unwrap().as_encoded_bytes();
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    sweep::asked().is_some() || sum.is_multiple_of(12)
}

/// The texts of pages take most of the requests, so they are read once, and only where there are any.
fn exported(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    if !goes_all_the_way(directory) {
        return Ok(());
    }
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
        let Run { code, out, err, .. } = run;
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
    if now != files || !again.out.contains("\n0 documents created, 0 updated, ") {
        faults.push(differs("a second export writes again", &files, &now) + &again.out);
    }
    if !requests.iter().all(Request::only_reads) {
        let log = tenant::log(&requests);
        faults.push(format!("an export has written:\n{log}"));
    }
    faults.extend(leaks(
        [&files, &exported.out, &exported.err, &exported.trace].into_iter(),
    ));
    faults
}

/// Drift that no file can say as it is: a name that others refer to or that the tenant does not have, a value that Graph
/// does not take any more, a page that is not there, an object that the files want gone and the tenant uses, languages
/// of a flow whose languages are off.
const BY_HAND: [&str; 8] = [
    "a_flow_is_replaced_with_all_that_hangs_on_it",
    "a_flow_is_replaced_with_its_listener",
    "a_flow_with_a_listener_is_not_replaced_alone",
    "an_events_flow_that_asked_for_nothing_begins_to_ask",
    "an_extension_goes_after_its_flow_lets_go_of_it",
    "an_id_lets_a_connector_be_renamed",
    "an_id_names_a_listener_without_a_name",
    "languages_are_switched_on_before_one_comes",
];

/// What happened.
struct Story {
    /// Whether the first plan was given leave for more than the files ask for.
    has_leave: bool,
    planned: Run,
    with_requests: Run,
    drift: Run,
    snapshot: Run,
    /// The plan from the snapshot.
    offline: Run,
    applied: Run,
    again: Run,
    drift_again: Run,
    /// The requests of `validate`.
    validating: Vec<Request>,
    /// The requests of all plans, of drift and of the snapshot.
    planning: Vec<Request>,
    /// The requests of the plan from the snapshot.
    planning_offline: Vec<Request>,
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
        let drift = tenant.run(&["drift"]);
        let snapshot = tenant.run(&["snapshot", "--out", "snapshot.json"]);
        let mut planning = tenant.take_requests();
        let offline = [&["plan", "--live", "snapshot.json"], arguments].concat();
        let offline = tenant.run_offline(&offline);
        let planning_offline = tenant.take_requests();
        let applied = tenant.run(&[&["apply", "--yes"], arguments].concat());
        let requests = tenant.take_requests();
        let again = tenant.run(&["plan"]);
        let drift_again = tenant.run(&["drift"]);
        planning.extend(tenant.take_requests());
        Self {
            has_leave: !arguments.is_empty(),
            planned,
            with_requests,
            drift,
            snapshot,
            offline,
            applied,
            again,
            drift_again,
            validating,
            planning,
            planning_offline,
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
    let drift = [("drift.txt", story.drift.out.as_str())];
    let drift = drift
        .iter()
        .filter(|(name, _)| directory.join(name).exists());
    expectations
        .iter()
        .chain(drift)
        .filter_map(|(name, actual)| compare(&directory.join(name), actual))
        .collect()
}

/// Where a story breaks what is promised of every one.
fn promises(ends: i32, story: &Story) -> Vec<String> {
    let Story {
        has_leave: _,
        planned,
        with_requests,
        drift,
        snapshot,
        offline,
        applied,
        again,
        drift_again,
        validating,
        planning,
        planning_offline,
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
        let Run { code, out, err, .. } = run;
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
    if !planning_offline.is_empty() {
        let log = tenant::log(planning_offline);
        faults.push(format!("a plan from a snapshot is not offline:\n{log}"));
    }
    faults.extend(travels_otherwise(planned, requests));
    faults.extend(plans_otherwise(planned, snapshot, offline));
    faults.extend(drifts_otherwise(ends, story));
    if !planning.iter().all(Request::only_reads) {
        let log = tenant::log(planning);
        faults.push(format!("a plan has written:\n{log}"));
    }
    let others = [drift, snapshot, offline, drift_again];
    let all = runs.iter().map(|(_, run)| *run).chain(others);
    let streams = all.flat_map(|run| [&run.out, &run.err, &run.trace]);
    let log = tenant::log(requests);
    faults.extend(leaks(streams.chain([&log, files])));
    faults
}

/// Where an apply makes other round trips for its steps, or reads back by other requests, than the plan says.
fn travels_otherwise(planned: &Run, requests: &[Request]) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = &mut planned.out.lines();
    let Some(line) = lines.find(|line| line.starts_with("Apply will send ")) else {
        return faults;
    };
    let told = |words: &str| {
        let (_, rest) = line.split_once(words).unwrap();
        rest.split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let mut wire: Vec<Vec<&Request>> = Vec::new();
    for request in requests {
        match wire.last_mut() {
            Some(batch) if request.in_batch => batch.push(request),
            _ => wire.push(vec![request]),
        }
    }
    let writes = |batch: &Vec<&Request>| !batch.iter().all(|request| request.only_reads());
    let Some(first) = wire.iter().position(writes) else {
        return faults;
    };
    let last = wire.iter().rposition(writes).unwrap();
    let made = last - first + 1;
    let trips = told(" for the steps in ");
    if made != trips && !(made > trips && line.contains(" at least ")) {
        faults.push(format!(
            "apply makes {made} round trips for its steps:\n{line}"
        ));
    }
    let reads = wire[last + 1..].iter().flatten();
    let reads = reads.filter(|request| request.method == "GET");
    let mut reads: Vec<_> = reads.map(|request| &request.path).collect();
    let all = reads.len();
    reads.sort();
    reads.dedup();
    if reads.len() != all || all != told(", ") {
        let reads = reads.len();
        faults.push(format!(
            "apply reads {reads} things back by {all} requests:\n{line}"
        ));
    }
    faults
}

/// How the plan from a snapshot differs from the one from the tenant. Where no snapshot can be taken, no plan can be made.
fn plans_otherwise(planned: &Run, snapshot: &Run, offline: &Run) -> Option<String> {
    if snapshot.code != 0 {
        let Run { code, out, err, .. } = snapshot;
        let is_same = *code == planned.code && *err == planned.err;
        return (!is_same).then(|| format!("snapshot ends with {code}:\n{out}{err}"));
    }
    let lasting = |run: &Run| {
        let is_lasting = |line: &&str| {
            !line.starts_with("Requests: ") && !line.starts_with("Read from a snapshot of ")
        };
        let out: Vec<_> = run.out.lines().filter(is_lasting).collect();
        format!("{}\n{}exit {}\n", out.join("\n"), run.err, run.code)
    };
    let (online, offline) = (lasting(planned), lasting(offline));
    (online != offline).then(|| differs("the plan from a snapshot", &online, &offline))
}

/// Where drift says something else than the plans: before the apply, and after it.
fn drifts_otherwise(ends: i32, story: &Story) -> Vec<String> {
    let is_drift = |line: &str| {
        let is_finding = ["  error: ", "  warning: ", "  note: "]
            .iter()
            .any(|word| line.starts_with(word));
        is_finding && !line.ends_with("in the tenant, and no file declares it")
    };
    let has_drift = |run: &Run| run.out.lines().any(is_drift);
    let has_steps = |run: &Run| run.out.lines().any(|line| line.starts_with("   1  "));
    let pairs = [
        ("drift", &story.drift, &story.planned, story.has_leave),
        ("drift after apply", &story.drift_again, &story.again, false),
    ];
    let mut faults = Vec::new();
    for (what, drift, plan, has_leave) in pairs {
        let Run { code, out, err, .. } = drift;
        let is_refused = plan.out.is_empty();
        let agrees = has_drift(drift) == has_steps(plan) || has_leave || plan.code == 4;
        let expected = match has_drift(drift) || out.contains("  warning: ") {
            _ if is_refused => plan.code,
            true => 11,
            false => 0,
        };
        if *code != expected || !agrees {
            faults.push(format!("{what} ends with {code}:\n{out}{err}"));
        }
        if ends == 0 && what != "drift" && has_drift(drift) {
            faults.push(format!("{what} still has some:\n{out}"));
        }
    }
    faults
}

/// What `drift --accept` leaves although the files could say it.
fn accepts_otherwise(tenant: &Tenant) -> Option<String> {
    if tenant.run(&["drift"]).code != 11 {
        return None;
    }
    let Run { code, out, err, .. } = tenant.run(&["drift", "--accept"]);
    let must_stay = [
        "in the tenant, and no file declares it",
        "  error: declared, and not in the tenant",
        "  error: in the tenant, and the files want it gone",
        "is another secret than the one that was applied",
    ];
    let stays = |line: &str| must_stay.iter().any(|words| line.contains(words));
    let is_finding = |line: &&str| line.starts_with("  error: ") || line.starts_with("  warning: ");
    let could_go = out.lines().filter(is_finding).any(|line| !stays(line));
    let has_ended = [0, 11].contains(&code);
    let only_reads = tenant.take_requests().iter().all(Request::only_reads);
    let is_wrong = could_go || !has_ended || !only_reads;
    is_wrong.then(|| format!("drift --accept ends with {code}:\n{out}{err}"))
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
