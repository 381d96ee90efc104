//! A tenant in which Graph no longer has the routes of a kind: its objects are unknown, and never taken for absent.

use std::fs;

use entraflow::assumptions::{Assumptions, SignInIdentifierRoutes};
use entraflow::emulator::{Options, TenantType};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program};

const TENANT: &str = "\
kind: tenant
name: woodgrove
tenantId: woodgrove.onmicrosoft.com
type: external
cloud: emulator
manage:
  signInIdentifier: { prune: true }
";

const IDENTIFIER: &str = "\
kind: signInIdentifier
name: CustomUsername1
isEnabled: true
";

struct Tenant {
    files: TempDir,
    graph: Graph,
}

impl Tenant {
    async fn new(documents: &[&str]) -> Self {
        let files = tempfile::tempdir().unwrap();
        fs::write(files.path().join("tenant.yaml"), TENANT).unwrap();
        for (index, document) in documents.iter().enumerate() {
            fs::write(files.path().join(format!("{index}.yaml")), document).unwrap();
        }
        let graph = Graph::with(Options {
            tenant: "woodgrove.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::External,
            assumptions: Assumptions::default().with(SignInIdentifierRoutes::Gone),
            ..Options::default()
        })
        .await;
        Self { files, graph }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program =
            Program::new(self.files.path()).with("ENTRAFLOW_EMULATOR", self.graph.emulator.url());
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }
}

const REFUSED: &str = "\
error: signInIdentifier/CustomUsername1 cannot be read, because Graph does not serve /identity/signInIdentifiers in this tenant
";

const UNKNOWN: &str = "\
warning: Graph does not serve signInIdentifier in this tenant: what exists of them is unknown";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_of_declared_objects_is_refused_live_and_from_a_snapshot() {
    for document in [
        IDENTIFIER,
        "kind: signInIdentifier\nname: CustomUsername1\nensure: absent\n",
    ] {
        let tenant = Tenant::new(&[document]).await;
        let saved = tenant.run(&["snapshot", "--out", "saved.json"]);
        assert_eq!(saved.code, 0, "{}", saved.stderr);
        for source in [
            &["plan"][..],
            &["plan", "--live", "saved.json"],
            &["drift"],
            &["apply", "--yes"],
        ] {
            let refused = tenant.run(source);
            let text = refused.stderr.replace("\n           ", " ");
            assert_eq!(refused.code, 3, "{source:?}: {text}");
            assert!(text.contains(REFUSED.trim_end()), "{source:?}: {text}");
            assert!(!refused.stdout.contains("create"), "{}", refused.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_that_no_file_declares_are_unknown() {
    let tenant = Tenant::new(&[]).await;
    let planned = tenant.run(&["plan"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let shown = format!("{}{}", planned.stdout, planned.stderr);
    assert!(shown.contains(UNKNOWN), "{shown}");
    assert!(
        planned.stdout.contains("No changes. "),
        "{}",
        planned.stdout
    );
    let exported = tenant.run(&["export", "--only", "signInIdentifier/*"]);
    assert!(exported.stderr.contains(UNKNOWN), "{}", exported.stderr);
}
