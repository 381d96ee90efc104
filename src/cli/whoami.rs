//! `entraflow whoami`

use std::collections::BTreeSet;
use std::io::{self, Write};

use clap::Args;
use jiff::{Timestamp, Unit};

use super::bounds::Leave;
use super::connect::Connection;
use super::permissions::{self, Use};
use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::desired::Desired;
use crate::desired::problem::wrap;
use crate::exit::Exit;
use crate::graph::{Identity, Who};
use crate::model::printable;

/// The letters of a line.
const WIDTH: usize = 80;

/// Tell who signs in, and whether the permissions are those that the files need.
#[derive(Args)]
pub(super) struct Whoami {
    #[command(flatten)]
    files: Files,
}

impl Whoami {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let needed = needed(&desired)?;
        terminal.result(|out| tell(out, &connection, &needed))?;
        connection.close().await;
        Ok(Exit::Success)
    }
}

/// A permission that the files need.
struct Need {
    /// The command that needs it.
    to: &'static str,
    permission: &'static str,
    kinds: Vec<&'static str>,
}

fn needed(desired: &Desired) -> Result<Vec<Need>, Stop> {
    let read = permissions::read_kinds(desired, &Leave::default())?;
    let written = permissions::written_kinds(desired);
    let of = |to, kinds, purpose| {
        let needed = permissions::needed(kinds, purpose).into_iter();
        needed.map(move |(permission, kinds)| Need {
            to,
            permission,
            kinds,
        })
    };
    let plan = of("plan", &read, Use::Read);
    Ok(plan.chain(of("apply", &written, Use::Write)).collect())
}

fn tell(out: &mut dyn Write, connection: &Connection, needed: &[Need]) -> io::Result<()> {
    let target = &connection.target;
    let Some(identity) = &connection.identity else {
        writeln!(out, "Nobody can tell who this is: the token is opaque")?;
        rows(out, connection, None)?;
        writeln!(out, "\nThe files of {} need", printable(&target.name))?;
        return needed.iter().try_for_each(|need| {
            writeln!(out, "  to {:5}  {}", need.to, need.permission)?;
            writeln!(out, "{:12}{}", "", need.kinds.join(", "))
        });
    };
    match &identity.who {
        Who::App { id, name: None } => writeln!(out, "The app {}", printable(id))?,
        Who::App {
            id,
            name: Some(name),
        } => {
            writeln!(out, "The app {} ({})", printable(name), printable(id))?;
        }
        Who::User { name, app } => {
            writeln!(
                out,
                "{}, through the app {}",
                printable(name),
                printable(app)
            )?;
        }
    }
    rows(out, connection, Some(identity))?;
    writeln!(out, "\nThe token holds")?;
    if identity.permissions.is_empty() {
        writeln!(out, "  no permission at all")?;
    }
    for permission in &identity.permissions {
        writeln!(out, "  {}", printable(permission))?;
    }
    needs(out, connection, identity, needed)
}

/// Tenant, cloud, way and end of the token.
fn rows(
    out: &mut dyn Write,
    connection: &Connection,
    identity: Option<&Identity>,
) -> io::Result<()> {
    let target = &connection.target;
    let id = identity.and_then(|identity| identity.tenant.as_deref());
    let id = id.filter(|id| !id.eq_ignore_ascii_case(&target.tenant_id));
    let id = id.map_or_else(String::new, |id| format!(", id {}", printable(id)));
    let (name, tenant) = (printable(&target.name), printable(&target.tenant_id));
    let kind = target.tenant_type.word();
    writeln!(out, "  tenant  {name} ({kind}, {tenant}{id})")?;
    writeln!(out, "  cloud   {}", printable(&target.cloud))?;
    writeln!(out, "  way     {}", connection.session.way().words())?;
    match identity.and_then(|identity| identity.expires) {
        Some(end) => writeln!(out, "  token   {}", until(end, Timestamp::now())),
        None => Ok(()),
    }
}

fn until(end: Timestamp, now: Timestamp) -> String {
    let minutes = (end - now).total(Unit::Minute).unwrap_or_default();
    let time = end.strftime("%Y-%m-%d %H:%M UTC");
    match minutes {
        minutes if minutes < 0.0 => format!("expired at {time}"),
        minutes => format!("expires at {time}, in {minutes:.0} minutes"),
    }
}

/// What the files need, and what is missing of it.
fn needs(
    out: &mut dyn Write,
    connection: &Connection,
    identity: &Identity,
    needed: &[Need],
) -> io::Result<()> {
    writeln!(
        out,
        "\nThe files of {} need",
        printable(&connection.target.name)
    )?;
    let mut missing = BTreeSet::new();
    for Need {
        to,
        permission,
        kinds,
    } in needed
    {
        let state = match permissions::holds(identity, permission, kinds) {
            true => "held   ",
            false => {
                missing.insert(*permission);
                "missing"
            }
        };
        writeln!(out, "  to {to:5}  {state}  {permission}")?;
        writeln!(out, "{:21}{}", "", kinds.join(", "))?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<_> = missing.into_iter().collect();
    let consent = permissions::consent(connection, identity, &missing);
    let words = format!("To get what is missing, {}.", printable(&consent));
    writeln!(out, "\n{}", wrap(&words, WIDTH))
}
