//! One test for each directory of `scenarios/`: plan, apply and plan again, through the real binary.
//! Compares whole texts, and checks the invariants that hold for every scenario.
//!
//! | in the directory | contains |
//! |---|---|
//! | `desired/` | the tenant's files |
//! | `live.json` | the initial state of the emulated tenant, in the emulator's seed format; a new tenant needs none. Without `policies`, guest sign-up is enabled |
//! | `arguments` | arguments of the first plan and of apply, one a line |
//! | `exit_code` | the exit code if it is not 0: then nothing may be written |
//! | `stderr.txt` | stderr of `plan` |
//! | `plan.txt` | stdout of `plan --requests` |
//! | `drift.txt` | stdout of the first `drift`; compared only if the file exists |
//! | `requests.txt` | the requests of `apply --yes` |
//! | `report.txt` | the output of `apply --yes` after the plan |
//! | `after.json` | the final state of the tenant without built-in objects, and without the policy if it was added and not changed |
//! | `backup.txt` | the backup that `apply --yes` wrote before it deleted objects |
//!
//! The initial state of the tenant is also exported; a plan of the exported files must have no changes.
//!
//! `.txt` files and `after.json` are expectations; a missing file expects empty output. `UPDATE=1` rewrites them.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

#[path = "it/documented.rs"]
#[expect(dead_code, reason = "the emulator tests use the rest")]
mod documented;
#[path = "it/expected.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod expected;
#[path = "it/loopback.rs"]
mod loopback;
#[path = "it/program.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod program;
#[path = "it/sweep.rs"]
#[expect(dead_code, reason = "the fault injection tests use the rest")]
mod sweep;
#[path = "support/tenant.rs"]
mod tenant;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::dangers::DangerRule;
use entraflow::emulator::{Options, Seed};
use entraflow::kinds::Kind;
use entraflow::model::Address;
use entraflow::snapshot::Snapshot;

use similar::TextDiff;
use tenant::{Request, Run, Tenant};

datatest_stable::harness! {
    { test = scenario, root = "tests/scenarios", pattern = r"^[^/]+/desired/tenant\.yaml$" },
    { test = exported, root = "tests/scenarios", pattern = r"^[^/]+/desired/tenant\.yaml$" },
}

fn scenario(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    let exit_code: i32 = match fs::read_to_string(directory.join("exit_code")) {
        Ok(code) => code.trim().parse()?,
        Err(_) => 0,
    };
    let arguments = fs::read_to_string(directory.join("arguments")).unwrap_or_default();
    let arguments: Vec<_> = arguments.lines().collect();
    let run_on = Tenant::start(directory);
    let runs = Runs::of(&run_on, &arguments);
    let mut failures = unmet_expectations(directory, exit_code, &runs);
    let name = directory.file_name().and_then(OsStr::to_str);
    if is_in_sample(directory) && !name.is_some_and(|name| NOT_ACCEPTABLE.contains(&name)) {
        failures.extend(accept_failure(&Tenant::start(directory)));
    }
    failures.extend(broken_invariants(exit_code, &runs));
    if is_in_sample(directory) {
        failures.extend(copy_failure(directory, &arguments, &runs));
    }
    if !name.is_some_and(|name| NOT_RESTORABLE.contains(&name)) {
        failures.extend(restore_failure(&run_on));
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n\n").into()),
    }
}

/// Whether a scenario is also exported and its drift accepted: about one in twelve, and all with `ENTRAFLOW_SLOW`,
/// because these runs take longer than the rest of the scenario.
fn is_in_sample(scenario: &Path) -> bool {
    let name = scenario.file_name().unwrap().as_encoded_bytes();
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    sweep::is_slow() || sum.is_multiple_of(12)
}

