//! Speed and memory of entraflow: `cargo bench`, or `cargo bench --bench engine -- plan` for a part.
//!
//! Time, throughput and memory come from divan; the last table shows the cost per document by size.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed bench stops, and benches print their measurements"
)]

mod emulator;
mod growth;
mod plan;
mod render;
mod stages;
mod start_up;
mod tenant;

use divan::{AllocProfiler, Bencher, counter::ItemsCount};
use tenant::Files;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Numbers of documents.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn main() {
    divan::main();
    print!("{}", growth::table());
}

/// Files → desired state.
#[divan::bench(args = SIZES, sample_count = 5)]
fn load_and_check(bencher: Bencher<'_, '_>, documents: usize) {
    let files = Files::of(documents);
    bencher
        .counter(ItemsCount::new(documents))
        .bench_local(|| growth::timed("load and check", documents, || files.load()));
}
