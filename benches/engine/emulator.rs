//! Requests per second of the emulator, from one sequential client and from several.

use divan::{Bencher, counter::ItemsCount};
use entraflow::emulator::{self, Options};
use futures_util::future::join_all;
use serde_json::json;

/// The number of requests per measurement.
const REQUESTS: usize = 200;
const ATTRIBUTES: &str = "/v1.0/identity/userFlowAttributes";
const POLICY: &str = "/v1.0/policies/authenticationFlowsPolicy";

#[divan::bench(args = [1, 4], sample_count = 10)]
fn read_list(bencher: Bencher<'_, '_>, clients: usize) {
    requests(bencher, clients, |http, url| {
        http.get(format!("{url}{ATTRIBUTES}"))
    });
}

#[divan::bench(args = [1, 4], sample_count = 10)]
fn change_object(bencher: Bencher<'_, '_>, clients: usize) {
    requests(bencher, clients, |http, url| {
        let change = http.patch(format!("{url}{POLICY}"));
        change.json(&json!({ "selfServiceSignUp": { "isEnabled": true } }))
    });
}

#[divan::bench(args = [1, 4], sample_count = 10)]
fn batch_of_20(bencher: Bencher<'_, '_>, clients: usize) {
    let request = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/identity/userFlowAttributes" });
    let batch = json!({ "requests": (0..20).map(request).collect::<Vec<_>>() });
    requests(bencher, clients, |http, url| {
        http.post(format!("{url}/v1.0/$batch")).json(&batch)
    });
}

/// Starts an emulator and sends it requests; each client is sequential.
fn requests(
    bencher: Bencher<'_, '_>,
    clients: usize,
    request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulator = runtime
        .block_on(emulator::start(Options::default()))
        .unwrap();
    let (http, url) = (reqwest::Client::new(), emulator.url());
    let token = emulator.token(&[
        "IdentityUserFlow.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationFlows",
    ]);
    let send = async |request: reqwest::RequestBuilder| {
        let answer = request.bearer_auth(&token).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.bytes().await.unwrap()
    };
    let client = async || {
        for _ in 0..REQUESTS / clients {
            send(request(&http, url)).await;
        }
    };
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| {
        runtime.block_on(join_all((0..clients).map(|_| client())));
    });
    runtime.block_on(emulator.stop());
}
