//! Work on many things at once, shared by as many threads as there are processors.
//! Knows nothing of what the work is, and changes nothing about its result.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Does the same with each item. The results come in the order of the items. A thread gets at least `least` items, so
/// that it is worth its start.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(least);
    if items.len() <= share {
        return items.iter().map(work).collect();
    }
    let do_share = &|items: &[T]| items.iter().map(&work).collect::<Vec<_>>();
    thread::scope(|scope| {
        let shares = items
            .chunks(share)
            .map(|items| scope.spawn(move || do_share(items)));
        let shares: Vec<_> = shares.collect();
        let done = shares.into_iter().map(|share| share.join());
        done.flat_map(|share| share.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_however_many_there_are() {
        for count in [0, 1, 2, 7, 1_000] {
            let items: Vec<u32> = (0..count).collect();
            let doubled = each(&items, 1, |item| item * 2);
            assert_eq!(doubled, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "the seventh")]
    fn what_goes_wrong_in_a_thread_goes_wrong_here() {
        let items: Vec<u32> = (0..10).collect();
        each(&items, 1, |item| {
            assert!(*item != 7, "the seventh");
        });
    }
}
