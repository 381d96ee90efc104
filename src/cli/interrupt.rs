//! Ctrl-C while a tenant is changed.
//!
//! The first one lets the running requests finish and starts no more steps; the second one ends the run at once.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use indicatif::ProgressBar;

use super::command_error::CommandError;
use super::signals::Signals;
use super::terminal::message;

/// Listens for the signals that ask the run to end.
pub(super) struct Interrupt {
    is_stopping: Rc<Cell<bool>>,
    signals: Signals,
}

impl Interrupt {
    pub(super) fn listen() -> Result<Self, CommandError> {
        let signals = Signals::listen()
            .map_err(|error| CommandError::unexpected("cannot listen for Ctrl-C", error))?;
        Ok(Self {
            is_stopping: Rc::default(),
            signals,
        })
    }

    /// Becomes true with the first signal: no further step is to be started.
    pub(super) fn is_stopping(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.is_stopping)
    }

    /// Runs work to its end, unless a second signal arrives.
    pub(super) async fn watch<T>(
        &mut self,
        work: impl Future<Output = T>,
        progress: &ProgressBar,
    ) -> Result<T, CommandError> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = self.signals.next() => match self.is_stopping.replace(true) {
                    true => return Err(CommandError::interrupted()),
                    false => progress.suspend(|| {
                        message("interrupted: finishing the running requests and starting no more; press Ctrl-C again to end at once");
                    }),
                },
            }
        }
    }
}
