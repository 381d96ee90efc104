//! Batched steps: the outcome of each step when one of them, or the whole batch, fails.

use std::fmt::Write;

use entraflow::assumptions::{Assumptions, InlineLinks};
use entraflow::desired;
use entraflow::emulator::Options;
use serde_json::{Value, json};

use crate::half_done::{Bench, End};

const TENANT: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
cloud: emulator
";

/// Three attributes, and a flow with three languages: independent objects, and items of one object.
fn files() -> String {
    let mut files = format!("{TENANT}type: b2c\n");
    for name in ["A", "B", "C"] {
        write!(
            files,
            "---\nkind: userFlowAttribute\ndisplayName: {name}\ndataType: string\n"
        )
        .unwrap();
    }
    files.push_str(
        "---\nkind: b2cUserFlow\nid: Shop\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 3\n\
         isLanguageCustomizationEnabled: true\nlanguages:\n",
    );
    for language in ["de", "fr", "it"] {
        writeln!(files, "  - {{ id: {language}, isEnabled: true }}").unwrap();
    }
    files
}

async fn bench(files: String, seed: Value) -> Bench {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, seed.to_string()).unwrap();
    let options = Options {
        seed: Some(file.path().into()),
        ..Options::default()
    };
    bench_with(files, options).await
}

async fn bench_with(files: String, options: Options) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.yaml");
    std::fs::write(&path, files).unwrap();
    let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
    Bench::of(desired, options).await
}

/// A flow with three attributes on its page.
fn page() -> String {
    let mut files = format!("{TENANT}type: b2c\n");
    files.push_str(
        "---\nkind: b2cUserFlow\nid: Shop\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 3\n\
         userAttributeAssignments:\n",
    );
    for attribute in ["city", "country", "jobTitle"] {
        writeln!(
            files,
            "  - {{ userAttribute: {attribute}, displayName: {attribute}, isOptional: true, \
             requiresVerification: false, userInputType: textBox }}"
        )
        .unwrap();
    }
    files
}

/// The requests of an apply with these faults, from its first write to its last.
async fn sent(files: String, faults: Value) -> Vec<String> {
    let bench = bench(files, json!({})).await;
    bench.script(faults).await;
    if let End::Stopped(why) = bench.run().await {
        panic!("{why}");
    }
    writes(&bench).await
}

/// The requests from the first write to the last.
async fn writes(bench: &Bench) -> Vec<String> {
    let log = bench.graph.get("/_emulator/requests").await.body;
    let lines = log.as_array().unwrap().iter().map(|request| {
        let word = |name: &str| request[name].as_str().unwrap();
        let indent = if request["inBatch"] == true { "  " } else { "" };
        let path = word("path");
        let path = path.trim_start_matches("/v1.0").trim_start_matches("/beta");
        let path = path.replace("/identity", "").replace("B2C_1_", "");
        let name = match word("method") {
            "POST" if path.starts_with("/userFlow") => &request["body"]["displayName"],
            _ => &Value::Null,
        };
        let name = name
            .as_str()
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        let status = &request["status"];
        format!("{indent}{} {path}{name} {status}", word("method"))
    });
    let lines: Vec<String> = lines.collect();
    // The requests before the first write are reads.
    let is_read = |line: &&String| line.contains("GET ") || line.contains("/oauth2/");
    let first = lines.iter().take_while(is_read).count();
    let batch = |line: &String| line.starts_with("POST /$batch");
    let reads = lines.iter().rev();
    let after = reads
        .take_while(|line| is_read(line) || batch(line))
        .count();
    let last = lines.len() - after - 1;
    lines[first..=last].to_vec()
}

fn assert_expected(lines: &[String], name: &str) {
    let path = format!("tests/it/expected/batched_steps/{name}.txt");
    crate::expected::assert_file(&path, &format!("{}\n", lines.join("\n")));
}

#[tokio::test(start_paused = true)]
async fn steps_of_one_flow_run_in_series_and_others_in_parallel() {
    assert_expected(&sent(files(), json!([])).await, "undisturbed");
}

#[tokio::test(start_paused = true)]
async fn throttled_step_of_a_batch_is_sent_again_alone() {
    let busy = json!({"status": {"status": 429, "headers": {"Retry-After": "5"}}});
    let faults =
        json!([{"method": "POST", "path": "userFlowAttributes", "skip": 1, "effect": busy}]);
    assert_expected(&sent(files(), faults).await, "throttled");
}

#[tokio::test(start_paused = true)]
async fn dependent_steps_are_sent_again_in_a_batch() {
    let busy = json!({"status": {"status": 503, "headers": {"Retry-After": "5"}}});
    let faults = json!([{"method": "PUT", "path": "languages/de", "effect": busy}]);
    assert_expected(&sent(files(), faults).await, "dependent");
}

