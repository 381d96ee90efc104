//! `entraflow show`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use jiff::Timestamp;

use crate::cli::command_error::CommandError;
use crate::cli::output::Output;
use crate::cli::terminal::Terminal;
use crate::cli::{file, help, load, saved_plan};
use crate::desired::Tenant;
use crate::engine::{self, ObjectFilter};
use crate::exit::Exit;
use crate::graph::Reader;
use crate::journal::RunHistory;
use crate::kinds::{CloudName, TenantType};
use crate::live::{self, OwnershipRules, ReadFilter};
use crate::model::{Resources, SavedFile};
use crate::problem::{SourceFile, Span};
use crate::render::{
    self, Detail, Format, ListReport, ListedObject, PlanWithCost, ReadStats, RequestEstimate,
    RunReport, SavedReport,
};
use crate::snapshot::Snapshot;

/// Show a saved plan, a snapshot, a journal or a JSON report: no network, no credentials.
///
/// A saved plan has every format of `plan`, a snapshot the formats text and json of `list`. A journal, in
/// .entraflow/journal, has the steps of an apply with Graph's request ids.
#[derive(Args)]
#[command(after_help = help::example("entraflow show plan.json"))]
pub(in crate::cli) struct ShowCommand {
    /// The file.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    path: PathBuf,
    /// Show also each request of a saved plan.
    #[arg(long)]
    requests: bool,
    #[command(flatten)]
    output: Output,
}