/// Page texts take most of the requests, so they are read once, and only if the tenant has custom ones.
fn exported(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    if !is_in_sample(directory) {
        return Ok(());
    }
    let live = fs::read_to_string(directory.join("live.json")).unwrap_or_default();
    let command: &[&str] = match live.contains("\"overridesPages\"") {
        true => &["export"],
        false => &["export", "--no-pages"],
    };
    let tenant = Tenant::start(directory);
    let mut failures = export_failures(&tenant, command);
    failures.extend(export_failures(
        &tenant,
        &["export", "--full", "--no-pages"],
    ));
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n\n").into()),
    }
}

/// How the plan of a copy of the tenant, from its snapshot, differs from that of the tenant.
fn copy_failure(directory: &Path, arguments: &[&str], runs: &Runs) -> Option<String> {
    let snapshot = Snapshot::read(runs.snapshot_file.as_deref()?).unwrap();
    let seed = Seed::Saved(snapshot.answers.bodies());
    let copy = Tenant::start_with(
        directory,
        Options {
            seed: Some(seed),
            ..Options::default()
        },
    );
    let planned = copy.run(&[&["plan"], arguments].concat());
    let is_same = planned.out == runs.planned.out;
    (!is_same).then(|| {
        diff(
            "the plan of a copy differs",
            &runs.planned.out,
            &planned.out,
        )
    })
}

/// The invariants of an export to an empty directory that do not hold.
fn export_failures(tenant: &Tenant, command: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let (id, tenant_type) = tenant.identity();
    let document = format!(
        "kind: tenant\nname: a\ntenantId: {id}\ntype: {tenant_type}\ncloud: emulator\nlimits: {{ requestsPerMinute: 10000 }}\n"
    );
    fs::write(directory.path().join("tenant.yaml"), document).unwrap();
    let run = |command: &[&str]| tenant.run_in(directory.path(), command);
    tenant.take_requests();
    let exported = run(command);
    let requests = tenant.take_requests();
    let files = tenant::texts(directory.path());
    let planned = run(&["plan"]);
    let again = run(&["export", "--no-pages"]);
    let mut failures = Vec::new();
    for (command, run) in [
        ("export", &exported),
        ("plan", &planned),
        ("export again", &again),
    ] {
        let Run { code, out, err, .. } = run;
        if *code != 0 {
            failures.push(format!("{command} exits with {code}:\n{out}{err}\n{files}"));
        }
    }
    let is_complete = !exported.out.contains("\nNot exported:");
    let has_unmanaged = planned.out.contains("\nUnmanaged");
    if !has_no_changes(&planned.out) || (is_complete && has_unmanaged) {
        let plan = &planned.out;
        failures.push(format!(
            "the plan after an export is not empty:\n{plan}\n{files}"
        ));
    }
    let files_again = tenant::texts(directory.path());
    if files_again != files || !again.out.contains("\n0 documents created, 0 updated, ") {
        failures.push(diff("a second export changes files", &files, &files_again) + &again.out);
    }
    if !requests.iter().all(Request::only_reads) {
        let log = tenant::log(&requests);
        failures.push(format!("an export has sent writes:\n{log}"));
    }
    failures.extend(leaks(
        [&files, &exported.out, &exported.err, &exported.trace].into_iter(),
    ));
    failures
}

/// Whether a plan has no changes, apart from secrets that no apply has sent yet.
fn has_no_changes(plan: &str) -> bool {
    plan.contains("\nNo changes. ") || plan.contains("\nNo changes; ")
}

/// Scenarios whose backup contradicts what the apply has set: an application belongs to another flow now.
const NOT_RESTORABLE: [&str; 1] = ["events_flow_gets_the_application_of_a_deleted_flow"];

