//! Errors of commands, each with its exit code: the only place that maps one to the other.

mod engine;
mod secrets;

use std::error::Error;
use std::io;
use std::iter::successors;
use std::path::Path;

use crate::apply::report::{ApplyReport, Deviation, FailureKind, StepOutcome, Verification};
use crate::apply::{SecretError, failure};
use crate::desired::{Auth, Desired, Rejected, Tenant};
use crate::exit::Exit;
use crate::graph::{ErrorKind, GraphError};
use crate::kinds::TenantType;
use crate::model::SecretSource;
use crate::plan::saved_plan::{SavedPlanError, SavedTenant};
use crate::problem::{Problem, Span};
use crate::render::{RunError, RunReport, TenantSummary};
use crate::snapshot::{SnapshotError, SnapshotTenant};

/// Why a command failed.
#[derive(Debug)]
pub(super) struct CommandError {
    pub(super) exit: Exit,
    /// Problems in the files.
    pub(super) problems: Vec<Problem>,
    /// What happened; empty if the problems say everything.
    pub(super) message: String,
    /// Hints.
    pub(super) help: Vec<String>,
    /// The tenant, if only the error knows it.
    pub(super) tenant: Option<Box<TenantSummary>>,
}

impl CommandError {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            problems: Vec::new(),
            message: message.into(),
            help: Vec::new(),
            tenant: None,
        }
    }

    pub(super) fn with_help(
        exit: Exit,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            help: vec![help.into()],
            ..Self::new(exit, message)
        }
    }

    /// The same error with another hint.
    pub(super) fn helped(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The files have problems.
    pub(super) fn problems(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            ..Self::new(Exit::Problems, "")
        }
    }

    /// The files cannot be loaded.
    pub(super) fn files(rejected: Rejected) -> Self {
        let Rejected { problems, tenant } = rejected;
        Self {
            tenant: tenant.map(|tenant| Box::new(TenantSummary::of(&tenant))),
            ..Self::problems(problems)
        }
    }

    /// Adds the error to the report of the run.
    pub(super) fn report_to(&self, report: &mut RunReport) {
        let Self {
            exit: _,
            problems,
            message,
            help,
            tenant,
        } = self;
        report.problems.extend(problems.iter().cloned());
        if let Some(tenant) = tenant {
            report.tenant = Some(TenantSummary::clone(tenant));
        }
        report.error = (!message.is_empty()).then(|| RunError {
            message: message.clone(),
            help: help.clone(),
        });
    }

    /// An error that no input of the user explains.
    pub(super) fn unexpected(what: &str, error: impl Error) -> Self {
        Self::new(Exit::Unexpected, format!("{what}: {}", chain(&error)))
    }

    /// A file or directory cannot be written.
    pub(super) fn unwritable(path: &Path, error: io::Error) -> Self {
        Self::unexpected(&format!("{} cannot be written", path.display()), error)
    }

    /// A file that entraflow keeps cannot be used.
    pub(super) fn file(error: &dyn Error) -> Self {
        Self::new(Exit::Problems, chain(error))
    }

    /// The command line is wrong.
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::with_help(Exit::Usage, message, help)
    }

    /// A variable holds no text.
    pub(super) fn variable_not_utf8(name: &str) -> Self {
        Self::usage(
            format!("the variable {name} is not UTF-8"),
            "set it to text in UTF-8",
        )
    }

    /// The directory has a tenant document already.
    pub(super) fn tenant_exists(document: &Path) -> Self {
        Self::usage(
            format!("{} exists already; nothing was written", document.display()),
            "give another directory: `entraflow init DIR`",
        )
    }

    /// Options are missing, and there is no terminal to ask for them.
    pub(super) fn no_terminal(missing: &[&str]) -> Self {
        Self::usage(
            format!(
                "there is no terminal to ask for {}; nothing was written",
                missing.join(", ")
            ),
            "give them as options: entraflow init --type workforce --cloud emulator --tenant-id contoso.onmicrosoft.com --name contoso",
        )
        .helped("`entraflow init --help` lists their values")
    }

    /// A question got an empty answer.
    pub(super) fn empty_answer(field: &str) -> Self {
        Self::usage(
            format!("the answer for `{field}` is empty; nothing was written"),
            "run the command again, or give the answers as options: `entraflow init --help`",
        )
    }

    /// The user did not answer `yes`.
    pub(super) fn declined() -> Self {
        Self::with_help(
            Exit::Unexpected,
            "nothing was applied: there was no answer `yes`",
            "`--yes` applies without asking",
        )
    }

    /// A run was interrupted twice and ended at once.
    pub(super) fn interrupted() -> Self {
        Self::with_help(
            Exit::Partial,
            "interrupted: it is not known whether the running requests took effect",
            "run the same command again: entraflow re-reads the tenant and applies what remains",
        )
    }

    /// A run was interrupted while it waited for what an earlier run sent.
    pub(super) fn interrupted_before_creating() -> Self {
        Self::with_help(
            Exit::Partial,
            "interrupted: it is not known yet whether the creates of an earlier run took effect; nothing was sent",
            "run the same command again: entraflow waits and applies what remains",
        )
    }

    /// Another apply holds the lock of the tenant.
    pub(super) fn apply_is_running(holder: Option<String>) -> Self {
        let holder = holder.map(|holder| format!(": {holder}"));
        let holder = holder.unwrap_or_default();
        Self::with_help(
            Exit::Refused,
            format!("another apply to this tenant is running{holder}"),
            "wait until it has ended; nothing was sent",
        )
    }

    /// A secret of the credential could not be read.
    pub(super) fn unreadable_credential(
        auth: &Auth,
        source: &SecretSource,
        error: &SecretError,
    ) -> Self {
        let message = error.message();
        let problem =
            Problem::error(format!("the credential cannot be read: {message}")).help(error.help());
        let span = auth.secrets.iter().find(|(known, _)| known == source);
        Self::problems(vec![match span {
            Some((_, span)) => problem.at(span.clone()),
            None => problem,
        }])
    }

    /// Secrets that the plan sends are written in clear in the files, and must not get into the saved plan.
    pub(super) fn secrets_in_clear(clear: &[&SecretSource], desired: &Desired) -> Self {
        let places = desired.secrets.iter();
        let sent = places.filter(|(source, _)| clear.contains(&source));
        let problem = |(_, span): &(SecretSource, Span)| {
            Problem::error("the plan cannot be saved: it sends a secret that is written in clear")
                .at(span.clone())
                .help("move it to a variable and write `{ env: NAME }` here; a saved plan holds no secrets")
        };
        Self::problems(sent.map(problem).collect())
    }

    /// What to do in place of applying a saved plan.
    pub(super) fn replan(path: &Path) -> String {
        format!(
            "make a new plan, with the same paths, and review it: entraflow plan --out {}",
            path.display()
        )
    }

    /// A file cannot be used as a saved plan.
    pub(super) fn unusable_plan(path: &Path, error: &SavedPlanError) -> Self {
        let message = format!("the saved plan {} cannot be used", path.display());
        Self::with_help(
            Exit::Problems,
            format!("{message}: {}", chain(error)),
            Self::replan(path),
        )
    }

    /// A saved plan is about objects that this version does not know.
    pub(super) fn unusable_selection(path: &Path, message: &str) -> Self {
        let message = format!(
            "the saved plan {} cannot be used: {message}",
            path.display()
        );
        Self::with_help(Exit::Problems, message, Self::replan(path))
    }

    /// A saved plan is for another tenant than the tenant document names.
    pub(super) fn plan_of_other_tenant(path: &Path, then: &SavedTenant, now: &SavedTenant) -> Self {
        let words = |tenant: &SavedTenant| {
            let kind = tenant.r#type.as_str();
            format!("{} ({kind}, {})", tenant.tenant_id, tenant.cloud)
        };
        let message = format!(
            "the saved plan {} is for the tenant {}, but {} declares {}",
            path.display(),
            words(then),
            now.document.display(),
            words(now)
        );
        Self::with_help(Exit::Stale, message, Self::replan(path))
    }

    /// A file cannot be used as a snapshot.
    pub(super) fn unusable_snapshot(path: &Path, error: &SnapshotError) -> Self {
        let message = format!("the snapshot {} cannot be used", path.display());
        Self::with_help(
            Exit::Problems,
            format!("{message}: {}", chain(error)),
            retake(path),
        )
    }

    /// A snapshot is of another tenant than the tenant document names.
    pub(super) fn snapshot_of_other_tenant(
        path: &Path,
        then: &SnapshotTenant,
        now: &Tenant,
    ) -> Self {
        let words =
            |id: &str, kind: TenantType, cloud: &str| format!("{id} ({}, {cloud})", kind.as_str());
        let message = format!(
            "the snapshot {} is of the tenant {}, but {} declares {}",
            path.display(),
            words(&then.tenant_id, then.r#type, &then.cloud),
            now.span.source.name(),
            words(&now.tenant_id, now.tenant_type, now.cloud.as_str()),
        );
        Self::with_help(Exit::Stale, message, retake(path))
    }

    /// A saved plan was applied before.
    pub(super) fn already_applied(path: &Path, time: &str) -> Self {
        let message = format!(
            "the saved plan {} was applied already, on {time}",
            path.display()
        );
        Self::with_help(Exit::Stale, message, Self::replan(path))
    }

    /// A saved plan differs from the one that is made now.
    pub(super) fn stale_plan(path: &Path, version: &str) -> Self {
        let own = env!("CARGO_PKG_VERSION");
        let message = format!(
            "the saved plan {} is stale: the tenant has changed since; nothing was sent",
            path.display()
        );
        let error = Self::with_help(Exit::Stale, message, Self::replan(path));
        match version == own {
            true => error,
            false => error.helped(format!(
                "it was made by entraflow {version}; this is {own}, which may plan differently"
            )),
        }
    }

    /// The list of applied plans cannot be read.
    pub(super) fn unreadable_applied_plans(path: &Path, error: io::Error) -> Self {
        let what = format!("{} cannot be read", path.display());
        Self {
            help: vec![
                "it lists the saved plans that were applied: fix it, or delete it to start an empty list"
                    .to_owned(),
            ],
            ..Self::unexpected(&what, error)
        }
    }
}

