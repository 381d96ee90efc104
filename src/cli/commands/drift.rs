//! `entraflow drift`

mod accept;

use clap::Args;
use jiff::Timestamp;

use crate::audit::{self, AuditTrail};
use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::load;
use crate::cli::only::OnlyArgs;
use crate::cli::overrides::DangerArgs;
use crate::cli::state_source::{StateArgs, StateSource};
use crate::cli::strict::StrictArgs;
use crate::cli::tenant_command::{TenantArgs, TenantCommand};
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::drift::{DriftFinding, DriftReport, dangers_of_drifted, findings};
use crate::engine::{self, Comparison, Overrides, SecretSelection};
use crate::exit::Exit;
use crate::model::Address;
use crate::plan::TargetTenant;
use crate::render::{self, DriftResult, RunReport};
use accept::Acceptance;

/// Show how the tenant differs from the files, and end with 11 if it does.
#[derive(Args, Clone)]
#[command(after_help = help::signing_in("entraflow drift --who --report markdown=drift.md"))]
pub(in crate::cli) struct DriftCommand {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    only: OnlyArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Write the live state into the files, with their comments kept, and show the drift that remains. With an address
    /// only that object; can be given several times.
    #[arg(long, value_name = "KIND/NAME", num_args = 0..=1, require_equals = true)]
    accept: Option<Vec<Address>>,
    /// Show who made the changes, from the directory audit log of the tenant.
    #[arg(long, conflicts_with = "live")]
    who: bool,
    /// Accept without asking.
    #[arg(long, requires = "accept")]
    yes: bool,
    #[command(flatten)]
    dangers: DangerArgs,
}

impl TenantCommand for DriftCommand {
    const NAME: &'static str = "drift";

    fn check_several(&self) -> Result<(), CommandError> {
        self.state.check_several()?;
        match &self.accept {
            None => Ok(()),
            Some(_) => Err(CommandError::one_tenant_only(
                "`--accept` writes files that several tenants may include",
            )),
        }
    }

    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        self.check_options()?;
        let paths = &tenant.files.paths;
        let mut desired = load::load(paths, terminal)?;
        report.record_desired(&desired);
        let rules = engine::drift_rules(&desired);
        let rules = rules.map_err(|error| CommandError::engine(error, &desired))?;
        let overrides = Overrides {
            only: self.only.only.clone(),
            secrets: SecretSelection::Differing,
            ..Overrides::default()
        };
        let source = self.open(&desired, &overrides, terminal).await?;
        let mut comparison = compare(&desired, &overrides, &source).await?;
        if let Some(addresses) = &self.accept {
            let (changes, live) = (comparison.known_changes(), &comparison.live);
            let found = findings(&changes, live, &desired, &rules);
            let acceptance = self.acceptance(addresses, found);
            acceptance.write(&comparison, &desired, terminal)?;
            // The files are loaded again, so that the report is about what they say now.
            desired = load::load(paths, terminal)?;
            report.record_desired(&desired);
            comparison = compare(&desired, &overrides, &source).await?;
        }
        let changes = comparison.known_changes();
        let left_out = &comparison.left_out;
        report.leave_out(&comparison.selection.left_out);
        self.strict.check(left_out, &desired, report, terminal)?;
        let unread = left_out.len();
        let found = findings(&changes, &comparison.live, &desired, &rules);
        let trail = self.trail(&found, &comparison, &desired, &source).await;
        let drift = drift_report(source.target(), found, comparison, trail);
        let reading = source.reading();
        source.close(terminal).await;
        let DriftResult { drift, reading } = report.drifted.insert(DriftResult { drift, reading });
        tenant.output.print(terminal, |out, style| {
            render::drift(out, drift, *reading, style)
        })?;
        self.help_with_remaining(drift, terminal);
        Ok(match drift.is_found() {
            true => Exit::Drift,
            false => Exit::Success.but_for(unread),
        })
    }
}

impl DriftCommand {
    fn check_options(&self) -> Result<(), CommandError> {
        match self.accept.is_none() && self.dangers.is_given() {
            true => Err(CommandError::usage(
                "`--allow-danger` is for `--accept`: drift itself changes nothing",
                "leave it out",
            )),
            false => Ok(()),
        }
    }

    async fn open(
        &self,
        desired: &Desired,
        overrides: &Overrides,
        terminal: &mut Terminal,
    ) -> Result<StateSource, CommandError> {
        let source = self.state.open(desired, overrides, terminal).await?;
        if self.who {
            source.check_audit_log(terminal);
        }
        Ok(source)
    }

    /// Says what can be done about drift that was to be accepted and remains.
    fn help_with_remaining(&self, drift: &DriftReport, terminal: &mut Terminal) {
        let accepted = self.accept.iter();
        let help = accepted.flat_map(|addresses| accept::remaining(drift, addresses));
        help.for_each(|help| terminal.message(&format!("help: {help}")));
    }

    /// Who made the changes, if that is asked.
    async fn trail(
        &self,
        findings: &[DriftFinding],
        comparison: &Comparison,
        desired: &Desired,
        source: &StateSource,
    ) -> AuditTrail {
        let (ids, cloud) = (&comparison.live.ids, desired.tenant.cloud);
        match self.who {
            true => audit::trail(findings, ids, cloud, &source.reader(), Timestamp::now()).await,
            false => AuditTrail::default(),
        }
    }

    fn acceptance<'a>(
        &self,
        addresses: &'a [Address],
        findings: Vec<DriftFinding>,
    ) -> Acceptance<'a> {
        Acceptance {
            addresses,
            allowed: self.dangers.allowed(),
            without_asking: self.yes,
            findings,
        }
    }
}

fn drift_report(
    target: &TargetTenant,
    findings: Vec<DriftFinding>,
    comparison: Comparison,
    trail: AuditTrail,
) -> DriftReport {
    let dangers = comparison.dangers(&comparison.live_as_declared(&|_| true));
    let dangers = dangers_of_drifted(dangers, &findings);
    let Comparison {
        warnings,
        notes,
        left_out,
        selection,
        rotation,
        ..
    } = comparison;
    DriftReport {
        target: target.clone(),
        findings,
        dangers,
        warnings,
        notes: [notes, trail.notes].concat(),
        audit: trail.entries,
        not_compared: rotation.to_compare,
        is_complete: left_out.is_empty(),
        selection,
    }
}

async fn compare(
    desired: &Desired,
    overrides: &Overrides,
    source: &StateSource,
) -> Result<Comparison, CommandError> {
    let comparison = engine::compare(desired, overrides, &source.reader()).await;
    comparison.map_err(|error| CommandError::engine(error, desired))
}