/// Why the backup of a scenario cannot be applied, beside an export of what the tenant has now. Replaced objects are in both.
fn restore_failure(tenant: &Tenant) -> Option<String> {
    let backup = tenant.backup_directory()?;
    let directory = tempfile::tempdir().unwrap();
    let (id, tenant_type) = tenant.identity();
    let document = format!(
        "kind: tenant\nname: a\ntenantId: {id}\ntype: {tenant_type}\ncloud: emulator\n\
         limits: {{ requestsPerMinute: 10000, maxDeletes: 100, maxChangesPercent: 100 }}\n"
    );
    fs::write(directory.path().join("tenant.yaml"), document).unwrap();
    tenant.run_in(directory.path(), &["export", "--no-pages"]);
    let restored: Vec<_> = documents(&backup).into_keys().collect();
    let mut command = vec!["apply", "--yes"];
    for (address, file) in documents(directory.path()) {
        if let Some(address) = restored.iter().find(|restored| **restored == address) {
            fs::remove_file(file).unwrap();
            command.extend(["--allow-replace", address]);
        }
    }
    tenant::copy(&backup, directory.path());
    let files = tenant::texts(directory.path());
    let names = files.split("{ env: ").skip(1);
    let variables: Vec<_> = names
        .filter_map(|rest| rest.split(" }").next())
        .map(str::to_owned)
        .collect();
    let run = |command: &[&str]| tenant.run_with_secrets(directory.path(), &variables, command);
    let applied = run(&command);
    let planned = run(&["plan"]);
    let is_restored = applied.code == 0 && has_no_changes(&planned.out);
    (!is_restored).then(|| {
        let Run { code, out, err, .. } = applied;
        let plan = planned.out;
        format!("restoring the backup exits with {code}:\n{out}{err}{plan}\n{files}")
    })
}

/// The documents in a directory, each by kind and name, with its file.
fn documents(directory: &Path) -> BTreeMap<String, PathBuf> {
    let paths = tenant::texts(directory);
    let paths = paths.lines().filter_map(|line| line.strip_prefix("=== "));
    let yaml = paths.filter(|path| path.ends_with(".yaml") && !path.starts_with("tenant"));
    let document = |path: &str| {
        let path = directory.join(path);
        let text = fs::read_to_string(&path).unwrap();
        let document: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let kind = Kind::find(document["kind"].as_str()?)?;
        let name = match kind.name_field() {
            Some(field) => kind.name_from(document[field].as_str()?),
            None => kind.name_from(""),
        };
        Some((Address::new(kind.name, name).to_string(), path))
    };
    yaml.filter_map(document).collect()
}

/// Scenarios whose drift `--accept` cannot write into the files: a name that other documents refer to or that the tenant
/// lacks, a value that Graph no longer accepts, a missing page, an object declared absent that the tenant uses, languages
/// of a flow with languages disabled.
const NOT_ACCEPTABLE: [&str; 8] = [
    "flow_replace_restores_links_pages_and_assignments",
    "flow_replace_also_replaces_its_listener",
    "flow_replace_is_refused_while_a_listener_starts_it",
    "events_flow_without_attributes_gets_attributes",
    "delete_extension_unlinks_its_events_flow_first",
    "id_allows_a_connector_to_be_renamed",
    "id_allows_an_unnamed_listener_to_be_named",
    "b2c_flow_languages_are_enabled_before_one_is_added",
];

/// The runs of a scenario and their effects.
struct Runs {
    /// Whether the first plan and apply had overrides on the command line.
    has_overrides: bool,
    planned: Run,
    with_requests: Run,
    rehearsed: Run,
    drift: Run,
    snapshot: Run,
    snapshot_file: Option<String>,
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
    /// The objects of the tenant at the end.
    objects: String,
    /// All files in the tenant's directory.
    files: String,
    /// The files of the backup.
    backup: String,
}

impl Runs {
    fn of(tenant: &Tenant, arguments: &[&str]) -> Self {
        tenant.run(&["validate"]);
        let validating = tenant.take_requests();
        let planned = tenant.run(&[&["plan"], arguments].concat());
        let with_requests = tenant.run(&[&["plan", "--requests"], arguments].concat());
        let rehearsed = tenant.run(&[&["plan", "--rehearse"], arguments].concat());
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
            has_overrides: !arguments.is_empty(),
            planned,
            with_requests,
            rehearsed,
            drift,
            snapshot,
            snapshot_file: tenant.file("snapshot.json"),
            offline,
            applied,
            again,
            drift_again,
            validating,
            planning,
            planning_offline,
            requests,
            objects: tenant.objects(),
            files: tenant.files(),
            backup: tenant.backup(),
        }
    }

    fn has_written(&self) -> bool {
        !self.requests.iter().all(Request::only_reads)
    }

    /// The output of apply after the plan.
    fn report(&self) -> Option<&str> {
        self.applied.out.strip_prefix(&self.planned.out)
    }
}

