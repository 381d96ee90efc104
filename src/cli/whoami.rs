//! `entraflow whoami`

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::bounds::Leave;
use super::connect::Connection;
use super::permissions::{self, Use};
use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::graph::{Identity, Who};
use crate::render::{self, Format, RequiredPermission, TokenIdentity};

/// Tell who signs in, and whether the permissions are those that the files need.
#[derive(Args)]
pub(super) struct Whoami {
    #[command(flatten)]
    files: Files,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

/// The form of the output.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// For programs; described by schemas/whoami.schema.json.
    Json,
}

impl Whoami {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let needs = needs(&desired, connection.identity.as_ref())?;
        let format = match self.format {
            Form::Text => Format::Text,
            Form::Json => Format::Json,
        };
        let told = render::WhoamiReport {
            target: &connection.target,
            sign_in_method: connection.session.way().words(),
            identity: connection.identity.as_ref().map(holder),
            consent: consent(&connection, &needs),
            required_permissions: needs,
            now: Timestamp::now(),
        };
        let style = terminal.style();
        terminal.result(|out| render::whoami(out, &told, format, style))?;
        connection.close().await;
        Ok(Exit::Success)
    }
}

fn needs(desired: &Desired, identity: Option<&Identity>) -> Result<Vec<RequiredPermission>, Stop> {
    let read = permissions::read_kinds(desired, &Leave::default())?;
    let written = permissions::written_kinds(desired);
    let of = |command, kinds, to| {
        let needed = permissions::needed(kinds, to).into_iter();
        needed.map(move |(permission, kinds)| RequiredPermission {
            command,
            permission,
            granted: identity.map(|identity| permissions::holds(identity, permission, &kinds, to)),
            kinds,
        })
    };
    let plan = of("plan", &read, Use::Read);
    Ok(plan.chain(of("apply", &written, Use::Write)).collect())
}

fn holder(identity: &Identity) -> TokenIdentity {
    let (app, app_name, user) = match &identity.who {
        Who::App { id, name } => (id, name.clone(), None),
        Who::User { name, app } => (app, None, Some(name.clone())),
    };
    TokenIdentity {
        app: app.clone(),
        app_name,
        user,
        tenant_id: identity.tenant.clone(),
        permissions: identity.permissions.clone(),
        expires_at: identity.expires,
    }
}

/// Whom to ask for what is missing.
fn consent(connection: &Connection, needs: &[RequiredPermission]) -> Option<String> {
    let missing = needs.iter().filter(|need| need.granted == Some(false));
    let mut missing: Vec<_> = missing.map(|need| need.permission).collect();
    missing.sort_unstable();
    missing.dedup();
    let identity = connection.identity.as_ref().filter(|_| !missing.is_empty());
    identity.map(|identity| permissions::consent(connection, identity, &missing))
}
