use proptest::prelude::*;

use super::*;
use crate::model::{Encoding, Fields, Method, Secret, SecretSource, Value, Version};
use crate::plan::PathTemplate;

fn request(body: RequestBody) -> Request {
    let path = PathTemplate(Vec::new());
    Request {
        body,
        ..Request::without_body(Method::Put, Version::V1, path)
    }
}

fn plain() -> Request {
    request(RequestBody::None)
}

fn page(text: &str) -> Request {
    request(RequestBody::Document(text.to_owned()))
}

fn with_secret() -> Request {
    let source = SecretSource::Env {
        env: "PASSWORD".to_owned(),
        encoding: Encoding::Text,
        allow_unusual: false,
    };
    let secret = Value::Secret(Secret::From(source));
    request(RequestBody::Json(Fields::from_iter([(
        "secret".into(),
        secret,
    )])))
}

fn chains(chains: Vec<Vec<Request>>) -> Chains<Request> {
    Chains::new(chains, |request| request)
}

/// The batches in short: `3=` is three requests in parallel, `3>` three in sequence.
fn packed(mut chains: Chains<Request>) -> String {
    let batches = std::iter::repeat_with(|| chains.take(LARGEST_BATCH));
    let batches = batches.take_while(|batch| !batch.is_empty());
    let short = |batch: Vec<Taken<Request>>| match mode_of(&batch) {
        BatchMode::Parallel => format!("{}=", batch.len()),
        BatchMode::Serial => format!("{}>", batch.len()),
    };
    batches.map(short).collect::<Vec<_>>().join(" ")
}

#[test]
fn many_chains_are_sent_in_parallel() {
    assert_eq!(packed(chains(vec![vec![plain(); 1]; 45])), "20= 20= 5=");
    assert_eq!(
        packed(chains(vec![vec![plain(); 3]; 40])),
        "20= 20= 20= 20= 20= 20="
    );
}

#[test]
fn few_chains_fill_batches_in_sequence() {
    assert_eq!(packed(chains(vec![vec![plain(); 11]])), "11>");
    assert_eq!(packed(chains(vec![vec![plain(); 7]; 3])), "20> 1=");
    assert_eq!(packed(chains(vec![vec![plain(); 2]; 25])), "20= 20= 10>");
}

#[test]
fn secrets_and_bodies_that_are_no_objects_travel_alone() {
    for alone in [with_secret(), page("no JSON"), page("[]")] {
        let all = vec![
            vec![plain(), alone.clone(), plain()],
            vec![plain(), plain()],
        ];
        assert_eq!(packed(chains(all)), "3> 1= 1=");
    }
    assert_eq!(packed(chains(vec![vec![page("{}"), page("{}")]])), "2>");
}

#[test]
fn batch_is_limited_to_1_mib() {
    let text = format!("{{\"text\": \"{}\"}}", "x".repeat(400_000));
    assert_eq!(packed(chains(vec![vec![page(&text)]; 5])), "2= 2= 1=");
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(2_000_000));
    assert_eq!(packed(chains(vec![vec![page(&large), plain()]])), "1= 1=");
}

#[test]
fn requests_that_were_not_executed_are_taken_again_in_their_order() {
    let mut numbered = Chains::new(vec![vec![1, 2, 3], vec![4, 5]], |_| request_of_any());
    let numbers = |batch: &[Taken<i32>]| batch.iter().map(|taken| taken.item).collect::<Vec<_>>();
    let mut batch = numbered.take(20);
    assert_eq!(numbers(&batch), [1, 2, 3, 4, 5]);
    numbered.put_back(batch.split_off(1));
    assert_eq!(numbered.cancel(0), [2, 3]);
    assert_eq!(numbered.retain(|number| *number != 5), [5]);
    assert_eq!(numbers(&numbered.take(20)), [4]);
    assert!(numbered.take(20).is_empty());
}

fn request_of_any() -> &'static Request {
    static PLAIN: std::sync::LazyLock<Request> = std::sync::LazyLock::new(plain);
    &PLAIN
}

proptest! {
    #[test]
    fn batches_are_as_few_as_possible_and_keep_the_order_of_chains(
        lengths in prop::collection::vec(0..9_usize, 0..80),
        limit in 1..30_usize,
    ) {
        let numbered = lengths.iter().map(|length| (0..*length).collect::<Vec<_>>());
        let mut chains = Chains::new(numbered.collect(), |_| request_of_any());
        let mut seen = vec![0; lengths.len()];
        let mut batches = 0;
        loop {
            let batch = chains.take(limit);
            if batch.is_empty() {
                break;
            }
            batches += 1;
            for Taken { chain, item, .. } in &batch {
                prop_assert_eq!(seen[*chain], *item);
                seen[*chain] += 1;
            }
        }
        prop_assert_eq!(&seen, &lengths);
        let total: usize = lengths.iter().sum();
        prop_assert_eq!(batches, total.div_ceil(limit.min(LARGEST_BATCH)));
    }
}

#[test]
fn documents_of_exactly_the_limit_fit_into_a_batch() {
    let document = |bytes: usize| page(&format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8)));
    let half = MAX_BATCH_BYTES / 2;
    let exact = vec![vec![document(half)], vec![document(half)]];
    assert_eq!(packed(chains(exact)), "2=");
    let larger = vec![vec![document(half)], vec![document(half + 1)]];
    assert_eq!(packed(chains(larger)), "1= 1=");
}
