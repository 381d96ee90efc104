//! One test per file of `tests/transcripts`: the user's files, commands, and the exact output.
//!
//! A transcript is a sequence of sections, each below a line that starts with `=== `:
//!
//! - `=== a/path` writes a file into the user's directory. A default `tenant.yaml` is written unless a section has it or
//!   is `=== without tenant.yaml`. Self-service sign-up is on in its workforce tenants, unless it has a
//!   document that switches it, or their `.entraflow/graph.json` has `policies`.
//! - `=== faults` injects faults into the emulator of the tenant document's type from here on (`/_emulator/faults`); without such a section the
//!   program starts its embedded emulator.
//! - `=== $ NAME=value entraflow …` runs the program. The sections up to the next command are expectations:
//!   `=== stdout` and `=== stderr` if there is output, and `=== exit N`. `UPDATE=1` rewrites them. A list of all kinds is
//!   shown as `(all kinds)`, and the number of requests of a command that reads all kinds (`--all`, `--adopt`) as `…`.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::Path;

use entraflow::desired::TENANT as TENANT_KIND;
use entraflow::emulator::{self, Emulator, Options, TenantType};
use entraflow::kinds::KINDS;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[path = "it/documented.rs"]
#[expect(dead_code, reason = "the emulator tests use the rest")]
mod documented;
#[path = "it/expected.rs"]
mod expected;
#[path = "it/loopback.rs"]
mod loopback;
#[path = "it/program.rs"]
mod program;
use program::{Outcome, Program};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
limits: { maxWaitSeconds: 0 }
";

fn transcript(path: &Path, text: String) -> datatest_stable::Result<()> {
    let replayed = Replay::start(&text).run_sections(&text);
    expected::assert_file(&path.display().to_string(), &replayed);
    Ok(())
}

datatest_stable::harness! {
    { test = transcript, root = "tests/transcripts", pattern = r"\.txt$" },
}

/// A transcript that is being replayed.
struct Replay {
    directory: TempDir,
    runtime: Runtime,
    emulator: Option<Emulator>,
    /// All faults injected so far.
    faults: String,
    /// Whether self-service sign-up is on in states without policies.
    is_on_by_default: bool,
}

impl Replay {
    fn start(text: &str) -> Self {
        let replay = Self {
            directory: TempDir::new().unwrap(),
            runtime: Runtime::new().unwrap(),
            emulator: None,
            faults: String::new(),
            is_on_by_default: !text.contains("\nkind: authenticationFlowsPolicy\n"),
        };
        let mut tenants: Vec<_> = sections(text)
            .filter(|(head, _)| head.ends_with("tenant.yaml"))
            .collect();
        if tenants.is_empty() {
            replay.write("tenant.yaml", TENANT);
            tenants.push(("tenant.yaml", TENANT));
        }
        let is_workforce =
            |body: &str| !body.contains("type: b2c") && !body.contains("type: external");
        tenants.retain(|(head, body)| {
            replay.is_on_by_default && !head.starts_with("without ") && is_workforce(body)
        });
        for (head, _) in tenants {
            let directory = head.trim_end_matches("tenant.yaml");
            replay.write(&format!("{directory}.entraflow/graph.json"), "{}");
        }
        replay
    }

    /// Runs the sections and returns the transcript with the actual output.
    fn run_sections(mut self, text: &str) -> String {
        let mut replayed = String::new();
        for (head, body) in sections(text) {
            if head == "stdout" || head == "stderr" || head.starts_with("exit ") {
                continue;
            }
            replayed += &section(head, body);
            if let Some(line) = head.strip_prefix("$ ") {
                replayed += &self.run_command(line);
            } else if head == "faults" {
                self.inject_faults(body);
            } else if !head.starts_with("without ") {
                self.write(head, body);
            }
        }
        replayed
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match self.is_on_by_default && name.ends_with(".entraflow/graph.json") {
            true => with_sign_up(lines(text)),
            false => lines(text),
        };
        fs::write(path, text).unwrap();
    }

    fn run_command(&self, line: &str) -> String {
        let mut program = Program::new(self.directory.path());
        if let Some(emulator) = &self.emulator {
            program = program.with("ENTRAFLOW_EMULATOR", emulator.url());
        }
        let (before, arguments) = line.split_once("entraflow").unwrap();
        for variable in before.split_whitespace() {
            let (name, value) = variable.split_once('=').unwrap();
            program = program.with(name, value);
        }
        let Outcome {
            code,
            stdout,
            stderr,
        } = program.run(arguments.split_whitespace());
        let reads_all = |argument| ["--all", "--adopt"].contains(&argument);
        let reads_all = arguments.split_whitespace().any(reads_all);
        let mut sections = String::new();
        for (head, body) in [("stdout", stdout), ("stderr", stderr)] {
            let body = match reads_all {
                true => without_counts(&body),
                false => body,
            };
            if !body.is_empty() {
                sections += &section(head, &self.normalize(&body));
            }
        }
        sections + &section(&format!("exit {code}"), "")
    }

