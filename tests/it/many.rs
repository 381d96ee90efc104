//! One command for several tenants: their selection, independence, order of output and exit code.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::program::{Outcome, Program, Trace, command};

fn tenant(name: &str) -> String {
    format!(
        "kind: tenant\nname: {name}\ntenantId: {name}.onmicrosoft.com\ntype: workforce\ncloud: emulator\n"
    )
}

const FLOW: &str =
    "kind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n";

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Three tenants below `tenants`; the second has a problem.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        let path = format!("tenants/{name}/tenant.yaml");
        write(directory.path(), &path, &tenant(name));
    }
    write(directory.path(), "tenants/a/flow.yaml", FLOW);
    write(
        directory.path(),
        "tenants/b/flow.yaml",
        "kind: b2xUserFlows\n",
    );
    directory
}

fn run(directory: &tempfile::TempDir, arguments: &str) -> Outcome {
    Program::new(directory.path()).run(arguments.split_whitespace())
}

#[test]
fn tenant_in_two_directories_is_refused() {
    let global = |id: &str| {
        tenant("a")
            .replace("emulator", "global")
            .replace("a.onm", &format!("{id}.onm"))
    };
    let with_value = global("${values.name}") + "values: { name: a }\n";
    let included = "kind: tenant\nname: c\ninclude: [../../base]\n".to_owned();
    for other in [global("A"), with_value, included] {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), "base/tenant.yaml", &global("a"));
        write(directory.path(), "tenants/a/tenant.yaml", &global("a"));
        write(directory.path(), "tenants/b/tenant.yaml", &global("b"));
        write(directory.path(), "tenants/c/tenant.yaml", &other);
        write(directory.path(), "tenants/d/tenant.yaml", &tenant("a"));
        let error = "\
error: tenants/a and tenants/c are the same tenant
help: keep the documents of a tenant in one directory, correct `tenantId`, or select one with `--tenant NAME`
";
        for arguments in ["validate tenants", "plan tenants --shard 0/9"] {
            let outcome = run(&directory, arguments);
            assert_eq!(
                (outcome.stderr.as_str(), outcome.code),
                (error, 3),
                "{other}"
            );
        }
        let outcome = run(&directory, "validate tenants --tenant [bcd]");
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
}

#[cfg(unix)]
#[test]
fn embedded_emulators_with_one_state_are_refused() {
    use std::os::unix::fs::symlink;

    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir_all(path("state")).unwrap();
    symlink("../../state", path("tenants/a/.entraflow")).unwrap();
    symlink("../../state", path("tenants/c/.entraflow")).unwrap();
    let outcome = run(&directory, "plan tenants");
    assert_eq!(outcome.code, 3);
    let expected = "error: tenants/a and tenants/c are the same tenant\n";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}

#[test]
fn broken_tenant_stops_no_other_and_worst_exit_code_wins() {
    let directory = directory();
    let outcome = run(&directory, "validate tenants");
    assert_eq!(
        outcome.stdout,
        "The files of a are valid: 1 object.\nThe files of c are valid: 0 objects.\n"
    );
    assert_eq!(
        outcome.stderr,
        "\
=== tenants/a
=== tenants/b
error: unknown kind `b2xUserFlows`
 --> tenants/b/flow.yaml:1:7
  |
1 | kind: b2xUserFlows
  |       ^^^^^^^^^^^^
  |
  = help: did you mean `b2xUserFlow`?

=== tenants/c
=== 3 tenants: 2 ended with 0
1 ended with 3 (the files have errors):
  tenants/b
"
    );
    assert_eq!(outcome.code, 3);
}

#[test]
fn concurrent_applies_converge() {
    let directory = directory();
    let applied = run(&directory, "apply tenants --yes --jobs 3");
    assert_eq!(applied.code, 3, "{}", applied.stderr);
    let state = |name: &str| {
        let path = directory
            .path()
            .join(format!("tenants/{name}/.entraflow/graph.json"));
        fs::read_to_string(path).unwrap_or_default()
    };
    assert!(state("a").contains("B2X_1_Partner"));
    assert!(!state("b").contains("B2X_1_Partner"));
    write(directory.path(), "tenants/b/flow.yaml", FLOW);
    let planned = run(&directory, "plan tenants --exit-code");
    assert_eq!(planned.code, 10, "{}", planned.stderr);
    assert!(planned.stderr.ends_with(
        "\
=== 3 tenants: 2 ended with 0
1 ended with 10 (changes are pending (only with --exit-code)):
  tenants/b
"
    ));
}

