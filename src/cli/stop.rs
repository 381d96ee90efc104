//! Why a command stopped, and the exit code that says so: the only place that maps one to the other.

mod reading;

use std::error::Error;
use std::io;
use std::iter::successors;
use std::path::Path;

use crate::apply::report::{FailureKind, Outcome, Report, Verified};
use crate::apply::{MissingSecret, failure};
use crate::desired::{Auth, Desired, Rejected, Tenant};
use crate::exit::Exit;
use crate::graph::{ErrorKind, GraphError};
use crate::kinds::TenantType;
use crate::model::SecretSource;
use crate::plan::file::{SavedTenant, Unusable};
use crate::problem::{Place, Problem};
use crate::render::{Account, RunError, TenantSummary};
use crate::snapshot::{self, SnapshotTenant};

/// Why a command stopped.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) exit: Exit,
    /// Problems with a place in the files.
    pub(super) problems: Vec<Problem>,
    /// What happened; may be empty when the problems say it all.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Vec<String>,
    /// The tenant, where nothing but the stop knows it.
    pub(super) tenant: Option<Box<TenantSummary>>,
}

impl Stop {
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

    /// The same with a further way out.
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

    /// The files cannot be relied on.
    pub(super) fn files(rejected: Rejected) -> Self {
        let Rejected { problems, tenant } = rejected;
        Self {
            tenant: tenant.map(|tenant| Box::new(TenantSummary::of(&tenant))),
            ..Self::problems(problems)
        }
    }

    /// Takes down in an account that the run stopped, and why.
    pub(super) fn tell(&self, account: &mut Account) {
        let Self {
            exit: _,
            problems,
            message,
            help,
            tenant,
        } = self;
        account.problems.extend(problems.iter().cloned());
        if let Some(tenant) = tenant {
            account.tenant = Some(TenantSummary::clone(tenant));
        }
        account.error = (!message.is_empty()).then(|| RunError {
            message: message.clone(),
            help: help.clone(),
        });
    }

    /// Nothing that a user could have caused.
    pub(super) fn unexpected(what: &str, error: impl Error) -> Self {
        Self::new(Exit::Unexpected, format!("{what}: {}", chain(&error)))
    }

    /// A file or directory that was asked for cannot be written.
    pub(super) fn unwritable(path: &Path, error: io::Error) -> Self {
        Self::unexpected(&format!("{} cannot be written", path.display()), error)
    }

    /// A file that entraflow keeps is of no use.
    pub(super) fn file(error: &dyn Error) -> Self {
        Self::new(Exit::Problems, chain(error))
    }

    /// The command line asks for something that does not exist.
    pub(super) fn usage(message: String, help: String) -> Self {
        Self::with_help(Exit::Usage, message, help)
    }

    /// The directory is a tenant's already.
    pub(super) fn tenant_exists(document: &Path) -> Self {
        Self::usage(
            format!(
                "{} is there already; nothing was written",
                document.display()
            ),
            "give another directory: `entraflow init DIR`".to_owned(),
        )
    }

    /// Options are left out, and there is no terminal to ask at.
    pub(super) fn nobody_to_ask() -> Self {
        Self::usage(
            "without a terminal to ask at, init needs all options; nothing was written".to_owned(),
            "entraflow init --type workforce --cloud emulator --tenant-id contoso.onmicrosoft.com --name contoso"
                .to_owned(),
        )
    }

    /// A question was left without an answer.
    pub(super) fn unanswered(field: &str) -> Self {
        Self::usage(
            format!("`{field}` was left empty; nothing was written"),
            "run the command again; the options of `entraflow init --help` answer in advance"
                .to_owned(),
        )
    }

    /// The user did not say yes.
    pub(super) fn declined() -> Self {
        Self::with_help(
            Exit::Unexpected,
            "nothing was applied: the answer was not `yes`",
            "`--yes` applies without asking",
        )
    }

    /// Somebody ended an apply in the middle.
    pub(super) fn cut_off() -> Self {
        Self::with_help(
            Exit::Partial,
            "interrupted in the middle: nobody knows whether what was under way took effect",
            "run the same command again: it looks first, and does what is left",
        )
    }

    /// Another apply holds the tenant.
    pub(super) fn not_alone(holder: Option<String>) -> Self {
        let holder = holder.map(|holder| format!(": {holder}"));
        let holder = holder.unwrap_or_default();
        Self::with_help(
            Exit::Refused,
            format!("another apply to this tenant is running{holder}"),
            "wait until it has ended; nothing was sent",
        )
    }

    /// Secrets that the plan sends could not be read.
    pub(super) fn missing_secrets(missing: &[MissingSecret], desired: &Desired) -> Self {
        let problem = |missing: &MissingSecret| {
            let place = desired
                .secrets
                .iter()
                .find(|(source, _)| *source == missing.source);
            let problem = Problem::error(format!("a secret cannot be read: {}", missing.message))
                .help("put the secret there and run the command again; nothing was sent");
            match place {
                Some((_, place)) => problem.at(place.clone()),
                None => problem,
            }
        };
        Self::problems(missing.iter().map(problem).collect())
    }

    /// A secret that signs in could not be read.
    pub(super) fn unreadable_auth(auth: &Auth, source: &SecretSource, message: &str) -> Self {
        let problem = Problem::error(format!("what signs in cannot be read: {message}"))
            .help("put it there and run the command again; nothing was sent");
        let place = auth.secrets.iter().find(|(known, _)| known == source);
        Self::problems(vec![match place {
            Some((_, place)) => problem.at(place.clone()),
            None => problem,
        }])
    }

