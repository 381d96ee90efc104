//! The emulator's clock, for dates in responses, the lifetime of tokens and the validity of certificates.
//! Never advances once a test has set it; until then it is the machine's.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A clock that can be set.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Option<Timestamp>>);

impl Clock {
    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.set_to().unwrap_or_else(Timestamp::now)
    }

    /// The time to which the clock was set, if it was.
    pub(crate) fn set_to(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock; `None` restores the machine's.
    pub(crate) fn set(&self, to: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// The value of a `Date` header.
    pub(crate) fn header(&self) -> String {
        self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
}