/// The expectation files that differ from the actual output.
fn unmet_expectations(directory: &Path, exit_code: i32, runs: &Runs) -> Vec<String> {
    let requests = match exit_code {
        0 => tenant::log(&runs.requests),
        _ => String::new(),
    };
    let after = match runs.has_written() {
        true => runs.objects.as_str(),
        false => "",
    };
    let expectations = [
        ("stderr.txt", runs.with_requests.err.as_str()),
        ("plan.txt", &runs.with_requests.out),
        ("requests.txt", &requests),
        ("report.txt", runs.report().unwrap_or_default()),
        ("after.json", after),
        ("backup.txt", &runs.backup),
    ];
    let drift = [("drift.txt", runs.drift.out.as_str())];
    let drift = drift
        .iter()
        .filter(|(name, _)| directory.join(name).exists());
    expectations
        .iter()
        .chain(drift)
        .filter_map(|(name, actual)| compare(&directory.join(name), actual))
        .collect()
}

/// How a rehearsal differs from the apply: it succeeds if the apply does, and never says less than the plan.
fn rehearsal_failure(planned: &Run, rehearsed: &Run, applied: &Run) -> Option<String> {
    let added = rehearsed.out.strip_prefix(&planned.out);
    let has_steps = applied.out.contains("\nApply complete");
    let is_success = |added: &str| added.ends_with(", the result is as the files say.\n");
    let agrees = match (added, applied.code) {
        (None, _) => false,
        (Some(added), 0 | 9) if has_steps => is_success(added),
        (Some(added), 0 | 9) => added.is_empty(),
        (Some(added), _) => !is_success(added),
    };
    let Run { code, out, err, .. } = rehearsed;
    (!agrees).then(|| {
        format!(
            "plan --rehearse exits with {code}:\n{out}{err}\n{}",
            applied.out
        )
    })
}

/// The invariants of every scenario that do not hold.
fn broken_invariants(exit_code: i32, scenario: &Runs) -> Vec<String> {
    let Runs {
        has_overrides: _,
        planned,
        with_requests,
        rehearsed,
        drift,
        snapshot,
        snapshot_file: _,
        offline,
        applied,
        again,
        drift_again,
        validating,
        planning,
        planning_offline,
        requests,
        objects: _,
        files,
        backup: _,
    } = scenario;
    let mut failures = Vec::new();
    if scenario.report().is_none() {
        let title = "apply prints another plan";
        failures.push(diff(title, &planned.out, &applied.out));
    }
    failures.extend(rehearsal_failure(planned, rehearsed, applied));
    let runs = [
        ("plan", planned),
        ("plan --requests", with_requests),
        ("apply", applied),
        ("plan again", again),
    ];
    for (command, run) in runs.iter().filter(|(_, run)| run.code != exit_code) {
        let Run { code, out, err, .. } = run;
        failures.push(format!(
            "{command} exits with {code}, not {exit_code}:\n{out}{err}"
        ));
    }
    if exit_code == 0 && !has_no_changes(&again.out) {
        failures.push(format!("plan again has changes:\n{}", again.out));
    }
    if exit_code != 0 && scenario.has_written() {
        let log = tenant::log(requests);
        failures.push(format!("a refused run has sent writes:\n{log}"));
    }
    if !validating.is_empty() {
        let log = tenant::log(validating);
        failures.push(format!("validate is not offline:\n{log}"));
    }
    if !planning_offline.is_empty() {
        let log = tenant::log(planning_offline);
        failures.push(format!("a plan from a snapshot is not offline:\n{log}"));
    }
    failures.extend(request_estimate_failures(planned, requests));
    failures.extend(offline_plan_failure(planned, snapshot, offline));
    failures.extend(drift_failures(exit_code, scenario));
    if !planning.iter().all(Request::only_reads) {
        let log = tenant::log(planning);
        failures.push(format!("a plan has sent writes:\n{log}"));
    }
    let others = [drift, snapshot, offline, drift_again];
    let all = runs.iter().map(|(_, run)| *run).chain(others);
    let streams = all.flat_map(|run| [&run.out, &run.err, &run.trace]);
    let log = tenant::log(requests);
    failures.extend(leaks(streams.chain([&log, files])));
    failures
}