impl From<GraphError> for CommandError {
    fn from(error: GraphError) -> Self {
        let help = error.hint().map(str::to_owned).into_iter().collect();
        let exit = match error.kind() {
            // A failing server, or a proxy that answers in place of Graph.
            ErrorKind::Server | ErrorKind::InvalidResponse => Exit::Unavailable,
            _ => exit_of(failure(error.clone()).kind, Exit::Unexpected),
        };
        Self {
            help,
            ..Self::new(exit, chain(&error))
        }
    }
}

/// The exit code of an apply that has ended.
pub(super) fn exit_of_report(report: &ApplyReport) -> Exit {
    let started = report.outcomes.contains(&StepOutcome::Done);
    let is_interrupted = report.outcomes.contains(&StepOutcome::NotStarted);
    match (report.first_failure(), &report.verified) {
        _ if report.exceeded_wait_limit() => Exit::Unavailable,
        _ if is_interrupted && !started => Exit::Unexpected,
        _ if is_interrupted => Exit::Partial,
        _ if report.is_stale() => Exit::Stale,
        (Some(failure), _) if !started => exit_of(failure.kind, Exit::Partial),
        (Some(_), _) => Exit::Partial,
        (None, Verification::Differs(deviations))
            if deviations.iter().all(Deviation::is_ambiguous) =>
        {
            Exit::Refused
        }
        (None, Verification::Failed(_) | Verification::Differs(_)) => Exit::Partial,
        (None, Verification::Matches | Verification::NotRun) => Exit::Success,
    }
}

fn exit_of(kind: FailureKind, otherwise: Exit) -> Exit {
    match kind {
        FailureKind::Refused => Exit::Denied,
        FailureKind::Busy | FailureKind::Unavailable => Exit::Unavailable,
        FailureKind::Stale => Exit::Stale,
        FailureKind::Other => otherwise,
    }
}

fn retake(path: &Path) -> String {
    format!(
        "take a new snapshot where the tenant can be reached: entraflow snapshot --out {}",
        path.display()
    )
}

/// An error and its causes on one line without repetitions; further lines of the error follow.
fn chain(error: &dyn Error) -> String {
    let text = error.to_string();
    let (line, more) = match text.split_once('\n') {
        Some((line, more)) => (line.to_owned(), format!("\n{more}")),
        None => (text, String::new()),
    };
    let causes = successors(error.source(), |&cause| cause.source()).map(|cause| cause.to_string());
    let mut line: Vec<_> = [line].into_iter().chain(causes).collect();
    line.dedup();
    line.join(": ") + &more
}
