//! Parallel map over a slice, with as many threads as there are processors.
//! Does not know the work, and does not change its result.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Applies `work` to each item; the results have the order of the items. A thread gets at least `least` items,
/// because starting one costs more than a few items.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let chunk = items.len().div_ceil(threads).max(least);
    if items.len() <= chunk {
        return items.iter().map(work).collect();
    }
    let do_chunk = &|items: &[T]| items.iter().map(&work).collect::<Vec<_>>();
    thread::scope(|scope| {
        let threads = items
            .chunks(chunk)
            .map(|items| scope.spawn(move || do_chunk(items)));
        let threads: Vec<_> = threads.collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.flat_map(|results| results.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_keeps_the_order_of_the_items() {
        for count in [0, 1, 2, 7, 1_000] {
            let items: Vec<u32> = (0..count).collect();
            let doubled = each(&items, 1, |item| item * 2);
            assert_eq!(doubled, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "the seventh")]
    fn each_propagates_a_panic() {
        let items: Vec<u32> = (0..10).collect();
        each(&items, 1, |item| {
            assert!(*item != 7, "the seventh");
        });
    }
}
