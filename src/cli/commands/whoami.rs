//! `entraflow whoami`

use std::collections::BTreeSet;

use clap::Args;
use jiff::Timestamp;

use crate::audit;
use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::help;
use crate::cli::load;
use crate::cli::output::TextOrJson;
use crate::cli::permissions;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::engine::permissions::{
    Access, holds_role, is_granted, read_kinds, reads_audit_log, required, required_roles,
    to_apply, written_kinds,
};
use crate::engine::{self, Overrides};
use crate::exit::Exit;
use crate::graph::{Identity, Principal};
use crate::plan::TargetTenant;
use crate::render::{
    self, OptionalPermission, RequiredPermission, RequiredRole, TokenIdentity, WhoamiReport,
};

/// Show who signs in, and whether the token grants the permissions that the files need.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow whoami tenants/prod"))]
pub(in crate::cli) struct WhoamiCommand {
    #[command(flatten)]
    files: Files,
    /// Show the permissions that the files need, before there is an app; no sign-in and no network.
    #[arg(long)]
    offline: bool,
    /// The output format.
    #[arg(long, value_enum, default_value = "text")]
    format: TextOrJson,
}

impl WhoamiCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let desired = load::load(&self.files.paths, terminal)?;
        let kinds = Kinds::of(&desired)?;
        if self.offline {
            let target = engine::target(&desired.tenant, desired.tenant.cloud.as_str());
            self.show(&offline(&target, &kinds), terminal)?;
            return Ok(Exit::Success);
        }
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let identity = connection.identity.as_ref();
        let needs = kinds.permissions(identity);
        let person = identity.filter(|identity| identity.is_person());
        let report = WhoamiReport {
            target: &connection.target,
            sign_in_method: Some(connection.session.auth_method().description()),
            identity: identity.map(holder),
            consent: consent(&connection, &needs),
            required_permissions: needs,
            optional_permissions: vec![audit_log(identity)],
            required_roles: person.map_or_else(Vec::new, |person| kinds.roles(Some(person))),
            now: Timestamp::now(),
        };
        self.show(&report, terminal)?;
        connection.close(terminal).await;
        Ok(Exit::Success)
    }

    fn show(&self, report: &WhoamiReport<'_>, terminal: &mut Terminal) -> Result<(), CommandError> {
        let (format, style) = (self.format.into(), terminal.style());
        terminal.result(|out| render::whoami(out, report, format, style))
    }
}

/// What the files need, whoever signs in.
fn offline<'a>(target: &'a TargetTenant, kinds: &Kinds) -> WhoamiReport<'a> {
    WhoamiReport {
        target,
        sign_in_method: None,
        identity: None,
        required_permissions: kinds.permissions(None),
        optional_permissions: vec![audit_log(None)],
        required_roles: kinds.roles(None),
        consent: kinds.to_grant(),
        now: Timestamp::now(),
    }
}

/// The permission that `drift --who` uses.
fn audit_log(identity: Option<&Identity>) -> OptionalPermission {
    OptionalPermission {
        command: "drift --who",
        permission: audit::PERMISSION,
        purpose: "to show who made a change",
        granted: identity.map(reads_audit_log),
    }
}

/// The kinds that the files read and write.
struct Kinds {
    read: BTreeSet<&'static str>,
    written: BTreeSet<&'static str>,
}

impl Kinds {
    fn of(desired: &Desired) -> Result<Self, CommandError> {
        let read = read_kinds(desired, &Overrides::default());
        Ok(Self {
            read: read.map_err(|error| CommandError::engine(error, desired))?,
            written: written_kinds(desired),
        })
    }

    /// The commands, with what they do with which kinds.
    fn commands(&self) -> [(&'static str, &BTreeSet<&'static str>, Access); 2] {
        [
            ("plan", &self.read, Access::Read),
            ("apply", &self.written, Access::Write),
        ]
    }

    fn permissions(&self, identity: Option<&Identity>) -> Vec<RequiredPermission> {
        let of = |(command, kinds, access)| {
            let required = required(kinds, access).into_iter();
            required.map(move |(permission, kinds)| RequiredPermission {
                command,
                permission,
                granted: identity.map(|identity| is_granted(identity, permission, &kinds, access)),
                kinds,
            })
        };
        self.commands().into_iter().flat_map(of).collect()
    }

    /// The directory roles that the files require of a person.
    fn roles(&self, person: Option<&Identity>) -> Vec<RequiredRole> {
        let of = |(command, kinds, access)| {
            let required = required_roles(kinds).into_iter();
            required.map(move |(roles, kinds)| RequiredRole {
                command,
                any_of: roles.iter().map(|role| role.name).collect(),
                held: person.and_then(|person| holds_role(person, roles, access)),
                kinds,
            })
        };
        self.commands().into_iter().flat_map(of).collect()
    }

    /// What an administrator grants to apps that plan and apply; `None` if the files need nothing.
    fn to_grant(&self) -> Option<String> {
        let list = |permissions: Vec<&str>| permissions.join(", ");
        let plan = list(required(&self.read, Access::Read).into_keys().collect());
        let apply = list(to_apply(&self.read, &self.written).into_iter().collect());
        let add = "add the permissions of Microsoft Graph to an app, at API permissions: application \
                   permissions, or delegated ones if a person signs in; and grant admin consent.";
        match (plan.is_empty(), plan == apply) {
            (true, _) => None,
            (false, true) => Some(format!("{add} The app needs {plan}")),
            (false, false) => Some(format!(
                "{add} An app that applies needs {apply}; one that only plans needs {plan}"
            )),
        }
    }
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