impl ShowCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        match load::saved_file(&self.path) {
            Some(SavedFile::Plan) => self.plan(terminal),
            Some(SavedFile::Snapshot) => self.snapshot(terminal).await,
            Some(SavedFile::Report) => self.report(terminal),
            Some(SavedFile::EmulatorState) => Err(self.refused(
                "is the state of an emulated tenant",
                format!(
                    "`entraflow emulator --data {}` serves it",
                    self.path.display()
                ),
            )),
            Some(SavedFile::Request) | None => {
                self.check_is_file()?;
                self.journal(terminal)
            }
        }
    }

    fn plan(&self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let (saved, _) = saved_plan::open(&self.path)?;
        let document = SourceFile::new(saved.tenant.document.to_string_lossy(), String::new());
        let then = &saved.tenant;
        let tenant = Tenant {
            span: Span::new(&document, 0..0),
            name: then.name.clone(),
            ..self::tenant(&then.tenant_id, then.r#type, &then.cloud)
        };
        let plan = saved.to_plan(engine::target(&tenant, &*saved.remarks.endpoint));
        let desired = saved_plan::desired(&saved.input, tenant);
        let verify = engine::verification_cost(&plan, &desired);
        let mut report = RunReport::new("plan", std::slice::from_ref(&self.path));
        report.record_desired(&desired);
        let cost = RequestEstimate {
            reading: ReadStats::SavedPlan {
                made: saved.created.parse().ok(),
            },
            verify: verify.requests,
            verify_round_trips: verify.round_trips,
        };
        let detail = match self.requests {
            true => Detail::Requests,
            false => Detail::Steps,
        };
        let PlanWithCost { plan, cost } = report.planned.insert(PlanWithCost { plan, cost });
        self.output.print_paged(terminal, true, |out, style| {
            render::plan(out, plan, *cost, detail, style)
        })?;
        self.output.finish(report, Ok(Exit::Success), terminal)
    }

    async fn snapshot(&self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let format = self
            .output
            .check("a snapshot", &[Format::Text, Format::Json])?;
        let snapshot = Snapshot::read(&self.text()?);
        let snapshot =
            snapshot.map_err(|error| CommandError::unusable_snapshot(&self.path, &error))?;
        let Snapshot {
            taken,
            tenant: then,
            answers,
        } = snapshot;
        let tenant = tenant(&then.tenant_id, then.r#type, &then.cloud);
        let filter = ReadFilter {
            includes_kind: &|kind| kind.constraints.deprecated.is_none(),
            includes_object: &|_| true,
            pins: &BTreeMap::new(),
            environment: tenant.environment(),
        };
        let reader = Reader::from_snapshot(answers);
        let (rules, declared) = (OwnershipRules::default(), Resources::new());
        let found = live::inventory(&reader, &filter, &rules, &declared).await;
        let found = found.map_err(CommandError::reading_all)?;
        let objects = found.objects.into_iter().map(|object| ListedObject {
            name: object.name,
            id: object.id,
            ownership: None,
            span: None,
        });
        let unread = found.errors.keys();
        let report = ListReport {
            target: &engine::target(&tenant, then.cloud_description),
            objects: objects.collect(),
            unread: unread
                .map(|kind| (*kind, "the snapshot does not have it".to_owned()))
                .collect(),
            notes: Vec::new(),
            reading: ReadStats::Snapshot {
                taken,
                now: Timestamp::now(),
            },
        };
        let style = terminal.style();
        terminal.result(|out| render::list(out, &report, format, style))?;
        Ok(Exit::Success)
    }

    fn report(&self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        self.output.check("a report", &[Format::Text])?;
        let report = serde_json::from_str(&self.text()?).ok();
        let report = report.filter(SavedReport::is_of_run);
        let report = report.ok_or_else(|| {
            let message = format!("{} is not the report of a run", self.path.display());
            let help =
                "a report of plan, apply, drift, check-sign-in or validate in JSON can be shown";
            CommandError::with_help(Exit::Problems, message, help)
        })?;
        let style = terminal.style();
        terminal.long_result(|out| render::saved_report(out, &report, style))?;
        Ok(Exit::Success)
    }

    fn journal(&self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let text = self.text()?;
        let history = RunHistory::read(&text).ok_or_else(|| {
            let message = format!("{} is no file that can be shown", self.path.display());
            let help = "`show` reads what `plan --out`, `snapshot --out` and `--report json=FILE` write, and the journals \
                        in .entraflow/journal";
            CommandError::with_help(Exit::Problems, message, help)
        })?;
        self.output.check("a journal", &[Format::Text])?;
        let (text, style) = (history.to_string(), terminal.style());
        let lines = text.lines().flat_map(|line| style.fit(0, line));
        let text: String = lines.map(|line| line + "\n").collect();
        terminal.long_result(|out| out.write_all(text.as_bytes()))?;
        Ok(Exit::Success)
    }

    /// Refuses a directory, and the name of an object.
    fn check_is_file(&self) -> Result<(), CommandError> {
        let word = self.path.to_string_lossy();
        let is_object = !self.path.exists() && ObjectFilter::of_kind(&word).is_some();
        match (self.path.is_dir(), is_object) {
            (true, _) => Err(self.refused(
                "is a directory",
                match newest_journal(&self.path) {
                    Some(newest) => {
                        format!("`entraflow show {}` shows the newest", newest.display())
                    }
                    None => format!("`entraflow plan {word}` shows what apply would change there"),
                },
            )),
            (_, true) => Err(self.refused(
                "is not a file",
                format!("`entraflow list \"{word}\"` shows what the tenant has of it"),
            )),
            (false, false) => Ok(()),
        }
    }

    fn refused(&self, what: &str, help: String) -> CommandError {
        CommandError::usage(format!("{} {what}", self.path.display()), help)
            .helped("`show` reads a saved plan, a snapshot, a journal or a JSON report")
    }

    fn text(&self) -> Result<String, CommandError> {
        let what = format!("{} cannot be read", self.path.display());
        file::read(&self.path).map_err(|error| CommandError::unexpected(&what, error))
    }
}

/// The newest file of a directory of journals, whose names begin with the time.
fn newest_journal(directory: &Path) -> Option<PathBuf> {
    let is_ours = directory
        .components()
        .any(|part| part.as_os_str() == ".entraflow");
    let entries = std::fs::read_dir(directory).ok().filter(|_| is_ours)?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|path| path.is_file()).max()
}

/// The tenant of a file, which is known by its id alone.
fn tenant(id: &str, tenant_type: TenantType, cloud: &str) -> Tenant {
    let mut clouds = CloudName::ALL.into_iter();
    let cloud = clouds.find(|known| known.as_str() == cloud);
    let cloud = cloud.unwrap_or(CloudName::Global);
    Tenant::new(id, id, tenant_type, cloud, PathBuf::new())
}
