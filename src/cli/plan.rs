//! `entraflow plan`

use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, Leave};
use super::compare::{Compared, compare};
use super::many::{OfTenant, Selection};
use super::rotation::Choice;
use super::source::Live;
use super::stop::Stop;
use super::{Files, Output, Terminal, extensions, load, saved};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::graph::Reader;
use crate::plan::{self, Plan as Planned, PlanInput, Target};
use crate::render::{self, Account, Cost, Detail, Priced};
use crate::verify::Expected;

/// Show what apply would do. Writes nothing to the tenant.
#[derive(Args, Clone)]
pub(super) struct Plan {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    live: Live,
    #[command(flatten)]
    leave: Leave,
    /// Ask Graph also whether the endpoints of declared extensions and the applications that guard them fit together.
    #[arg(long, conflicts_with = "live")]
    check_extensions: bool,
    /// Show also each request that apply would make.
    #[arg(long)]
    requests: bool,
    /// Save the plan, for `entraflow apply FILE` to apply exactly it.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    out: Option<PathBuf>,
    /// Do not show a long plan in a pager: ENTRAFLOW_PAGER, PAGER, or less; only on a terminal anyway.
    #[arg(long)]
    no_pager: bool,
    /// End with 10 when changes are pending.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    output: Output,
}

impl OfTenant for Plan {
    fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    fn at(&self, path: PathBuf) -> Self {
        let files = Files { paths: vec![path] };
        Self {
            files,
            ..self.clone()
        }
    }

    fn fits_several(&self) -> Result<(), Stop> {
        self.live.fits_several()?;
        match &self.out {
            None => Ok(()),
            Some(_) => Err(Stop::one_tenant_only("a file holds the plan of one tenant")),
        }
    }

    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut account = Account::new("plan", &self.files.paths);
        let end = self.stages(&mut account, terminal).await;
        self.output.tell(account, end, terminal)
    }
}

impl Plan {
    async fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        account.read(&desired);
        let source = self.live.open(&desired, &self.leave, terminal).await?;
        if self.check_extensions {
            source.may_judge(&extensions::kinds(&desired))?;
        }
        let choice = Choice::Changed(self.leave.set_secrets.clone());
        let (reader, target) = (source.reader(), source.target());
        let (plan, verify) = make(&desired, &self.leave, &choice, &reader, target).await?;
        let found = match self.check_extensions {
            true => extensions::check(&desired, &reader).await?,
            false => Vec::new(),
        };
        let reading = source.reading();
        let cost = Cost { reading, verify };
        source.close().await;
        terminal.problems(&found);
        account.problems.extend(found);
        let detail = if self.requests {
            Detail::Requests
        } else {
            Detail::Steps
        };
        let Priced { plan, cost } = account.planned.insert(Priced { plan, cost });
        self.output
            .by_pages(terminal, !self.no_pager, |out, style| {
                render::plan(out, plan, *cost, detail, style)
            })?;
        if let Some(path) = &self.out {
            saved::save(path, plan, &desired, &self.leave, terminal)?;
        }
        Ok(exit(plan, self.exit_code))
    }
}

/// Reads what the files talk about and plans the way there; also, how many requests reading back will take.
pub(super) async fn make(
    desired: &Desired,
    leave: &Leave,
    choice: &Choice,
    reader: &Reader,
    target: &Target,
) -> Result<(Planned, usize), Stop> {
    let Compared {
        rules,
        live,
        rotation,
        changes,
        warnings,
    } = compare(desired, leave, choice, reader).await?;
    let limits = bounds::limits(desired, leave, &rules, &live);
    let sides = PlanInput {
        desired: &live.declared,
        as_written: &desired.resources,
        live: &live.resources,
        ids: live.ids,
        unmanaged: live.unmanaged,
        warnings,
        unknown_secrets: rotation.unknown,
    };
    let plan = plan::plan(target.clone(), &changes, sides, &limits);
    let verify = expected(&plan, desired).requests(desired.tenant.home());
    Ok((plan, verify))
}

/// What the tenant should be like after the plan.
pub(super) fn expected(plan: &Planned, desired: &Desired) -> Expected {
    Expected {
        present: plan.expected.clone(),
        deleted: plan
            .gone
            .iter()
            .filter_map(|address| Some((address.clone(), plan.ids.get(address)?.clone())))
            .collect(),
        pins: desired.pins.clone(),
    }
}

fn exit(plan: &Planned, tell_changes: bool) -> Exit {
    match (plan.objections.is_empty(), plan.is_empty()) {
        (false, _) => Exit::Refused,
        (true, false) if tell_changes => Exit::Changes,
        (true, _) => Exit::Success,
    }
}
