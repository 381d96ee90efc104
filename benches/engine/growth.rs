//! What one document costs, from size to size: where it stays the same, cost grows with the files and not with their
//! square.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long each stage took with so many documents, time by time.
static TIMES: Mutex<BTreeMap<(&str, usize), Vec<Duration>>> = Mutex::new(BTreeMap::new());

/// Does something with so many documents, and takes down how long it took.
pub(crate) fn timed<T>(stage: &'static str, documents: usize, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    times.entry((stage, documents)).or_default().push(took);
    result
}

/// The medians of everything that was timed, by document.
pub(crate) fn table() -> String {
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut table = String::from(
        "\nstage                     documents   median of      took   a document   growth\n",
    );
    let mut before = None;
    for ((stage, documents), times) in times.iter_mut() {
        times.sort();
        let median = times[times.len() / 2];
        let each = median.as_secs_f64() * 1e6 / *documents as f64;
        let growth = match before {
            Some((same, smaller)) if same == stage => format!("× {:.2}", each / smaller),
            _ => String::new(),
        };
        before = Some((stage, each));
        let (count, took) = (times.len(), median.as_secs_f64() * 1e3);
        table += &format!(
            "{stage:24} {documents:10} {count:11} {took:6.1} ms {each:9.2} µs {growth:>8}\n"
        );
    }
    table
}