#[test]
fn output_is_independent_of_jobs() {
    let directory = directory();
    let plan = |jobs| run(&directory, &format!("plan tenants --jobs {jobs}"));
    let one = plan(1);
    assert_eq!(one, plan(3));
    let names = one
        .stderr
        .lines()
        .filter(|line| line.starts_with("=== tenants/"));
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["=== tenants/a", "=== tenants/b", "=== tenants/c"]
    );
}

#[test]
fn tenant_selected_by_name_has_the_output_of_a_single_one() {
    let directory = directory();
    let chosen = run(&directory, "plan tenants --tenant a --out a.plan");
    assert_eq!(chosen.code, 0, "{}", chosen.stderr);
    assert_eq!(run(&directory, "plan tenants/a").stdout, chosen.stdout);
    assert!(directory.path().join("a.plan").exists());
    let globbed = run(&directory, "validate tenants --tenant [ac]");
    assert_eq!(globbed.code, 0);
    assert!(!globbed.stderr.contains("tenants/b"));
}

#[test]
fn shards_are_disjoint_and_complete() {
    let directory = directory();
    write(directory.path(), "tenants/b/flow.yaml", FLOW);
    let mut seen = Vec::new();
    for part in 0..4 {
        let outcome = run(&directory, &format!("validate tenants --shard {part}/4"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        seen.extend(outcome.stdout.lines().map(str::to_owned));
    }
    seen.sort();
    let names = [
        "a are valid: 1 object",
        "b are valid: 1 object",
        "c are valid: 0 objects",
    ];
    assert_eq!(seen, names.map(|name| format!("The files of {name}.")));
}

#[test]
fn single_tenant_options_are_rejected_with_a_hint() {
    let directory = directory();
    write(directory.path(), "extra/flow.yaml", FLOW);
    let refused = |arguments: &str| {
        let outcome = run(&directory, arguments);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{arguments}"
        );
        outcome.stderr
    };
    assert_eq!(
        refused("plan tenants --out all.plan"),
        "\
error: the paths hold several tenants: a file holds the plan of one tenant
help: select one of them with `--tenant NAME`
"
    );
    assert_eq!(
        refused("apply tenants"),
        "\
error: the paths hold several tenants: `--yes` is required, since apply does not ask about each
help: select one of them with `--tenant NAME`
"
    );
    assert_eq!(
        refused("validate tenants --tenant d*"),
        "error: no tenant matches `d*`\nhelp: the tenants are a, b, c\n"
    );
    assert_eq!(
        refused("validate tenants extra"),
        "\
error: extra belongs to none of the 3 tenants
help: move it below the directory of a tenant, or name it in `include` of the tenant documents
"
    );
}

#[test]
fn reports_are_written_per_tenant() {
    let directory = directory();
    let reports = "--report junit=out/{tenant}/junit.xml --report markdown=out/{tenant}.md";
    let outcome = run(&directory, &format!("plan tenants {reports}"));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let first_line = |name: &str| {
        let text = fs::read_to_string(directory.path().join("out").join(name)).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        ["a.md", "b.md", "c.md"].map(first_line),
        [
            "a.onmicrosoft.com",
            "b.onmicrosoft.com",
            "c.onmicrosoft.com"
        ]
        .map(|tenant| format!("<!-- entraflow plan: {tenant} -->"))
    );
    first_line("b/junit.xml");
    run(&directory, "plan tenants/a --report junit=one/{tenant}.xml");
    assert!(directory.path().join("one/a.xml").exists());
    let lines = run(&directory, "plan tenants --format github");
    let is_command = |line: &str| line.starts_with("::");
    assert!(lines.stdout.lines().all(is_command), "{}", lines.stdout);
    assert_eq!(lines.stdout.matches("::error ").count(), 1);
}

#[test]
fn report_path_shared_by_tenants_is_rejected_with_a_hint() {
    let directory = directory();
    let refused = |arguments: &str| {
        let outcome = run(&directory, arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        outcome.stderr
    };
    assert_eq!(
        refused("plan tenants --report sarif=plan.sarif"),
        "\
error: the paths hold several tenants, and plan.sarif holds the report of one
help: `--report sarif=reports/{tenant}.sarif` writes one report per tenant
"
    );
    assert_eq!(
        refused("drift tenants --format markdown"),
        "\
error: the paths hold several tenants, and the format markdown holds one
help: `--report markdown=reports/{tenant}.md` writes one report per tenant
"
    );
    fs::rename(
        directory.path().join("tenants/b"),
        directory.path().join("b"),
    )
    .unwrap();
    write(directory.path(), "other/a/tenant.yaml", &tenant("other"));
    assert_eq!(
        refused("plan tenants/a other/a --report junit={tenant}.xml"),
        "\
error: two tenants have the directory name `a`, so one report would overwrite the other
help: give their common parent directory as the PATH
"
    );
}

#[test]
fn emulator_serves_all_tenants_below_the_paths() {
    let directory = directory();
    write(directory.path(), "tenants/b/flow.yaml", FLOW);
    let mut emulator = Emulator::start(directory.path(), &["tenants", "--data", "data"]);
    assert!(
        emulator
            .greeting
            .starts_with("Microsoft Graph for 3 tenants: ")
    );
    let run = |arguments: &str| {
        let program = Program::new(directory.path()).with("ENTRAFLOW_EMULATOR", &emulator.url);
        program.run(arguments.split_whitespace())
    };
    let applied = run("apply tenants --yes");
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    assert_eq!(run("plan tenants --exit-code").code, 0);
    emulator.child.kill().unwrap();
    emulator.child.wait().unwrap();
    let state = |name: &str| {
        let path = format!("data/{name}.onmicrosoft.com.json");
        fs::read_to_string(directory.path().join(path)).unwrap_or_default()
    };
    assert!(state("a").contains("B2X_1_Partner"));
    assert!(state("b").contains("B2X_1_Partner"));
    assert_eq!(state("c"), "", "nothing was written to it");
}

/// A running `entraflow emulator`.
struct Emulator {
    child: Child,
    greeting: String,
    url: String,
    /// Stays empty, because an emulator sends no requests.
    _trace: Trace,
}

impl Emulator {
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let (mut command, trace) = command(directory);
        command
            .args(["emulator", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let greeting = lines.next().unwrap().unwrap();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, url) = line.split_once("ENTRAFLOW_EMULATOR=")?;
            Some(url.to_owned())
        });
        Self {
            child,
            greeting,
            url: address.unwrap(),
            _trace: trace,
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn multi_tenant_example_has_three_tenants_without_its_base() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let outcome = Program::new(root).run(["validate", "multi-tenant"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("=== 3 tenants: 3 ended with 0\n"));
}

#[test]
fn kubernetes_examples_cover_all_shards_with_valid_commands() {
    for name in ["apply", "drift"] {
        let path = format!(
            "{}/examples/kubernetes/{name}.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = fs::read_to_string(path).unwrap();
        let number = |field: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix(field));
            line.unwrap().split_whitespace().next().unwrap().to_owned()
        };
        let count = number("completions:");
        assert!(text.contains(&format!("\"--shard=$(PART)/{count}\"")));
        assert_eq!(number("parallelism:"), count);
        let args = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("args: ["));
        let args = args.unwrap().trim_end_matches(']').replace("$(PART)", "0");
        let args = args.replace('"', "");
        let directory = directory();
        fs::remove_file(directory.path().join("tenants/b/flow.yaml")).unwrap();
        let args = args.replace("/tenants", "tenants");
        for part in 0..count.parse::<usize>().unwrap() {
            let args = args.replace("=0/", &format!("={part}/"));
            let outcome = Program::new(directory.path()).run(args.split(", "));
            assert!(
                [0, 11].contains(&outcome.code),
                "{args}: {}",
                outcome.stderr
            );
        }
    }
}
