//! The directory audit log of an emulated tenant: what requests have changed, and who sent them.
//! Never saved: it holds what has happened since the emulator was started, or was reset.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::emulator::state::object::Object;

/// How many entries are kept: enough for any test, and a copy of the state stays cheap.
const MAX_ENTRIES: usize = 1_000;

/// The newest entries.
#[derive(Clone, Default)]
pub(crate) struct AuditLog {
    /// The newest first.
    entries: VecDeque<Arc<Object>>,
    /// How many entries were recorded; ids derive from it.
    recorded: u64,
}

impl AuditLog {
    /// The number of the next entry.
    pub(crate) fn next_number(&self) -> u64 {
        self.recorded
    }

    /// Adds an entry, and drops the oldest one if there are too many.
    pub(crate) fn record(&mut self, entry: Object) {
        self.recorded += 1;
        self.entries.push_front(Arc::new(entry));
        self.entries.truncate(MAX_ENTRIES);
    }

    /// The entries, the newest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Object> {
        self.entries.iter().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::state::object::object;

    #[test]
    fn log_keeps_the_newest_entries() {
        let mut log = AuditLog::default();
        for number in 0..=MAX_ENTRIES {
            assert_eq!(log.next_number(), number as u64);
            log.record(object(json!({ "id": number })));
        }
        let ids: Vec<_> = log.entries().map(|entry| entry["id"].clone()).collect();
        assert_eq!(ids.len(), MAX_ENTRIES);
        assert_eq!(ids.first(), Some(&json!(MAX_ENTRIES)));
        assert_eq!(ids.last(), Some(&json!(1)));
    }
}