/// Compares the round trips of an apply, for its steps and to verify, with the estimate in the plan.
fn request_estimate_failures(planned: &Run, requests: &[Request]) -> Vec<String> {
    let mut failures = Vec::new();
    let lines = &mut planned.out.lines();
    let Some(line) = lines.find(|line| line.starts_with("Apply will send ")) else {
        return failures;
    };
    let number_after = |words: &str| {
        let (_, rest) = line.split_once(words).unwrap();
        rest.split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let mut round_trips: Vec<Vec<&Request>> = Vec::new();
    for request in requests {
        match round_trips.last_mut() {
            Some(batch) if request.in_batch => batch.push(request),
            _ => round_trips.push(vec![request]),
        }
    }
    let writes = |batch: &Vec<&Request>| !batch.iter().all(|request| request.only_reads());
    let Some(first) = round_trips.iter().position(writes) else {
        return failures;
    };
    let last = round_trips.iter().rposition(writes).unwrap();
    let actual = last - first + 1;
    let estimate = number_after(" for the steps in ");
    if actual != estimate && !(actual > estimate && line.contains(" at least ")) {
        failures.push(format!(
            "apply makes {actual} round trips for its steps:\n{line}"
        ));
    }
    let reads = round_trips[last + 1..].iter().flatten();
    let reads = reads.filter(|request| request.method == "GET");
    let mut reads: Vec<_> = reads.map(|request| &request.path).collect();
    let all = reads.len();
    reads.sort();
    reads.dedup();
    if reads.len() != all || all != number_after(", ") {
        let reads = reads.len();
        failures.push(format!(
            "apply verifies {reads} paths with {all} requests:\n{line}"
        ));
    }
    failures
}

/// How the plan from a snapshot differs from the plan of the tenant. If the snapshot fails, the plan must fail alike.
fn offline_plan_failure(planned: &Run, snapshot: &Run, offline: &Run) -> Option<String> {
    if snapshot.code != 0 {
        let Run { code, out, err, .. } = snapshot;
        let is_same = *code == planned.code && *err == planned.err;
        return (!is_same).then(|| format!("snapshot exits with {code}:\n{out}{err}"));
    }
    let normalized = |run: &Run| {
        let is_stable = |line: &&str| {
            !line.starts_with("Requests: ") && !line.starts_with("Read from a snapshot of ")
        };
        let out: Vec<_> = run.out.lines().filter(is_stable).collect();
        format!("{}\n{}exit {}\n", out.join("\n"), run.err, run.code)
    };
    let (online, offline) = (normalized(planned), normalized(offline));
    (online != offline).then(|| diff("the plan from a snapshot", &online, &offline))
}

/// Drift and plan must agree on whether there are differences, before the apply and after it.
fn drift_failures(exit_code: i32, runs: &Runs) -> Vec<String> {
    let is_drift = |line: &str| {
        let is_finding = ["  error: ", "  warning: ", "  note: "]
            .iter()
            .any(|severity| line.starts_with(severity));
        is_finding && !line.ends_with("in the tenant, but not declared")
    };
    let has_drift = |run: &Run| run.out.lines().any(is_drift);
    let is_step = |line: &str| {
        let number = line.get(..4).unwrap_or_default().trim();
        number.parse::<usize>().is_ok() && !line[4..].starts_with("  compare ")
    };
    // What the tenant has says nothing of a secret that entraflow has not applied yet.
    let is_first = |run: &Run| run.out.contains("has no fingerprint of it");
    let has_steps = |run: &Run| run.out.lines().any(is_step) && !is_first(run);
    let pairs = [
        ("drift", &runs.drift, &runs.planned, runs.has_overrides),
        ("drift after apply", &runs.drift_again, &runs.again, false),
    ];
    let mut failures = Vec::new();
    for (command, drift, plan, has_overrides) in pairs {
        let Run { code, out, err, .. } = drift;
        let is_refused = plan.out.is_empty();
        let agrees = has_drift(drift) == has_steps(plan) || has_overrides || plan.code == 4;
        let expected = match has_drift(drift) || out.contains("  warning: ") {
            _ if is_refused => plan.code,
            true => 11,
            false => 0,
        };
        if *code != expected || !agrees {
            failures.push(format!("{command} exits with {code}:\n{out}{err}"));
        }
        if exit_code == 0 && command != "drift" && has_drift(drift) {
            failures.push(format!("{command} still has findings:\n{out}"));
        }
    }
    failures
}

/// Findings that remain after `drift --accept` although the files could declare them.
fn accept_failure(tenant: &Tenant) -> Option<String> {
    if tenant.run(&["drift"]).code != 11 {
        return None;
    }
    let mut accept = vec!["drift", "--accept", "--yes"];
    for rule in DangerRule::ALL {
        accept.extend(["--allow-danger", rule.as_str()]);
    }
    let Run { code, out, err, .. } = tenant.run(&accept);
    let must_remain = [
        "in the tenant, but not declared",
        "  error: declared, but not in the tenant",
        "  error: in the tenant, but the files require its absence",
        "  error: the tenant has 2 objects of this name: ",
        "differs from the secret that was applied",
    ];
    // A document that names its object's former name keeps its own: accepting would undo the rename, so a person decides.
    let is_name_left =
        err.contains("help: a name, or a value that a file cannot hold, is not accepted");
    let is_name = |line: &str| {
        is_name_left
            && ["  warning: displayName differs", "  warning: id differs"]
                .iter()
                .any(|words| line.starts_with(words))
    };
    let remains =
        |line: &str| is_name(line) || must_remain.iter().any(|words| line.contains(words));
    let is_finding = |line: &&str| line.starts_with("  error: ") || line.starts_with("  warning: ");
    let is_incomplete = out.lines().filter(is_finding).any(|line| !remains(line));
    let has_succeeded = [0, 11].contains(&code);
    let only_reads = tenant.take_requests().iter().all(Request::only_reads);
    let has_failed = is_incomplete || !has_succeeded || !only_reads;
    has_failed.then(|| format!("drift --accept exits with {code}:\n{out}{err}"))
}

/// The diff of a text to its expectation file. With `UPDATE=1` the text is written to the file instead.
fn compare(file: &Path, actual: &str) -> Option<String> {
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual {
        return None;
    }
    if expected::are_rewritten() {
        match actual {
            "" => fs::remove_file(file).unwrap(),
            _ => fs::write(file, actual).unwrap(),
        }
        return None;
    }
    let name = file.display().to_string();
    Some(diff(&name, &expected, actual))
}

fn diff(title: &str, expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let diff = diff.unified_diff().header("expected", "actual").to_string();
    format!("{title} (UPDATE=1 rewrites expectations):\n{diff}")
}

/// The secrets that appear in these texts.
fn leaks<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let texts: Vec<_> = texts.collect();
    let is_leaked = |secret: &&str| texts.iter().any(|text| text.contains(secret));
    let secrets = tenant::SECRETS.iter().map(|(_, secret)| *secret);
    secrets
        .filter(is_leaked)
        .map(|secret| format!("the secret {secret} is leaked"))
        .collect()
}