#[tokio::test(start_paused = true)]
async fn contended_step_is_probed_before_it_is_sent_again() {
    let faults = json!([
        {"method": "POST", "path": "userFlowAttributes", "times": 3, "effect": "contended"},
        {"method": "PUT", "path": "languages/fr", "times": 2, "effect": "contended"},
    ]);
    assert_expected(&sent(files(), faults).await, "contended");
}

#[tokio::test(start_paused = true)]
async fn lost_batch_is_probed_step_by_step() {
    for (skip, batch) in ["attributes", "languages"].into_iter().enumerate() {
        for effect in ["closeBefore", "closeHalfway", "closeAfter"] {
            let faults = json!([{"path": "/$batch", "skip": skip, "effect": effect}]);
            assert_expected(&sent(files(), faults).await, &format!("{batch}_{effect}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn list_of_a_new_flow_is_read_and_reconciled_in_one_batch() {
    let busy = json!({"status": {"status": 503, "headers": {"Retry-After": "5"}}});
    let second = json!({"method": "POST", "path": "userAttributeAssignments", "skip": 1});
    let with = |effect: &Value| {
        let mut fault = second.clone();
        fault["effect"] = effect.clone();
        json!([fault])
    };
    assert_expected(&sent(page(), json!([])).await, "list");
    assert_expected(&sent(page(), with(&busy)).await, "list_dependent");
    assert_expected(
        &sent(page(), with(&json!("contended"))).await,
        "list_contended",
    );
    for effect in ["closeBefore", "closeHalfway", "closeAfter"] {
        let faults = json!([{"path": "/$batch", "effect": effect}]);
        assert_expected(&sent(page(), faults).await, &format!("list_{effect}"));
    }
}

#[tokio::test(start_paused = true)]
async fn endless_contention_fails_with_a_message() {
    let bench = bench(files(), json!({})).await;
    let faults =
        json!([{"method": "POST", "path": "b2cUserFlows", "times": 100, "effect": "contended"}]);
    bench.script(faults).await;
    let End::Stopped(why) = bench.run().await else {
        panic!("the flow was created");
    };
    assert_expected(&[why], "contended_for_ever");
}

/// The log shows that a create without links was refused for another reason, and the error is that of this request.
#[tokio::test(start_paused = true)]
async fn create_is_sent_once_without_the_links_that_graph_refuses() {
    let flow = |id: &str| {
        format!(
            "---\nkind: b2xUserFlow\nid: {id}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n\
             identityProviders: [EmailOtpSignup-OAUTH]\n"
        )
    };
    let files = format!(
        "{TENANT}type: workforce\n{}{}{}",
        flow("A"),
        flow("B"),
        flow("C")
    );
    let options = Options {
        assumptions: Assumptions::default().with(InlineLinks::Refused),
        ..Options::default()
    };
    let bench = bench_with(files, options).await;
    let message = json!({"error": {"code": "BadRequest", "message": "Too many user flows."}});
    let full = json!({"status": {"status": 400, "body": message}});
    bench
        .script(json!([{"method": "POST", "path": "b2xUserFlows", "skip": 3, "effect": full}]))
        .await;
    let End::Stopped(why) = bench.run().await else {
        panic!("flow A was created");
    };
    let why = why.lines().next().unwrap().to_owned();
    let lines = [vec![why], writes(&bench).await].concat();
    assert_expected(&lines, "links_refused");
}

#[tokio::test(start_paused = true)]
async fn rejected_step_skips_only_its_own_object() {
    let flow = |id: &str| {
        format!(
            "---\nkind: b2xUserFlow\nid: {id}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n\
             apiConnectorConfiguration: {{ postFederationSignup: Check, postAttributeCollection: Check }}\n"
        )
    };
    let check = "---\nkind: apiConnector\ndisplayName: Check\ntargetUrl: https://api.contoso.com\n\
                 authenticationConfiguration: { type: basic, username: u, password: { env: P } }\n";
    let live =
        |id: &str| json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let seed = json!({
        "apiConnectors": [{"id": "74d13179-2c02-4ae7-bff3-82842d4e2f1f", "displayName": "Check",
            "targetUrl": "https://api.contoso.com", "authenticationConfiguration":
            {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "*****"}}],
        "b2xUserFlows": [live("B2X_1_A"), live("B2X_1_B")],
    });
    let files = format!("{TENANT}type: workforce\n{check}{}{}", flow("A"), flow("B"));
    let bench = bench(files, seed).await;
    let refused = json!({"status": {"status": 400}});
    bench
        .script(json!([{"method": "PUT", "path": "B2X_1_A", "effect": refused}]))
        .await;
    assert!(matches!(bench.run().await, End::Stopped(_)));
    assert_expected(&writes(&bench).await, "refused");
}
