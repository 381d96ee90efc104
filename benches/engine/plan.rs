//! Desired and live state → plan.

use divan::{Bencher, black_box, counter::ItemsCount};

use entraflow::model::Resources;

use crate::stages::{plan, state};
use crate::tenant::{self, Files};
use crate::{SIZES, growth};

#[divan::bench(args = SIZES, sample_count = 5)]
fn nothing_changed(bencher: Bencher<'_, '_>, documents: usize) {
    let stage = "plan, nothing changed";
    diff_and_plan(bencher, documents, stage, None, || {});
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn one_in_100_changed(bencher: Bencher<'_, '_>, documents: usize) {
    let stage = "plan, 1 % changed";
    diff_and_plan(bencher, documents, stage, Some(100), || {});
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn all_changed(bencher: Bencher<'_, '_>, documents: usize) {
    let stage = "plan, all changed";
    diff_and_plan(bencher, documents, stage, Some(1), || {});
}

/// A small tenant stays in the processor caches between passes, a large one does not.
mod uncached {
    use super::*;

    /// Larger than the caches of any processor.
    const CACHE_FLUSH_BYTES: usize = 512 << 20;

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn nothing_changed(bencher: Bencher<'_, '_>, documents: usize) {
        let stage = "uncached, nothing changed";
        diff_and_plan(bencher, documents, stage, None, emptying_caches());
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn all_changed(bencher: Bencher<'_, '_>, documents: usize) {
        let stage = "uncached, all changed";
        diff_and_plan(bencher, documents, stage, Some(1), emptying_caches());
    }

    fn emptying_caches() -> impl FnMut() {
        let mut buffer = vec![0_u8; CACHE_FLUSH_BYTES];
        move || {
            black_box(&mut buffer)
                .iter_mut()
                .for_each(|byte| *byte ^= 1)
        }
    }
}

/// Compares and plans a number of documents, with an action before each pass.
fn diff_and_plan(
    bencher: Bencher<'_, '_>,
    documents: usize,
    stage: &'static str,
    changed: Option<usize>,
    mut before: impl FnMut(),
) {
    let desired = Files::of(documents).load();
    let live = tenant::live(&desired.resources, changed);
    let bencher = bencher.counter(ItemsCount::new(documents));
    bencher
        .with_inputs(|| {
            let live = state(live.clone());
            before();
            live
        })
        .bench_local_values(|live| growth::timed(stage, documents, || plan(&desired, live)));
}

/// Everything between files and screen, without a network: 10,000 flows, each with items that amount to six documents, and
/// a tenant with all of them. The memory includes the live state.
#[divan::bench(sample_count = 5)]
fn ten_thousand_flows(bencher: Bencher<'_, '_>) {
    let files = Files::with(10_000, 100);
    bencher
        .counter(ItemsCount::new(10_000usize))
        .bench_local(|| {
            let desired = files.load();
            let live = state(tenant::live(&desired.resources, None));
            plan(&desired, live)
        });
}

/// The same files, and an empty tenant: a plan of four steps for each flow.
#[divan::bench(sample_count = 5)]
fn ten_thousand_new_flows(bencher: Bencher<'_, '_>) {
    let files = Files::with(10_000, 100);
    bencher
        .counter(ItemsCount::new(10_000usize))
        .bench_local(|| plan(&files.load(), state(Resources::new())));
}
