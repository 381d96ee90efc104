//! `entraflow check-sign-in`

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::help;
use crate::cli::load;
use crate::cli::permissions;
use crate::cli::sign_in;
use crate::cli::tenant_command::{TenantArgs, TenantCommand};
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::engine;
use crate::engine::permissions::Access;
use crate::exit::Exit;
use crate::live::{self, ReadFilter};
use crate::model::{Address, ObjectId};
use crate::render::{self, RunReport, SignInResult};
use crate::sign_in_check::{FlowToCheck, SignInCheck, flows, kinds_with_addresses};

/// Check whether people can sign in through the flows of the files, and end with 11 if they cannot.
///
/// Reads the OpenID Connect metadata that applications read, without a token: it must be that of the flow and of the tenant. Nothing is
/// changed, and no one is signed in. B2X flows have no address of their own.
#[derive(Args, Clone)]
#[command(after_help = help::signing_in("entraflow check-sign-in tenants/prod"))]
pub(in crate::cli) struct CheckSignInCommand {}

impl TenantCommand for CheckSignInCommand {
    const NAME: &'static str = "check-sign-in";

    fn check_several(&self) -> Result<(), CommandError> {
        Ok(())
    }

    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let desired = load::load(&tenant.files.paths, terminal)?;
        report.record_desired(&desired);
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let ids = ids(&desired, &connection, terminal).await?;
        let flows = flows(&desired.resources, &ids);
        report.leave_out(&without_address(&desired, &flows));
        let check = SignInCheck {
            reader: &connection.session.metadata(),
            service: &sign_in::service(&flows, &desired.tenant, &connection)?,
            changed: &BTreeSet::new(),
        };
        let result = SignInResult {
            report: check.run(&flows).await,
            target: connection.target.clone(),
            reading: connection.reading(),
        };
        connection.close(terminal).await;
        let result = report.sign_in.insert(result);
        tenant
            .output
            .print(terminal, |out, style| render::sign_in(out, result, style))?;
        Ok(match result.report.is_success() {
            true => Exit::Success,
            false => Exit::Drift,
        })
    }
}

/// The ids of the flows that the tenant has.
async fn ids(
    desired: &Desired,
    connection: &Connection,
    terminal: &mut Terminal,
) -> Result<BTreeMap<Address, ObjectId>, CommandError> {
    let kinds = kinds_with_addresses(&desired.resources);
    if kinds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rules =
        engine::read_rules(desired).map_err(|error| CommandError::engine(error, desired))?;
    let filter = ReadFilter {
        includes_kind: &|kind| kinds.contains(kind.name),
        includes_object: &|address| desired.resources.contains_key(address),
        pins: &desired.pins,
        environment: desired.tenant.environment(),
    };
    permissions::check(connection, &kinds, Access::Read, "the user flows", terminal);
    let reader = connection.session.reader();
    let inventory = live::inventory(&reader, &filter, &rules, &desired.resources).await;
    let mut inventory = inventory.map_err(CommandError::reading_all)?;
    match inventory.errors.pop_first() {
        Some((_, error)) => Err(CommandError::reading_all(error)),
        None => {
            let objects = inventory.objects.into_iter();
            Ok(objects.map(|object| (object.name, object.id)).collect())
        }
    }
}

/// The declared objects of which the check says nothing.
fn without_address(desired: &Desired, flows: &[FlowToCheck]) -> BTreeSet<Address> {
    let checked = flows.iter().filter(|flow| flow.is_checked());
    let checked: BTreeSet<_> = checked.map(|flow| &flow.flow).collect();
    let declared = desired.resources.keys().chain(&desired.absent);
    declared
        .filter(|address| !checked.contains(address))
        .cloned()
        .collect()
}
