//! One test for each directory of `scenarios/`: plan, apply and plan again, through the real binary.
//! Compares whole texts; what must hold of every scenario, it checks by itself.
//!
//! | in the directory | holds |
//! |---|---|
//! | `desired/` | the tenant's files |
//! | `live.json` | what the emulated tenant has at first, in the form of src/emulator/store.rs; a new tenant needs none |
//! | `ends` | the exit code, where it is not 0: then nothing may be written |
//! | `stderr.txt` | what `plan` says beside its result |
//! | `plan.txt` | what `plan --requests` prints |
//! | `requests.txt` | the requests of `apply --yes` |
//! | `report.txt` | what `apply --yes` prints after the plan |
//! | `after.json` | what the tenant has in the end, built-in objects left out |
//!
//! The last five are expectations; where there is none, nothing is expected. `UPDATE=1` rewrites them.
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

use similar::TextDiff;
use tenant::{Request, Run, Tenant};

datatest_stable::harness! {
    { test = scenario, root = "tests/scenarios", pattern = r"^[^/]+/desired/tenant\.yaml$" },
}

fn scenario(tenant: &Path) -> datatest_stable::Result<()> {
    let directory = tenant.ancestors().nth(2).unwrap();
    let ends: i32 = match fs::read_to_string(directory.join("ends")) {
        Ok(code) => code.trim().parse()?,
        Err(_) => 0,
    };
    let tenant = Tenant::start(directory);
    let (planned, shown) = (tenant.run(&["plan"]), tenant.run(&["plan", "--requests"]));
    tenant.forget_requests();
    let applied = tenant.run(&["apply", "--yes"]);
    let requests = tenant.requests();
    let again = tenant.run(&["plan"]);
    let state = tenant.state();

    let mut faults = Vec::new();
    let report = applied.out.strip_prefix(&planned.out);
    if report.is_none() {
        faults.push(differs(
            "apply prints another plan",
            &planned.out,
            &applied.out,
        ));
    }
    let written = !requests.iter().all(Request::only_reads);
    let after = if written {
        tenant::shown(&state)
    } else {
        String::new()
    };
    let log = if ends == 0 {
        tenant::log(&requests)
    } else {
        String::new()
    };
    for (name, actual) in [
        ("stderr.txt", &shown.err),
        ("plan.txt", &shown.out),
        ("requests.txt", &log),
        ("report.txt", &report.unwrap_or_default().to_owned()),
        ("after.json", &after),
    ] {
        faults.extend(compare(&directory.join(name), actual));
    }
    for (what, run) in [
        ("plan", &shown),
        ("apply", &applied),
        ("plan again", &again),
    ] {
        if run.code != ends {
            faults.push(format!(
                "{what} ends with {}, not {ends}:\n{}{}",
                run.code, run.out, run.err
            ));
        }
    }
    if ends == 0 && !again.out.contains("\nNo changes. ") {
        faults.push(format!("plan again has changes:\n{}", again.out));
    }
    if ends != 0 && written {
        faults.push(format!(
            "a run that is refused has written:\n{}",
            tenant::log(&requests)
        ));
    }
    faults.extend(requests.iter().flat_map(undocumented));
    faults.extend(leaks(
        [&planned, &shown, &applied, &again],
        &[&log, &state.to_string(), &tenant.lock()],
    ));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n\n").into()),
    }
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

/// Graph's type has this step, and no page documents its route: it is inferred from the two beside it.
const INFERRED: &str = "/apiConnectorConfiguration/preTokenIssuance/$ref";

/// Why a request is not one that Graph documents.
fn undocumented(request: &Request) -> Vec<String> {
    let Request {
        method, path, body, ..
    } = request;
    let (version, path) = path.trim_start_matches('/').split_once('/').unwrap();
    let path = format!("/{path}");
    if (version, method.as_str()) == ("beta", "PUT") && path.ends_with(INFERRED) {
        return Vec::new();
    }
    let problems = match documented::documented_route(version, method, &path) {
        None => vec!["is no documented request".to_owned()],
        // What a batch holds is in the log by itself.
        Some(_) if path == "/$batch" => Vec::new(),
        Some(route) => documented::body_problems(&route, body),
    };
    let name = |problem| format!("{method} /{version}{path}: {problem}");
    problems.into_iter().map(name).collect()
}

/// The secrets that got out.
fn leaks(runs: [&Run; 4], texts: &[&str]) -> Vec<String> {
    let streams = runs
        .iter()
        .flat_map(|run| [run.out.as_str(), run.err.as_str()]);
    let texts: Vec<_> = streams.chain(texts.iter().copied()).collect();
    let is_out = |secret: &&str| texts.iter().any(|text| text.contains(secret));
    let secrets = tenant::SECRETS.iter().map(|(_, secret)| *secret);
    secrets
        .filter(is_out)
        .map(|secret| format!("the secret {secret} got out"))
        .collect()
}
