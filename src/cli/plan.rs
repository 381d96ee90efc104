//! `entraflow plan`

use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, Leave};
use super::connect::Connection;
use super::stop::Stop;
use super::task::Task;
use super::{Files, Terminal, rotation, saved};
use crate::desired::Desired;
use crate::diff::{add_secrets, diff};
use crate::exit::Exit;
use crate::live::{self, Scope};
use crate::model::{Address, ObjectId};
use crate::plan::{self, Plan as Planned, Sides};
use crate::render::{self, Cost, Detail, Format};
use crate::verify::Expected;

/// Show what apply would do. Writes nothing to the tenant.
#[derive(Args)]
pub(super) struct Plan {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    leave: Leave,
    /// Show also each request that apply would make.
    #[arg(long)]
    requests: bool,
    /// Save the plan, for `entraflow apply FILE` to apply exactly it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// End with 10 when changes are pending.
    #[arg(long)]
    exit_code: bool,
}

impl Plan {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let task = Task::of_files(&self.files.paths, self.leave.clone(), terminal)?;
        let connection = Connection::open(&task.desired.tenant).await?;
        let (plan, cost) = make(&task, &connection).await?;
        connection.close().await;
        let detail = if self.requests {
            Detail::Requests
        } else {
            Detail::Steps
        };
        let style = terminal.style();
        terminal.result(|out| render::plan(out, &plan, cost, self.format, detail, style))?;
        if let Some(path) = &self.out {
            saved::save(path, &plan, &task, terminal)?;
        }
        Ok(exit(&plan, self.exit_code))
    }
}

/// Reads what the files talk about and plans the way there.
pub(super) async fn make(task: &Task, connection: &Connection) -> Result<(Planned, Cost), Stop> {
    let (desired, leave) = (&task.desired, &task.leave);
    let rules = bounds::rules(desired, leave)?;
    let tenant = desired.tenant.tenant_type;
    let scope = Scope {
        resources: &desired.resources,
        pins: &desired.pins,
        rules: &rules,
        tenant,
    };
    let live = live::read(&connection.session.reader(), &scope).await;
    let live = live.map_err(|error| Stop::reading(error, desired))?;
    bounds::unused(desired, &live)?;
    let limits = bounds::limits(desired, leave, &rules, &live);
    let rotation = rotation::rotation(task, &live)?;
    let mut changes = diff(&live.declared, &live.resources, &live.doomed);
    add_secrets(&mut changes, &live.declared, &rotation.rotated);
    let sides = Sides {
        desired: &live.declared,
        live: &live.resources,
        ids: live.ids,
        unmanaged: live.unmanaged,
        unknown_secrets: rotation.unknown,
    };
    let plan = plan::plan(connection.target.clone(), &changes, sides, &limits);
    let made = connection.session.requests();
    let cost = Cost {
        made: made.requests,
        round_trips: made.round_trips,
        verify: expected(&plan, desired).requests(tenant),
    };
    Ok((plan, cost))
}

/// What the tenant should be like after the plan.
pub(super) fn expected(plan: &Planned, desired: &Desired) -> Expected {
    let is_there = |(address, _): &(&Address, &ObjectId)| plan.expected.contains_key(address);
    let pins = desired.pins.iter().filter(is_there);
    Expected {
        there: plan.expected.clone(),
        gone: plan
            .gone
            .iter()
            .filter_map(|address| Some((address.clone(), plan.ids.get(address)?.clone())))
            .collect(),
        pins: pins
            .map(|(address, id)| (address.clone(), id.clone()))
            .collect(),
    }
}

fn exit(plan: &Planned, tell_changes: bool) -> Exit {
    match (plan.objections.is_empty(), plan.is_empty()) {
        (false, _) => Exit::Refused,
        (true, false) if tell_changes => Exit::Changes,
        (true, _) => Exit::Success,
    }
}
