//! Ctrl-C and the end that a CI system asks for, while a tenant is being changed.
//!
//! Once: what is under way is finished and the run reports. Twice: the run ends in the middle.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::rc::Rc;

use indicatif::ProgressBar;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stop::Stop;
use super::terminal::tell;

/// Whether somebody wants the run to end. From the first of them on signals end nothing by themselves.
pub(super) struct Interrupt {
    wanted: Rc<Cell<bool>>,
    signals: Signals,
}

impl Interrupt {
    pub(super) fn listen() -> Result<Self, Stop> {
        let signals = Signals::listen()
            .map_err(|error| Stop::unexpected("Ctrl-C cannot be waited for", error))?;
        Ok(Self {
            wanted: Rc::default(),
            signals,
        })
    }

    /// Whether to begin nothing more, for who works meanwhile.
    pub(super) fn wanted(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.wanted)
    }

    /// Lets work come to its end, unless somebody insists.
    pub(super) async fn watch<T>(
        &mut self,
        work: impl Future<Output = T>,
        progress: &ProgressBar,
    ) -> Result<T, Stop> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = self.signals.next() => match self.wanted.replace(true) {
                    true => return Err(Stop::cut_off()),
                    false => progress.suspend(|| {
                        tell("interrupted: what is under way is finished, nothing else is begun; once more ends at once");
                    }),
                },
            }
        }
    }
}

/// Ctrl-C and, where there is such a thing, the signal to terminate. None is lost between two looks.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
pub(super) struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
