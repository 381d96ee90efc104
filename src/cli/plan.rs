//! `entraflow plan`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, Leave};
use super::connect::Connection;
use super::many::{OfTenant, Selection};
use super::rotation::Choice;
use super::stop::Stop;
use super::{Files, Terminal, extensions, load, rotation, saved};
use crate::certificate::expiring;
use crate::desired::{self, Desired};
use crate::diff::{add_secrets, diff};
use crate::exit::Exit;
use crate::live::{self, Scope};
use crate::plan::{self, Plan as Planned, Sides};
use crate::render::{self, Cost, Detail, Format};
use crate::verify::Expected;

/// Show what apply would do. Writes nothing to the tenant.
#[derive(Args, Clone)]
pub(super) struct Plan {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    leave: Leave,
    /// Ask Graph also whether the endpoints of declared extensions and the applications that guard them fit together.
    #[arg(long)]
    check_extensions: bool,
    /// Show also each request that apply would make.
    #[arg(long)]
    requests: bool,
    /// Save the plan, for `entraflow apply FILE` to apply exactly it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Do not show a long plan in a pager: ENTRAFLOW_PAGER, PAGER, or less; only on a terminal anyway.
    #[arg(long)]
    no_pager: bool,
    /// End with 10 when changes are pending.
    #[arg(long)]
    exit_code: bool,
}

impl OfTenant for Plan {
    fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn at(&self, path: PathBuf) -> Self {
        let files = Files { paths: vec![path] };
        Self {
            files,
            ..self.clone()
        }
    }

    fn fits_several(&self) -> Result<(), Stop> {
        match &self.out {
            None => Ok(()),
            Some(_) => Err(Stop::one_tenant_only("a file holds the plan of one tenant")),
        }
    }

    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let connection = Connection::open(&desired.tenant).await?;
        let choice = Choice::Changed(self.leave.set_secrets.clone());
        let (plan, cost) = make(&desired, &self.leave, &choice, &connection).await?;
        let found = match self.check_extensions {
            true => extensions::check(&desired, &connection).await?,
            false => Vec::new(),
        };
        connection.close().await;
        terminal.problems(&found);
        let detail = if self.requests {
            Detail::Requests
        } else {
            Detail::Steps
        };
        let style = terminal.style();
        let write =
            |out: &mut dyn Write| render::plan(out, &plan, cost, self.format, detail, style);
        match self.no_pager {
            true => terminal.result(write)?,
            false => terminal.long_result(write)?,
        }
        if let Some(path) = &self.out {
            saved::save(path, &plan, &desired, &self.leave, terminal)?;
        }
        Ok(exit(&plan, self.exit_code))
    }
}

/// Reads what the files talk about and plans the way there.
pub(super) async fn make(
    desired: &Desired,
    leave: &Leave,
    choice: &Choice,
    connection: &Connection,
) -> Result<(Planned, Cost), Stop> {
    let rules = bounds::rules(desired, leave)?;
    let tenant = desired.tenant.tenant_type;
    let scope = Scope {
        resources: &desired.resources,
        pins: &desired.pins,
        rules: &rules,
        tenant,
        needs: true,
    };
    let live = live::read(&connection.session.reader(), &scope).await;
    let live = live.map_err(|error| Stop::reading(error, desired))?;
    bounds::unused(desired, &live)?;
    let shared = desired::shared(&live.declared, &live.ids, &desired.documents);
    if !shared.is_empty() {
        return Err(Stop::problems(shared));
    }
    let limits = bounds::limits(desired, leave, &rules, &live);
    let rotation = rotation::rotation(desired, &live, choice)?;
    let mut changes = diff(&live.declared, &live.resources, &live.doomed);
    add_secrets(&mut changes, &live.declared, &rotation.rotated);
    let warnings = [
        expiring(&live.certificates, jiff::Timestamp::now()),
        bounds::unmet(&live.unmet),
        bounds::crowded(desired, &live),
    ]
    .concat();
    let sides = Sides {
        desired: &live.declared,
        written: &desired.resources,
        live: &live.resources,
        ids: live.ids,
        unmanaged: live.unmanaged,
        warnings,
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
    Expected {
        there: plan.expected.clone(),
        gone: plan
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
