//! The cost per document by size: if it is constant, the total cost is linear in the number of files.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time of each stage by number of documents, because other processes can only add time.
static TIMES: Mutex<BTreeMap<(&str, usize), Duration>> = Mutex::new(BTreeMap::new());

/// Runs a stage for a number of documents, and records its duration.
pub(crate) fn timed<T>(stage: &'static str, documents: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    let shortest = times.entry((stage, documents)).or_insert(took);
    *shortest = took.min(*shortest);
    result
}

/// The recorded times per document; empty if there are none.
pub(crate) fn table() -> String {
    let times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut table = String::new();
    if !times.is_empty() {
        table += "\nfastest                    documents       took   a document   growth\n";
    }
    let mut before = None;
    for ((stage, documents), took) in times.iter() {
        let each = took.as_secs_f64() * 1e6 / *documents as f64;
        let growth = match before {
            Some((same, smaller)) if same == stage => format!("× {:.2}", each / smaller),
            _ => String::new(),
        };
        before = Some((stage, each));
        let took = took.as_secs_f64() * 1e3;
        table += &format!("{stage:25} {documents:10} {took:7.1} ms {each:9.2} µs {growth:>8}\n");
    }
    table
}
