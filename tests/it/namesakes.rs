//! Several live objects of one declared name, as two applies at once create them: apply finds them, chooses none, and every
//! command names both ways out.

use std::io::{Read, Write};
use std::process::Stdio;

use entraflow::emulator::{Options, TenantType};
use serde_json::json;
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program, command};
use crate::unsettled::FILES;

struct Tenant {
    files: TempDir,
    graph: Graph,
}

impl Tenant {
    async fn start() -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
        let options = Options {
            tenant: "contoso-dev.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            ..Options::default()
        };
        let graph = Graph::with(options).await;
        Self { files, graph }
    }

    /// Another program creates the connector.
    async fn create_elsewhere(&self) {
        let connector = json!({
            "displayName": "Check", "targetUrl": "https://a.example/",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "elsewhere"
            },
        });
        let created = self.graph.post("/v1.0/identity/apiConnectors", connector);
        assert_eq!(created.await.status, 201);
    }

    /// Applies, while another program creates the connector before the question is answered.
    async fn apply_beside_another(&self) -> Outcome {
        let (mut command, trace) = command(self.files.path());
        command
            .arg("apply")
            .env("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .env("PASSWORD", "s3cr3t-of-connector")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut asked = Vec::new();
        tokio::task::block_in_place(|| {
            let stderr = child.stderr.as_mut().unwrap();
            while !asked.ends_with(b"Only `yes` applies it:") {
                let mut byte = [0];
                stderr.read_exact(&mut byte).unwrap();
                asked.push(byte[0]);
            }
        });
        self.create_elsewhere().await;
        child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
        let output = tokio::task::block_in_place(|| child.wait_with_output()).unwrap();
        trace.checked();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .with("PASSWORD", "s3cr3t-of-connector");
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }

    async fn ids(&self) -> Vec<String> {
        let listed = self.graph.get("/v1.0/identity/apiConnectors").await;
        let mut ids: Vec<_> = listed.ids().into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    }
}

/// Asserts that an output has both ids and both ways out, however its lines are wrapped.
fn assert_names_both_ways(output: &str, ids: &[String]) {
    let words: Vec<_> = output.split_whitespace().collect();
    let text = words.join(" ");
    let unreferenced = |id: &String| format!("{id} (nothing that was read refers to it)");
    let all: Vec<_> = ids.iter().map(unreferenced).collect();
    let message = format!("the tenant has 2 objects of this name: {}", all.join(", "));
    assert!(text.contains(&message), "{output}");
    let allowances = ids
        .iter()
        .map(|id| format!("`--allow-delete \"apiConnector/{id}\"`"));
    let allowances: Vec<_> = allowances.collect();
    let help = format!(
        "choose one with `id:` in its document, or delete one that nothing refers to, with `entraflow apply` and {}",
        allowances.join(" or ")
    );
    assert!(text.contains(&help), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn object_that_another_program_created_at_once_is_found_and_either_way_out_works() {
    let tenant = Tenant::start().await;
    let applied = tenant.apply_beside_another().await;
    assert_eq!(applied.code, 4, "{}{}", applied.stdout, applied.stderr);
    let ids = tenant.ids().await;
    assert_eq!(ids.len(), 2);
    assert_names_both_ways(&applied.stdout, &ids);

    for (command, code) in [("plan", 4), ("apply", 4), ("drift", 11)] {
        let arguments = match command {
            "apply" => vec!["apply", "--yes"],
            command => vec![command],
        };
        let refused = tenant.run(&arguments);
        assert_eq!(refused.code, code, "{}{}", refused.stdout, refused.stderr);
        assert_names_both_ways(&refused.stdout, &ids);
        assert!(!refused.stdout.contains("left a journal"), "{command}");
    }
    let elsewhere = TempDir::new().unwrap();
    let out = elsewhere.path().join("exported");
    let exported = tenant.run(&["export", "--out", out.to_str().unwrap()]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    assert_names_both_ways(&format!("{}{}", exported.stdout, exported.stderr), &ids);

    let named = FILES.replace("displayName", &format!("id: {}\ndisplayName", ids[0]));
    std::fs::write(tenant.files.path().join("tenant.yaml"), named).unwrap();
    assert_eq!(tenant.run(&["plan"]).code, 0);
    std::fs::write(tenant.files.path().join("tenant.yaml"), FILES).unwrap();
    let allowed = format!("apiConnector/{}", ids[1]);
    let applied = tenant.run(&["apply", "--yes", "--allow-delete", &allowed]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(tenant.ids().await, [ids[0].clone()]);

    let left = format!("apiConnector/{}", ids[0]);
    let planned = tenant.run(&["plan", "--allow-delete", &left]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let warning = "warning: `--allow-delete` does not delete apiConnector/Check: ";
    assert!(planned.stdout.contains(warning), "{}", planned.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_journal_is_named_where_names_are_ambiguous() {
    let tenant = Tenant::start().await;
    tenant.create_elsewhere().await;
    tenant.create_elsewhere().await;
    let refused = tenant.run(&["plan"]);
    assert_eq!(refused.code, 4, "{}{}", refused.stdout, refused.stderr);
    let words: Vec<_> = refused.stdout.split_whitespace().collect();
    assert!(
        words.join(" ").contains(
            "no earlier run left a journal in .entraflow/journal: keep `.entraflow` between jobs"
        ),
        "{}",
        refused.stdout
    );
}
