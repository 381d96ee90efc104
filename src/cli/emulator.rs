//! `entraflow emulator`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::Terminal;
use super::stop::Stop;
use crate::emulator::{self, Expand, Fault, Options, TenantType};
use crate::exit::Exit;

/// Serve a local Microsoft Graph for user flows, until it is interrupted.
///
/// `plan` and `apply` start an emulator of their own for a tenant with `cloud: emulator`. Where ENTRAFLOW_EMULATOR holds the
/// address of one that runs already, such as http://127.0.0.1:8585, they use that one; give it the `--tenant` and `--type`
/// of the tenant document.
#[derive(Args)]
pub(super) struct Emulator {
    /// The file that keeps the state; without it the state goes with the process.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The state to start from while there is no data, and after a reset.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8585)]
    port: u16,
    /// What kind of tenant to play.
    #[arg(long = "type", value_enum, default_value = "workforce")]
    tenant_type: Type,
    /// The tenant's domain or GUID.
    #[arg(long, default_value = "contoso.onmicrosoft.com")]
    tenant: String,
    /// The most objects on a page of a listing.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    page_size: u16,
    /// What the first matching requests meet, as `[METHOD] PATH EFFECT [xTIMES] [skip=N] [after]
    /// [retry-after=SECONDS]`, such as `POST /identity/b2xUserFlows 503 x2`. EFFECT is a status or one of html,
    /// truncated, empty, closeBefore, closeAfter, hold, holdAfter. May be given several times.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// How many milliseconds longer each answer takes.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// How many reads after a write still show what was before it.
    #[arg(long, value_name = "READS", default_value_t = 0)]
    stale_reads: u32,
    /// Which limits to enforce: none, or the documented ones, 200 requests a minute for an application and 300 for all.
    /// A tenant document paces its requests below them with `limits: { requestsPerMinute: 200 }`.
    #[arg(long, value_enum, default_value = "none")]
    throttle: Throttle,
    /// Refuse requests with $expand; nor show the providers, attributes and applications of events flows unasked.
    #[arg(long)]
    no_expand: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Throttle {
    None,
    Documented,
}

#[derive(Clone, Copy, ValueEnum)]
enum Type {
    Workforce,
    B2c,
    External,
}

impl Emulator {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let failed = |error| Stop::unexpected("the emulator cannot start", error);
        let mut emulator = emulator::start(Options {
            tenant: self.tenant.clone(),
            tenant_type: match self.tenant_type {
                Type::Workforce => TenantType::Workforce,
                Type::B2c => TenantType::B2c,
                Type::External => TenantType::External,
            },
            data: self.data,
            seed: self.seed,
            port: self.port,
            page_size: self.page_size.into(),
            faults: self.faults,
            latency: Duration::from_millis(self.latency),
            stale_reads: self.stale_reads,
            throttle: match self.throttle {
                Throttle::None => emulator::Throttle::Off,
                Throttle::Documented => emulator::Throttle::Documented,
            },
            expand: match self.no_expand {
                false => Expand::Served,
                true => Expand::Refused,
            },
        })
        .await
        .map_err(failed)?;
        let url = emulator.url().to_owned();
        let tenant = &self.tenant;
        terminal.result(|out| {
            writeln!(
                out,
                "Microsoft Graph for {tenant}: {url}/v1.0 and {url}/beta"
            )?;
            writeln!(
                out,
                "Tokens: {url}/{tenant}/oauth2/v2.0/token (grant_type=client_credentials, \
                 scope=https://graph.microsoft.com/.default, any client_id and client_secret)"
            )?;
            writeln!(
                out,
                "For entraflow, where a tenant says `cloud: emulator`: ENTRAFLOW_EMULATOR={url}"
            )?;
            writeln!(
                out,
                "A look inside: {url}/_emulator/requests, /state, /reset, /faults, /held, /latency, /staleness, /clock"
            )
        })?;
        tokio::select! {
            ended = emulator.wait() => ended.map_err(|error| Stop::unexpected("the emulator stopped", error))?,
            _ = tokio::signal::ctrl_c() => emulator.stop().await,
        }
        Ok(Exit::Success)
    }
}
