//! What one document costs, from size to size: where it stays the same, cost grows with the files and not with their
//! square.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time that each stage took with so many documents: what other programs do can only add to it.
static TIMES: Mutex<BTreeMap<(&str, usize), Duration>> = Mutex::new(BTreeMap::new());

/// Does something with so many documents, and takes down how long it took.
pub(crate) fn timed<T>(stage: &'static str, documents: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    let shortest = times.entry((stage, documents)).or_insert(took);
    *shortest = took.min(*shortest);
    result
}

/// What was timed, by document; empty where nothing was.
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
