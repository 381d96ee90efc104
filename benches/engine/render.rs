//! A plan → its output formats.

use divan::{Bencher, counter::ItemsCount};
use entraflow::render::{self, Format};

use crate::stages::{plan, report, state};
use crate::tenant::{self, Files};

/// The number of documents, all of them changed.
const DOCUMENTS: usize = 1_000;

#[divan::bench(
    args = [Format::Text, Format::Json, Format::Markdown, Format::Html, Format::Junit, Format::Sarif, Format::Github],
    sample_count = 10
)]
fn all_changed(bencher: Bencher<'_, '_>, format: Format) {
    let desired = Files::of(DOCUMENTS).load();
    let live = tenant::live(&desired.resources, Some(1));
    let plan = plan(&desired, state(live.clone()));
    let report = report(&desired, plan);
    bencher.counter(ItemsCount::new(DOCUMENTS)).bench_local(|| {
        let mut out = Vec::new();
        render::run_report(&mut out, &report, format).unwrap();
        out
    });
}
