//! The log of a run on standard error, and its trace file for support cases.

use std::env::VarError;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::command_error::CommandError;
use crate::exit::Exit;
use crate::graph::{KnownSecrets, Trace};
use crate::kinds::wire;
use crate::model::{printable, printable_json};

/// The variable with a log filter, which is more precise than -v.
const FILTER: &str = "ENTRAFLOW_LOG";

/// The variable with the path of the trace file, for pipelines.
const TRACE: &str = "ENTRAFLOW_TRACE_FILE";

/// The options of every command about logs.
#[derive(Args)]
pub(super) struct Log {
    /// Log to standard error: -v each request, -vv also the reason for each wait. ENTRAFLOW_LOG is a finer filter.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// The format of the log: text or json.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        value_name = "FORMAT"
    )]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    log_format: LogFormat,
    /// Append each request and its answer, without secrets, to a file for a support case (ENTRAFLOW_TRACE_FILE).
    #[arg(long, global = true, value_name = "FILE")]
    trace_file: Option<PathBuf>,
}

/// The format of a log.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Log {
    /// Whether a log goes to standard error, which a progress line would disturb.
    pub(super) fn is_on(&self) -> bool {
        let filter = std::env::var_os(FILTER);
        self.verbose > 0 || filter.is_some_and(|filter| !filter.is_empty())
    }

    /// Starts the log, without colour and without these secrets.
    pub(super) fn start(&self, secrets: KnownSecrets) -> Result<(), CommandError> {
        let level = match self.verbose {
            0 => "off",
            1 => "entraflow=info",
            _ => "entraflow=debug",
        };
        let filter = variable(FILTER)?.unwrap_or_else(|| level.to_owned());
        let filter = EnvFilter::try_new(filter).map_err(|error| {
            let help = format!(
                "{FILTER} is a filter such as entraflow=debug; without it, -v and -vv apply"
            );
            CommandError::usage(format!("{FILTER} is not a valid filter: {error}"), help)
        })?;
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(LogWriter {
                secrets,
                format: self.log_format,
            })
            .with_ansi(false);
        // A second run in one process keeps the first one's log; only tests do that.
        let _ = match self.log_format {
            LogFormat::Text => log.event_format(TextEvent).try_init(),
            LogFormat::Json => log.json().with_span_list(false).try_init(),
        };
        Ok(())
    }

    /// The trace file, if one is enabled.
    pub(super) fn trace(&self, secrets: KnownSecrets) -> Result<Option<Arc<Trace>>, CommandError> {
        let path = self.trace_file.clone();
        let path = match path {
            None => variable(TRACE)?.map(PathBuf::from),
            given => given,
        };
        let Some(path) = path else {
            return Ok(None);
        };
        let trace = Trace::open(&path, wire::secret_properties(), secrets);
        let trace = trace.map_err(|error| {
            let message = format!(
                "the trace file {} cannot be opened: {error}",
                path.display()
            );
            let help = format!("correct `--trace-file` or {TRACE}; nothing was sent");
            CommandError::with_help(Exit::Usage, message, help)
        })?;
        Ok(Some(Arc::new(trace)))
    }
}

/// Formats an event as one line: its level, the spans that it is in, the module that it comes from, and its fields.
struct TextEvent;

impl<S, N> FormatEvent<S, N> for TextEvent
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        write!(line, "{:>5} ", metadata.level())?;
        let spans = context.event_scope().into_iter();
        for span in spans.flat_map(|spans| spans.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>();
            let fields = fields.map_or("", |fields| fields.as_str());
            write!(line, "{}{{{fields}}}: ", span.name())?;
        }
        // With `::` it would look like a command to GitHub Actions.
        write!(line, "{}: ", metadata.target().replace("::", "."))?;
        context.format_fields(line.by_ref(), event)?;
        writeln!(line)
    }
}

/// Writes the events of a log to standard error. It gets each event as a whole.
#[derive(Clone)]
struct LogWriter {
    secrets: KnownSecrets,
    format: LogFormat,
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = self.secrets.redact(&text);
        let text = match self.format {
            LogFormat::Text => format!("{}\n", printable(text.trim_end_matches('\n'))),
            LogFormat::Json => printable_json(&text),
        };
        io::stderr().lock().write_all(text.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// The value of an environment variable; an empty one counts as unset.
fn variable(name: &str) -> Result<Option<String>, CommandError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(CommandError::variable_not_utf8(name)),
    }
}
