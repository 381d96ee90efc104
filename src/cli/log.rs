//! What a run leaves of itself beside its result: the log for who watches, the trace for a support case.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use super::stop::Stop;
use crate::exit::Exit;
use crate::graph::Trace;
use crate::kinds::wire;

/// The variable that says more exactly than -v what is logged.
const FILTER: &str = "ENTRAFLOW_LOG";

/// The variable with the file of the trace, for pipelines.
const TRACE: &str = "ENTRAFLOW_TRACE_FILE";

/// The options of every command about logs.
#[derive(Args)]
pub(super) struct Log {
    /// Say more on standard error: -v each request, -vv also what it waited for.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// The form of what -v says: text or json.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        value_name = "FORM"
    )]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    log_format: LogFormat,
    /// Add each request and its answer to a file, without secrets, for a support case.
    #[arg(long, global = true, value_name = "FILE")]
    trace_file: Option<PathBuf>,
}

/// The form of a log.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Log {
    /// Whether something is logged: it goes to standard error, where nothing else may come and go then.
    pub(super) fn is_on(&self) -> bool {
        self.verbose > 0 || variable(FILTER).is_some()
    }

    /// Begins to log, without colour.
    pub(super) fn start(&self) -> Result<(), Stop> {
        let level = match self.verbose {
            0 => "off",
            1 => "entraflow=info",
            _ => "entraflow=debug",
        };
        let filter = variable(FILTER).unwrap_or_else(|| level.to_owned());
        let filter = EnvFilter::try_new(filter).map_err(|error| {
            let help = format!("{FILTER} is such as entraflow=debug; without it, -v and -vv count");
            Stop::usage(format!("{FILTER} cannot be read: {error}"), help)
        })?;
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(false);
        // A second run in one process keeps the first one's log; only tests do that.
        let _ = match self.log_format {
            LogFormat::Text => log.without_time().try_init(),
            LogFormat::Json => log.json().with_span_list(false).try_init(),
        };
        Ok(())
    }

    /// The trace that is wanted.
    pub(super) fn trace(&self) -> Result<Option<Arc<Trace>>, Stop> {
        let path = self.trace_file.clone();
        let Some(path) = path.or_else(|| variable(TRACE).map(PathBuf::from)) else {
            return Ok(None);
        };
        let trace = Trace::open(&path, wire::secret_properties());
        let trace = trace.map_err(|error| {
            let message = format!(
                "the trace file {} cannot be opened: {error}",
                path.display()
            );
            let help = format!("correct `--trace-file` or {TRACE}; nothing was sent");
            Stop::with_help(Exit::Usage, message, help)
        })?;
        Ok(Some(Arc::new(trace)))
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
