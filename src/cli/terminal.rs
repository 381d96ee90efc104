//! The standard streams: results to standard output, everything else to standard error.
//!
//! A closed pipe is not an error.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use terminal_size::{Height, Width, terminal_size_of};
use textwrap::core::display_width;

use super::colour::{ColourChoice, Destination};
use super::command_error::CommandError;
use super::log::Log;
use super::pager;
use crate::desired::Desired;
use crate::engine;
use crate::exit::Exit;
use crate::graph::{KnownSecrets, Trace};
use crate::model::{RedactedText, printable};
use crate::problem::{Problem, ProblemLevel, render, wrap_options};
use crate::render::Style;

/// Text is wrapped at this width even on wider terminals: longer lines are hard to read.
const WIDEST: usize = 100;

/// Text is not wrapped below this width.
const NARROWEST: usize = 40;

/// The standard streams of the process; or a buffer for the output of one of several tenants.
#[derive(Clone)]
pub(super) struct Terminal {
    out: Style,
    err: Style,
    buffer: Option<Vec<(Stream, Vec<u8>)>>,
    /// The progress line. It is hidden while text is written.
    progress: ProgressBar,
    /// Whether a log goes to standard error, which a progress line would disturb.
    is_logged: bool,
    trace: Option<Arc<Trace>>,
    /// The secrets that no stream, log or report shows.
    secrets: KnownSecrets,
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl Terminal {
    /// The standard streams, with colours where the choice and the environment allow them.
    pub(super) fn new(choice: ColourChoice) -> Self {
        // Files and pipes get whole lines, so that they can be searched.
        let style = |destination, size: Option<(Width, Height)>| Style {
            colour: choice.allows(destination, &|name| std::env::var_os(name)),
            width: match (destination, size) {
                (Destination::Terminal, Some((Width(columns), _))) => {
                    usize::from(columns).clamp(NARROWEST, WIDEST)
                }
                (Destination::Terminal, None) => WIDEST,
                (Destination::File | Destination::Pipe, _) => Style::PLAIN.width,
            },
        };
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            out: style(Destination::of(&out), terminal_size_of(&out)),
            err: style(Destination::of(&err), terminal_size_of(&err)),
            buffer: None,
            progress: ProgressBar::hidden(),
            is_logged: false,
            trace: None,
            secrets: KnownSecrets::default(),
        }
    }

    /// Applies the log options.
    pub(super) fn with(self, log: &Log) -> Result<Self, CommandError> {
        log.start(self.secrets.clone())?;
        Ok(Self {
            is_logged: log.is_on(),
            trace: log.trace(self.secrets.clone())?,
            ..self
        })
    }

    /// The trace of all requests and answers, if one is enabled.
    pub(super) fn trace(&self) -> Option<Arc<Trace>> {
        self.trace.clone()
    }

    /// The secrets of the run.
    pub(super) fn secrets(&self) -> KnownSecrets {
        self.secrets.clone()
    }

    /// Keeps the secrets of the files out of every output from now on; their relative paths start from `base`.
    pub(super) fn redact_secrets_of(&self, desired: &Desired, base: &Path) {
        let secrets = engine::readable_secrets(desired, base);
        self.secrets.add(secrets.iter().map(RedactedText::expose));
    }

    /// A new progress line; hidden unless standard error is a terminal.
    pub(super) fn progress(&mut self) -> ProgressBar {
        self.progress = match self.shows_progress() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        self.progress.clone()
    }

    /// A terminal for one of several tenants: it buffers its output, asks no questions, and forgets the secrets of the
    /// tenant at the end.
    pub(super) fn for_one_of_several(&self) -> Self {
        Self {
            buffer: Some(Vec::new()),
            progress: ProgressBar::hidden(),
            secrets: self.secrets.scope(),
            ..self.clone()
        }
    }

    /// A terminal that writes at once.
    pub(super) fn unbuffered(&self) -> Self {
        Self {
            buffer: None,
            ..self.clone()
        }
    }

    /// Writes the output of a buffer, in its order.
    pub(super) fn replay(&mut self, buffered: Self) -> Result<(), CommandError> {
        // Its secrets are known until its output is written.
        let Self {
            buffer,
            secrets: _known,
            ..
        } = buffered;
        let mut output = buffer.into_iter().flatten();
        output
            .try_for_each(|(stream, text)| self.write(stream, text))
            .map_err(|error| CommandError::unexpected("the result cannot be written", error))
    }

    fn write(&mut self, stream: Stream, text: Vec<u8>) -> io::Result<()> {
        if let Some(buffer) = &mut self.buffer {
            buffer.push((stream, text));
            return Ok(());
        }
        let text = String::from_utf8_lossy(&text);
        let text = self.secrets.redact_output(&text);
        self.progress.suspend(|| match stream {
            Stream::Out => ignore_closed_pipe(io::stdout().lock().write_all(text.as_bytes())),
            Stream::Err => {
                // There is no stream left to report a failure on.
                let _ = io::stderr().lock().write_all(text.as_bytes());
                Ok(())
            }
        })
    }

    fn write_error(&mut self, text: &str) {
        // Writes to standard error never fail.
        let _ = self.write(Stream::Err, format!("{text}\n").into_bytes());
    }

    /// The style of results.
    pub(super) fn style(&self) -> Style {
        self.out
    }

    /// Whether standard error can show a progress line.
    fn shows_progress(&self) -> bool {
        self.buffer.is_none() && !self.is_logged && io::stderr().is_terminal()
    }

    /// Writes a result as a whole.
    pub(super) fn result(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let mut text = Vec::new();
        write(&mut text)
            .and_then(|()| self.write(Stream::Out, text))
            .map_err(|error| CommandError::unexpected("the result cannot be written", error))
    }