    /// Replaces what differs from run to run: the emulator's address, request ids that no fault names, and the age of
    /// snapshots and saved plans.
    fn normalize(&self, text: &str) -> String {
        let url = self
            .emulator
            .as_ref()
            .map_or("http://emulator", Emulator::url);
        let times = ["Read from a snapshot of ", "From a saved plan of "];
        let line = |line: &str| match line.trim_start().strip_prefix("request id ") {
            Some(id) if !self.faults.contains(id) => line.replace(id, "…") + "\n",
            _ => match times.iter().find(|start| line.starts_with(**start)) {
                Some(start) => format!("{start}…\n"),
                None => format!("{line}\n"),
            },
        };
        without_kinds(text)
            .replace(url, "http://emulator")
            .lines()
            .map(line)
            .collect()
    }

    fn inject_faults(&mut self, faults: &str) {
        let document = fs::read_to_string(self.directory.path().join("tenant.yaml"));
        let document = document.unwrap_or_default();
        let types = [("b2c", TenantType::B2c), ("external", TenantType::External)];
        let mut types = types.into_iter();
        let named = types.find(|(word, _)| document.contains(&format!("\ntype: {word}\n")));
        let options = Options {
            tenant: "contoso-dev.onmicrosoft.com".to_owned(),
            tenant_type: named.map_or(TenantType::Workforce, |(_, of)| of),
            data: Some(self.directory.path().join(".entraflow/graph.json")),
            ..Options::default()
        };
        let emulator = self
            .emulator
            .get_or_insert_with(|| self.runtime.block_on(emulator::start(options)).unwrap());
        self.faults += faults;
        let url = format!("{}/_emulator/faults", emulator.url());
        let http = loopback::http();
        let sent = http.post(url).body(faults.to_owned()).send();
        let answer = self.runtime.block_on(sent).unwrap();
        assert_eq!(answer.status(), 204, "the emulator rejects the faults");
    }
}

/// A state whose self-service sign-up is on, unless it has policies: most transcripts are not about that.
fn with_sign_up(text: String) -> String {
    match serde_json::from_str::<Value>(&text) {
        Ok(mut state) if state.is_object() && state["policies"].is_null() => {
            state["policies"] = json!([{ "id": "authenticationFlowsPolicy", "selfServiceSignUp": { "isEnabled": true } }]);
            state.to_string()
        }
        _ => text,
    }
}

/// The text with "…" in place of the number of requests.
fn without_counts(text: &str) -> String {
    let line = |line: &str| match line.starts_with("Requests: ") || line.starts_with("Saved to ") {
        true => {
            let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
            let words = line
                .split(' ')
                .map(|word| if is_number(word) { "…" } else { word });
            words.collect::<Vec<_>>().join(" ") + "\n"
        }
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The text with "(all kinds)" in place of a list of all kinds, so that a new kind does not change the transcripts.
fn without_kinds(text: &str) -> String {
    let mut shortened = text.to_owned();
    while let Some((start, end)) = list_of_kinds(&shortened) {
        shortened.replace_range(start..end, "(all kinds)");
    }
    shortened
}

/// The range of a list of all kinds, which may be wrapped.
fn list_of_kinds(text: &str) -> Option<(usize, usize)> {
    let mut names = KINDS.iter().map(|kind| kind.name).chain([TENANT_KIND]);
    let first = names.next()?;
    text.match_indices(first).find_map(|(start, _)| {
        let mut rest = text[start..].strip_prefix(first)?;
        for name in names.clone() {
            rest = rest.strip_prefix(',')?.trim_start().strip_prefix(name)?;
        }
        Some((start, text.len() - rest.len()))
    })
}

/// The sections of a transcript: the text after `=== `, and the lines below it.
fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = text.strip_prefix("=== ").unwrap_or(text).split("\n=== ");
    parts.map(|part| part.split_once('\n').unwrap_or((part, "")))
}

fn section(head: &str, body: &str) -> String {
    format!("=== {head}\n{}", lines(body))
}

/// The text with a line break at its end, unless it is empty.
fn lines(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{text}{end}")
}
