//! The emulator's clock: the machine's until a test sets it, and then it stands still.
//! Dates in answers, the life of tokens and the validity of certificates go by it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A clock that can be set.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Option<Timestamp>>);

impl Clock {
    /// What the clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.set_to().unwrap_or_else(Timestamp::now)
    }

    /// What the clock was set to, if it was.
    pub(crate) fn set_to(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock; `None` goes back to the machine's.
    pub(crate) fn set(&self, to: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// The value of a `Date` header.
    pub(crate) fn header(&self) -> String {
        self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
}