    /// Writes a result that may be long: on a terminal through the pager.
    pub(super) fn long_result(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let mut text = Vec::new();
        write(&mut text)
            .map_err(|error| CommandError::unexpected("the result cannot be written", error))?;
        let is_terminal = self.buffer.is_none() && io::stdout().is_terminal();
        let shown = || String::from_utf8_lossy(&text);
        let is_shown = is_terminal && pager::show(&self.secrets.redact_output(&shown()));
        match is_shown {
            true => Ok(()),
            false => self.result(|out| out.write_all(&text)),
        }
    }

    /// Writes a message to standard error. Control characters in it are made visible.
    pub(super) fn message(&mut self, text: &str) {
        let lines = text.split('\n').flat_map(|line| self.err.fit(0, line));
        let lines: Vec<_> = lines.collect();
        self.write_error(&lines.join("\n"));
    }

    /// Writes a rendered explanation to standard error.
    pub(super) fn explain(
        &mut self,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let mut text = Vec::new();
        write(&mut text, self.err).map_err(|error| {
            CommandError::unexpected("the explanation cannot be written", error)
        })?;
        // `write_error` ends the line.
        let text = String::from_utf8_lossy(&text);
        self.write_error(text.strip_suffix('\n').unwrap_or(&text));
        Ok(())
    }

    /// Shows problems of the files, each with its excerpt.
    pub(super) fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let text = render(problem, self.err.colour, self.err.width.min(WIDEST));
            let (title, excerpt) = text.split_once('\n').unwrap_or((&text, ""));
            let title = wrapped(title, self.err.width);
            let lines = [title.as_str(), excerpt];
            let lines = lines.into_iter().filter(|line| !line.is_empty());
            self.write_error(&format!("{}\n", lines.collect::<Vec<_>>().join("\n")));
        }
    }

    /// Shows what a search for tenants left out. Errors among it fail.
    pub(super) fn left_out(&mut self, problems: Vec<Problem>) -> Result<(), CommandError> {
        let is_error = |problem: &Problem| problem.level == ProblemLevel::Error;
        if problems.iter().any(is_error) {
            return Err(CommandError::problems(problems));
        }
        self.problems(&problems);
        Ok(())
    }

    /// Asks a question that only `yes` answers.
    pub(super) fn confirm(&mut self, question: &str) -> Result<bool, CommandError> {
        Ok(self.ask(question)? == "yes")
    }

    /// Asks a question. The answer is empty at the end of standard input.
    pub(super) fn ask(&mut self, question: &str) -> Result<String, CommandError> {
        self.progress.suspend(|| ask(question))
    }

    /// Whether standard input is a terminal that can answer questions.
    pub(super) fn can_ask(&self) -> bool {
        self.buffer.is_none() && io::stdin().is_terminal()
    }

    /// Reports a trace file that could not be written completely.
    pub(super) fn close(&mut self) {
        if let Some(gap) = self.trace.as_ref().and_then(|trace| trace.write_error()) {
            self.message(&format!("warning: the trace file is incomplete: {gap}"));
        }
    }

    /// Prints why a command failed.
    pub(super) fn error(&mut self, error: &CommandError) -> Exit {
        self.problems(&error.problems);
        if !error.message.is_empty() {
            self.message(&format!("error: {}", error.message));
        }
        for help in &error.help {
            self.message(&format!("help: {help}"));
        }
        error.exit
    }

    /// Prints the output of clap: help and version are results, the rest are errors.
    pub(super) fn usage(&mut self, error: &clap::Error) -> Exit {
        let (stream, is_terminal) = match error.use_stderr() {
            true => (Stream::Err, io::stderr().is_terminal()),
            false => (Stream::Out, io::stdout().is_terminal()),
        };
        let text = error.render().to_string();
        let fits = |line: &str| display_width(line) <= self.err.width;
        let _ = match is_terminal && (!error.use_stderr() || text.lines().all(fits)) {
            true => error.print(),
            // It quotes arguments, and a log may be read by a CI system.
            false => {
                let lines = shown(&text);
                let lines = lines.split('\n').map(|line| wrapped(line, self.err.width));
                let text = lines.collect::<Vec<_>>().join("\n");
                self.write(stream, text.into_bytes())
            }
        };
        if error.use_stderr() {
            Exit::Usage
        } else {
            Exit::Success
        }
    }
}

fn ask(question: &str) -> Result<String, CommandError> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{} ", printable(question));
    let _ = err.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| CommandError::unexpected("the answer cannot be read", error))?;
    if !answer.ends_with('\n') {
        let _ = writeln!(err);
    }
    Ok(answer.trim().to_owned())
}

/// Writes a message to standard error. Control characters in it are made visible.
pub(super) fn message(text: &str) {
    // There is no stream left to report a failure on.
    let _ = writeln!(io::stderr().lock(), "{}", shown(text));
}

/// A line, wrapped between its words. Further lines are indented as the text after a label is.
fn wrapped(line: &str, width: usize) -> String {
    if display_width(line) <= width {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start().len();
    let align = " ".repeat(indent + 2);
    let options = wrap_options(width).subsequent_indent(&align);
    textwrap::wrap(line, options).join("\n")
}

fn shown(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

fn ignore_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_wrapped_between_words_and_only_if_it_is_too_long() {
        let line = "  tip: one two ";
        assert_eq!(wrapped(line, 40), line);
        assert_eq!(wrapped(line, 12), "  tip: one\n    two");
        let word = "https://a.example/a/long/address";
        assert_eq!(wrapped(word, 10), word);
    }
}
