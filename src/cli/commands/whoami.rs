//! `entraflow whoami`

use clap::Args;
use jiff::Timestamp;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::help;
use crate::cli::load;
use crate::cli::output::TextOrJson;
use crate::cli::permissions;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::engine::Overrides;
use crate::engine::permissions::{
    Access, holds_role, is_granted, read_kinds, required, required_roles as required_roles_of,
    written_kinds,
};
use crate::exit::Exit;
use crate::graph::{Identity, Principal};
use crate::render::{self, RequiredPermission, RequiredRole, TokenIdentity};

/// Show who signs in, and whether the token grants the permissions that the files need.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow whoami tenants/prod"))]
pub(in crate::cli) struct WhoamiCommand {
    #[command(flatten)]
    files: Files,
    /// The output format.
    #[arg(long, value_enum, default_value = "text")]
    format: TextOrJson,
}

impl WhoamiCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let desired = load::load(&self.files.paths, terminal)?;
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let needs = needs(&desired, connection.identity.as_ref())?;
        let format = self.format.into();
        let whoami = render::WhoamiReport {
            target: &connection.target,
            sign_in_method: connection.session.auth_method().description(),
            identity: connection.identity.as_ref().map(holder),
            consent: consent(&connection, &needs),
            required_permissions: needs,
            required_roles: required_roles(&desired, connection.identity.as_ref())?,
            now: Timestamp::now(),
        };
        let style = terminal.style();
        terminal.result(|out| render::whoami(out, &whoami, format, style))?;
        connection.close(terminal).await;
        Ok(Exit::Success)
    }
}

fn needs(
    desired: &Desired,
    identity: Option<&Identity>,
) -> Result<Vec<RequiredPermission>, CommandError> {
    let read = read_kinds(desired, &Overrides::default());
    let read = read.map_err(|error| CommandError::engine(error, desired))?;
    let written = written_kinds(desired);
    let of = |command, kinds, access| {
        let required = required(kinds, access).into_iter();
        required.map(move |(permission, kinds)| RequiredPermission {
            command,
            permission,
            granted: identity.map(|identity| is_granted(identity, permission, &kinds, access)),
            kinds,
        })
    };
    let plan = of("plan", &read, Access::Read);
    Ok(plan.chain(of("apply", &written, Access::Write)).collect())
}

/// The directory roles that the files require of a person.
fn required_roles(
    desired: &Desired,
    identity: Option<&Identity>,
) -> Result<Vec<RequiredRole>, CommandError> {
    let Some(person) = identity.filter(|identity| identity.is_person()) else {
        return Ok(Vec::new());
    };
    let read = read_kinds(desired, &Overrides::default());
    let read = read.map_err(|error| CommandError::engine(error, desired))?;
    let of = |command, kinds, access| {
        let required = required_roles_of(kinds).into_iter();
        required.map(move |(roles, kinds)| RequiredRole {
            command,
            any_of: roles.iter().map(|role| role.name).collect(),
            held: holds_role(person, roles, access),
            kinds,
        })
    };
    let written = written_kinds(desired);
    let plan: Vec<_> = of("plan", &read, Access::Read).collect();
    let apply = of("apply", &written, Access::Write);
    Ok(plan.into_iter().chain(apply).collect())
}

fn holder(identity: &Identity) -> TokenIdentity {
    let (app, app_name, user) = match &identity.principal {
        Principal::App { id, name } => (id, name.clone(), None),
        Principal::User { name, app } => (app, None, Some(name.clone())),
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

/// Whom to ask for the missing permissions.
fn consent(connection: &Connection, needs: &[RequiredPermission]) -> Option<String> {
    let missing = needs.iter().filter(|need| need.granted == Some(false));
    let mut missing: Vec<_> = missing.map(|need| need.permission).collect();
    missing.sort_unstable();
    missing.dedup();
    let identity = connection.identity.as_ref().filter(|_| !missing.is_empty());
    identity.map(|identity| permissions::consent(connection, identity, &missing))
}
