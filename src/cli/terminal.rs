//! Where words go: results to standard output, everything else to standard error.
//!
//! A reader who has gone away (a closed pipe) is no error of ours.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue};
use indicatif::ProgressBar;
use terminal_size::{Height, Width, terminal_size_of};

use super::log::Log;
use super::pager;
use super::stop::Stop;
use crate::desired::problem::{Problem, render};
use crate::exit::Exit;
use crate::graph::Trace;
use crate::model::printable;
use crate::render::Style;

/// The longest line that is pleasant to read.
const WIDEST: usize = 100;

/// Words are not broken for less than this.
const NARROWEST: usize = 40;

/// The two streams of the process and the person in front of them; or a place to keep words until their turn comes.
#[derive(Clone)]
pub(super) struct Terminal {
    out: Style,
    err: Style,
    kept: Option<Vec<(Stream, Vec<u8>)>>,
    /// The line that tells how far the run is. It makes way for all words.
    progress: ProgressBar,
    /// Whether a log goes to standard error, in which no line comes and goes.
    is_logged: bool,
    trace: Option<Arc<Trace>>,
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl Terminal {
    /// Colours only on a terminal, and not where `NO_COLOR` is set.
    pub(super) fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        // Who reads a file or a pipe can break lines, and looks for whole ones.
        let style = |is_terminal: bool, size: Option<(Width, Height)>| match is_terminal {
            true => Style {
                colour: !plain,
                width: size.map_or(WIDEST, |(Width(columns), _)| {
                    usize::from(columns).clamp(NARROWEST, WIDEST)
                }),
            },
            false => Style::PLAIN,
        };
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            out: style(out.is_terminal(), terminal_size_of(&out)),
            err: style(err.is_terminal(), terminal_size_of(&err)),
            kept: None,
            progress: ProgressBar::hidden(),
            is_logged: false,
            trace: None,
        }
    }

    /// A terminal with what the options about logs ask for.
    pub(super) fn with(self, log: &Log) -> Result<Self, Stop> {
        log.start()?;
        Ok(Self {
            is_logged: log.is_on(),
            trace: log.trace()?,
            ..self
        })
    }

    /// Where each request goes, with its answer, if that is wanted.
    pub(super) fn trace(&self) -> Option<Arc<Trace>> {
        self.trace.clone()
    }

    /// A new line for how far the run is: on a terminal, else nowhere.
    pub(super) fn progress(&mut self) -> ProgressBar {
        self.progress = match self.is_watched() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        self.progress.clone()
    }

    /// A terminal that keeps what it is told, with nobody in front of it.
    pub(super) fn apart(&self) -> Self {
        Self {
            kept: Some(Vec::new()),
            progress: ProgressBar::hidden(),
            ..self.clone()
        }
    }

    /// Tells what another one has kept, in its order.
    pub(super) fn replay(&mut self, apart: Self) -> Result<(), Stop> {
        let mut words = apart.kept.into_iter().flatten();
        words
            .try_for_each(|(stream, text)| self.write(stream, text))
            .map_err(|error| Stop::unexpected("the result cannot be written", error))
    }

    fn write(&mut self, stream: Stream, text: Vec<u8>) -> io::Result<()> {
        if let Some(kept) = &mut self.kept {
            kept.push((stream, text));
            return Ok(());
        }
        self.progress.suspend(|| match stream {
            Stream::Out => unless_gone(io::stdout().lock().write_all(&text)),
            Stream::Err => {
                // Nobody is left to hear that nobody listens.
                let _ = io::stderr().lock().write_all(&text);
                Ok(())
            }
        })
    }

    fn tell_raw(&mut self, text: &str) {
        // Words for standard error never fail.
        let _ = self.write(Stream::Err, format!("{text}\n").into_bytes());
    }

    /// The style of results.
    pub(super) fn style(&self) -> Style {
        self.out
    }

    /// Whether somebody watches standard error.
    fn is_watched(&self) -> bool {
        self.kept.is_none() && !self.is_logged && io::stderr().is_terminal()
    }

    /// Writes a result, whole.
    pub(super) fn result(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let mut text = Vec::new();
        write(&mut text)
            .and_then(|()| self.write(Stream::Out, text))
            .map_err(|error| Stop::unexpected("the result cannot be written", error))
    }

    /// Writes a result that may be long: on a terminal it is read a screen at a time.
    pub(super) fn long_result(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let mut text = Vec::new();
        write(&mut text)
            .map_err(|error| Stop::unexpected("the result cannot be written", error))?;
        let is_terminal = self.kept.is_none() && io::stdout().is_terminal();
        let is_read = is_terminal && pager::show(&String::from_utf8_lossy(&text));
        match is_read {
            true => Ok(()),
            false => self.result(|out| out.write_all(&text)),
        }
    }

    /// Tells something beside the result. What steers a terminal in it is shown.
    pub(super) fn tell(&mut self, text: &str) {
        let lines = text.split('\n').flat_map(|line| self.err.fit(0, line));
        let lines: Vec<_> = lines.collect();
        self.tell_raw(&lines.join("\n"));
    }

    /// Tells something beside the result that is printed as results are.
    pub(super) fn explain(
        &mut self,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let mut text = Vec::new();
        write(&mut text, self.err)
            .map_err(|error| Stop::unexpected("the reason cannot be told", error))?;
        // `tell_raw` ends the line.
        let text = String::from_utf8_lossy(&text);
        self.tell_raw(text.strip_suffix('\n').unwrap_or(&text));
        Ok(())
    }

    /// Shows problems of the files, each with its excerpt.
    pub(super) fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let text = render(problem, self.err.colour, self.err.width.min(WIDEST));
            self.tell_raw(&format!("{text}\n"));
        }
    }

    /// Asks a question that only `yes` answers.
    pub(super) fn confirm(&mut self, question: &str) -> Result<bool, Stop> {
        Ok(self.ask(question)? == "yes")
    }

    /// Asks a question. Nothing is said where standard input is at its end.
    pub(super) fn ask(&mut self, question: &str) -> Result<String, Stop> {
        self.progress.suspend(|| ask(question))
    }

    /// Whether somebody can answer questions.
    pub(super) fn can_ask(&self) -> bool {
        self.kept.is_none() && io::stdin().is_terminal()
    }

    /// Tells what a run that has ended could not leave behind.
    pub(super) fn close(&mut self) {
        if let Some(gap) = self.trace.as_ref().and_then(|trace| trace.write_error()) {
            self.tell(&format!("warning: the trace file has gaps: {gap}"));
        }
    }

    /// Tells why a run stopped.
    pub(super) fn stop(&mut self, stop: &Stop) -> Exit {
        self.problems(&stop.problems);
        if !stop.message.is_empty() {
            self.tell(&format!("error: {}", stop.message));
        }
        for help in &stop.help {
            self.tell(&format!("help: {help}"));
        }
        stop.exit
    }

    /// Shows what clap has to say: help and version are results, the rest are errors.
    pub(super) fn usage(&mut self, mut error: clap::Error) -> Exit {
        correct_tip(&mut error);
        let _ = error.print();
        if error.use_stderr() {
            Exit::Usage
        } else {
            Exit::Success
        }
    }
}

fn ask(question: &str) -> Result<String, Stop> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{} ", printable(question));
    let _ = err.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Stop::unexpected("the answer cannot be read", error))?;
    if !answer.ends_with('\n') {
        let _ = writeln!(err);
    }
    Ok(answer.trim().to_owned())
}

/// Tells something on standard error. What steers a terminal in it is shown.
pub(super) fn tell(text: &str) {
    // Nobody is left to hear that nobody listens.
    let _ = writeln!(io::stderr().lock(), "{}", shown(text));
}

fn shown(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// Clap takes an unknown flag for a PATH in need of `--`; who asks for a dry run wants to know about `plan`.
fn correct_tip(error: &mut clap::Error) {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let is_dry_run = flag.starts_with("--dry");
    error.remove(ContextKind::Suggested);
    if is_dry_run {
        let tip = "`entraflow plan` shows what `apply` would do, and writes nothing";
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
}

fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
