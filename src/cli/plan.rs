//! `entraflow plan`

use clap::Args;

use super::connect::Connection;
use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::desired::Desired;
use crate::diff::diff;
use crate::exit::Exit;
use crate::live::{self, Scope};
use crate::plan::{self, Plan as Planned};
use crate::render::{self, Cost, Detail, Format};

/// Show what apply would do. Writes nothing to the tenant.
#[derive(Args)]
pub(super) struct Plan {
    #[command(flatten)]
    files: Files,
    /// Show also each request that apply would make.
    #[arg(long)]
    requests: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// End with 10 when changes are pending.
    #[arg(long)]
    exit_code: bool,
}

impl Plan {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files, terminal)?;
        let connection = Connection::open(&desired.tenant).await?;
        let (plan, cost) = make(&desired, &connection).await?;
        connection.close().await;
        let detail = if self.requests {
            Detail::Requests
        } else {
            Detail::Steps
        };
        let style = terminal.style();
        terminal.result(|out| render::plan(out, &plan, cost, self.format, detail, style))?;
        Ok(exit(&plan, self.exit_code))
    }
}

/// Reads what the files talk about and plans the way there.
pub(super) async fn make(
    desired: &Desired,
    connection: &Connection,
) -> Result<(Planned, Cost), Stop> {
    let scope = Scope {
        resources: &desired.resources,
        pins: &desired.pins,
    };
    let reader = connection.session.reader();
    let live = live::read(&reader, &scope)
        .await
        .map_err(|error| Stop::reading(error, desired))?;
    let changes = diff(&live.declared, &live.resources);
    let plan = plan::plan(
        connection.target.clone(),
        &changes,
        &live.declared,
        &live.resources,
        live.ids,
    );
    let made = connection.session.requests();
    let again = Scope {
        resources: &plan.expected,
        pins: &desired.pins,
    };
    let cost = Cost {
        made: made.requests,
        round_trips: made.round_trips,
        verify: live::requests(&again, |_| true),
    };
    Ok((plan, cost))
}

fn exit(plan: &Planned, tell_changes: bool) -> Exit {
    match (plan.objections.is_empty(), plan.is_empty()) {
        (false, _) => Exit::Refused,
        (true, false) if tell_changes => Exit::Changes,
        (true, _) => Exit::Success,
    }
}