    /// Secrets that the plan sends stand in clear in the files, and must not stand in another one.
    pub(super) fn clear_secrets(clear: &[&SecretSource], desired: &Desired) -> Self {
        let places = desired.secrets.iter();
        let sent = places.filter(|(source, _)| clear.contains(&source));
        let problem = |(_, place): &(SecretSource, Place)| {
            Problem::error("the plan cannot be saved: it sends a secret that is written in clear")
                .at(place.clone())
                .help("put it into a variable and write `{ env: NAME }` here; a saved plan holds no secrets")
        };
        Self::problems(sent.map(problem).collect())
    }

    /// A file that should be a saved plan is none that can be applied.
    pub(super) fn unusable_plan(path: &Path, error: &Unusable) -> Self {
        let message = format!("the saved plan {} cannot be used", path.display());
        Self::with_help(
            Exit::Problems,
            format!("{message}: {}", chain(error)),
            again(path),
        )
    }

    /// A saved plan is for another tenant than the tenant document names.
    pub(super) fn other_tenant(path: &Path, then: &SavedTenant, now: &SavedTenant) -> Self {
        let words = |tenant: &SavedTenant| {
            let kind = tenant.r#type.word();
            format!("{} ({kind}, {})", tenant.tenant_id, tenant.cloud)
        };
        let message = format!(
            "the saved plan {} is for the tenant {}, and {} now says {}",
            path.display(),
            words(then),
            now.document.display(),
            words(now)
        );
        Self::with_help(Exit::Stale, message, again(path))
    }

    /// A file that should be a snapshot is none that can be read.
    pub(super) fn unusable_snapshot(path: &Path, error: &snapshot::Unusable) -> Self {
        let message = format!("the snapshot {} cannot be used", path.display());
        Self::with_help(
            Exit::Problems,
            format!("{message}: {}", chain(error)),
            retake(path),
        )
    }

    /// A snapshot is of another tenant than the files are about.
    pub(super) fn snapshot_of_another(path: &Path, then: &SnapshotTenant, now: &Tenant) -> Self {
        let words =
            |id: &str, kind: TenantType, cloud: &str| format!("{id} ({}, {cloud})", kind.word());
        let message = format!(
            "the snapshot {} is of the tenant {}, and {} says {}",
            path.display(),
            words(&then.tenant_id, then.r#type, &then.cloud),
            now.place.source.name(),
            words(&now.tenant_id, now.tenant_type, now.cloud.word()),
        );
        Self::with_help(Exit::Stale, message, retake(path))
    }

    /// A saved plan was applied before.
    pub(super) fn already_applied(path: &Path, time: &str) -> Self {
        let message = format!(
            "the saved plan {} was applied already, on {time}",
            path.display()
        );
        Self::with_help(Exit::Stale, message, again(path))
    }

    /// A saved plan would not be made again.
    pub(super) fn stale_plan(path: &Path, version: &str) -> Self {
        let own = env!("CARGO_PKG_VERSION");
        let message = format!(
            "the saved plan {} is stale: the tenant is not as it was, and nothing was sent",
            path.display()
        );
        let stop = Self::with_help(Exit::Stale, message, again(path));
        match version == own {
            true => stop,
            false => stop.helped(format!(
                "entraflow {version} made it and this is {own}, which may plan otherwise"
            )),
        }
    }

    /// It cannot be told which saved plans were applied.
    pub(super) fn applied_unknown(path: &Path, error: io::Error) -> Self {
        let what = format!("{} cannot be read", path.display());
        Self {
            help: vec![
                "it lists the saved plans that were applied: mend it, or delete it and none counts as applied"
                    .to_owned(),
            ],
            ..Self::unexpected(&what, error)
        }
    }
}

impl From<GraphError> for Stop {
    fn from(error: GraphError) -> Self {
        let help = error.hint().map(str::to_owned).into_iter().collect();
        let exit = match error.kind() {
            // Something that fails, or is not Graph, answers in its place.
            ErrorKind::Server | ErrorKind::BadAnswer => Exit::Unavailable,
            _ => exit_of(failure(error.clone()).kind, Exit::Unexpected),
        };
        Self {
            help,
            ..Self::new(exit, chain(&error))
        }
    }
}

/// The exit code of an apply that came to its end.
pub(super) fn exit_of_report(report: &Report) -> Exit {
    let started = report.outcomes.contains(&Outcome::Done);
    let is_interrupted = report.outcomes.contains(&Outcome::NotBegun);
    match (report.first_failure(), &report.verified) {
        _ if report.ran_out_of_patience() => Exit::Unavailable,
        _ if is_interrupted && !started => Exit::Unexpected,
        _ if is_interrupted => Exit::Partial,
        (Some(failure), _) if !started => exit_of(failure.kind, Exit::Partial),
        (Some(_), _) => Exit::Partial,
        (None, Verified::Unknown(_) | Verified::Differs(_)) => Exit::Partial,
        (None, Verified::Same | Verified::Not) => Exit::Success,
    }
}

fn exit_of(kind: FailureKind, otherwise: Exit) -> Exit {
    match kind {
        FailureKind::Refused => Exit::Denied,
        FailureKind::Busy | FailureKind::Unavailable => Exit::Unavailable,
        FailureKind::Other => otherwise,
    }
}

fn again(path: &Path) -> String {
    format!(
        "make a new plan, and read it: entraflow plan … --out {}",
        path.display()
    )
}

fn retake(path: &Path) -> String {
    format!(
        "take a new snapshot where there is access to the tenant: entraflow snapshot … --out {}",
        path.display()
    )
}

/// An error and its causes on one line, the same words once, and what else the error says on the next ones.
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
