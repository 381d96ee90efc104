//! `entraflow emulator`

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;
use reqwest::Url;

use crate::assumptions::{Assumptions, Choice};
use crate::cli::assume::{choice, choices};
use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::load;
use crate::cli::state_source::read_snapshot;
use crate::cli::terminal::Terminal;
use crate::desired::{self, Tenant, Tenants};
use crate::emulator::{self, Fault, Options, Seed, StartError, TenantOptions, TenantType, Tls};
use crate::exit::Exit;
use crate::graph::encode_segment;
use crate::kinds::CloudName;
use crate::local_file;
use crate::probe::ProbeReport;
use crate::rehearsal::emulated_type;
use crate::snapshot::Snapshot;

/// Serve a local Microsoft Graph for user flows, until it is interrupted.
///
/// `plan` and `apply` embed an emulator for a tenant with `cloud: emulator`. If ENTRAFLOW_EMULATOR holds the URL of a
/// running one, such as http://127.0.0.1:8585, they use that one; start it with the paths of the tenants, or with the
/// `--tenant` and `--type` of one.
#[derive(Args)]
#[command(after_help = help::example("entraflow emulator tenants"))]
pub(in crate::cli) struct EmulatorCommand {
    /// Files and directories with tenant documents: emulates all tenants with `cloud: emulator`.
    #[arg(value_name = "PATH", conflicts_with_all = ["tenant_type", "tenant"])]
    paths: Vec<PathBuf>,
    /// The file that keeps the state, with PATH a directory with one file per tenant; without it the state is lost when
    /// the process ends.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The initial state, used if there is no data yet and after a reset; with PATH a directory with TENANT.json for the
    /// tenants that have one.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Serve a copy of the tenant of which `entraflow snapshot` has taken this snapshot.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["paths", "seed", "tenant_type", "tenant"])]
    from: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8585)]
    port: u16,
    /// A name of this machine to which requests may be addressed, besides localhost and loopback addresses. Can be given
    /// several times.
    #[arg(long = "host", value_name = "NAME", value_parser = host)]
    hosts: Vec<String>,
    /// The type of the emulated tenant.
    #[arg(long = "type", value_enum, default_value = "workforce")]
    tenant_type: Type,
    /// The tenant's domain or GUID.
    #[arg(long, default_value = "contoso.onmicrosoft.com")]
    tenant: String,
    /// The number of objects on a page of a listing, in place of the assumed one.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    page_size: Option<u16>,
    /// A fault to inject into the first matching requests, as `[METHOD] PATH EFFECT [xTIMES] [skip=N] [after]
    /// [retry-after=SECONDS]`, such as `POST /identity/b2xUserFlows 503 x2`. EFFECT is a status or one of html,
    /// truncated, empty, contended, closeBefore, closeHalfway, closeAfter, hold, holdHalfway, holdAfter, foreignLink,
    /// repeatedLink. Can be given several times.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// The latency that is added to each answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// How many reads after a write still show what was before it.
    #[arg(long, value_name = "READS", default_value_t = 0)]
    stale_reads: u32,
    /// Which limits to enforce: none, or the documented ones, 200 requests a minute for an application and 300 for all.
    /// A tenant document paces its requests below them with `limits: { requestsPerMinute: 200 }`.
    #[arg(long, value_enum, default_value = "none")]
    throttle: Throttle,
    /// The answer to a question that no source settles about Graph, such as `expand=refused`. docs/assumptions.md lists the
    /// questions, and so does GET /_emulator/assumptions. Can be given several times.
    #[arg(long, value_name = "NAME=ANSWER", value_parser = choice, add = ArgValueCompleter::new(choices))]
    assume: Vec<Choice>,
    /// Behave as the tenant whose report `entraflow probe --report FILE` has written. `--assume` goes before it.
    #[arg(long, value_name = "FILE")]
    assume_from: Option<PathBuf>,
    /// Serve over TLS, with a certificate for this machine that is created at the start. The certificate of its authority
    /// is written next to the data, with the extension `.ca.pem`, or to .entraflow/emulator.ca.pem.
    #[arg(long)]
    tls: bool,
    /// Serve over TLS, with this certificate: a PEM file with its chain.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "tls"
    )]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// The variables by which clients trust another authority.
const TRUST: [(&str, &str); 4] = [
    ("entraflow", "ENTRAFLOW_CA_FILE"),
    ("Node.js", "NODE_EXTRA_CA_CERTS"),
    ("OpenSSL, Python with httpx", "SSL_CERT_FILE"),
    ("Python with requests", "REQUESTS_CA_BUNDLE"),
];

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

impl EmulatorCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let tls = self.tls();
        let authority = match &tls {
            Some(Tls::Generated { ca_file }) => Some(ca_file.clone()),
            Some(Tls::Provided { .. }) | None => None,
        };
        let failed = |error: StartError| {
            let is_port = matches!(error, StartError::Listen { .. });
            let error = CommandError::unexpected("the emulator cannot start", error);
            match is_port {
                true => error.helped("`--port 0` takes a free port, which the first line prints"),
                false => error,
            }
        };
        let mut tenants = match (&self.from, self.paths.is_empty()) {
            (Some(snapshot), _) => vec![self.copy(snapshot)?],
            (None, true) => vec![self.single()],
            (None, false) => self.several(terminal)?,
        };
        let assumptions = assumptions(self.assume_from.as_deref(), self.assume)?;
        let first = tenants.remove(0);
        let (example, count) = (first.tenant.clone(), 1 + tenants.len());
        let mut emulator = emulator::start(Options {
            tenant: first.tenant,
            tenant_type: first.tenant_type,
            data: first.data,
            seed: first.seed,
            port: self.port,
            page_size: self.page_size.map(usize::from),
            faults: self.faults,
            latency: Duration::from_millis(self.latency),
            stale_reads: self.stale_reads,
            throttle: match self.throttle {
                Throttle::None => emulator::Throttle::Off,
                Throttle::Documented => emulator::Throttle::Documented,
            },
            assumptions,
            tls,
            hosts: self.hosts,
            others: tenants,
            ..Options::default()
        })
        .await
        .map_err(failed)?;
        let style = terminal.style();
        terminal.result(|out| {
            let mut text = Vec::new();
            print_start(
                &mut text,
                &example,
                count,
                emulator.url(),
                authority.as_deref(),
            )?;
            let text = String::from_utf8_lossy(&text);
            let mut lines = text.lines().flat_map(|line| style.fit(0, line));
            lines.try_for_each(|line| writeln!(out, "{line}"))
        })?;
        tokio::select! {
            ended = emulator.wait() => ended.map_err(|error| CommandError::unexpected("the emulator stopped", error))?,
            _ = tokio::signal::ctrl_c() => emulator.stop().await,
        }
        Ok(Exit::Success)
    }

    fn tls(&self) -> Option<Tls> {
        let own = self.tls_cert.clone().zip(self.tls_key.clone());
        if let Some((certificate, key)) = own {
            return Some(Tls::Provided { certificate, key });
        }
        let data = self.data.as_deref();
        let mut ca_file = data
            .unwrap_or(Path::new(".entraflow/emulator"))
            .as_os_str()
            .to_owned();
        ca_file.push(".ca.pem");
        self.tls.then(|| Tls::Generated {
            ca_file: ca_file.into(),
        })
    }

    /// The one tenant that the options describe.
    fn single(&self) -> TenantOptions {
        TenantOptions {
            tenant: self.tenant.clone(),
            tenant_type: match self.tenant_type {
                Type::Workforce => TenantType::Workforce,
                Type::B2c => TenantType::B2c,
                Type::External => TenantType::External,
            },
            data: self.data.clone(),
            seed: self.seed.clone().map(Seed::File),
        }
    }

    /// The tenant of a snapshot.
    fn copy(&self, snapshot: &Path) -> Result<TenantOptions, CommandError> {
        let Snapshot {
            tenant, answers, ..
        } = read_snapshot(snapshot)?;
        Ok(TenantOptions {
            tenant: tenant.tenant_id,
            tenant_type: emulated_type(tenant.r#type),
            data: self.data.clone(),
            seed: Some(Seed::Saved(answers.bodies())),
        })
    }

    /// The tenants below the paths with `cloud: emulator`.
    fn several(&self, terminal: &mut Terminal) -> Result<Vec<TenantOptions>, CommandError> {
        if let Some(seeds) = self.seed.as_ref().filter(|seeds| !seeds.is_dir()) {
            return Err(CommandError::usage(
                format!("there is no directory {}", seeds.display()),
                "with PATH, `--seed` names a directory with TENANT.json for each tenant that has one",
            ));
        }
        let Tenants { found, left_out } = desired::tenants(&self.paths);
        terminal.left_out(left_out)?;
        let loaded = found
            .iter()
            .map(|tenant| desired::load_tenant(&tenant.document, load::today()));
        let loaded: Vec<_> = loaded
            .collect::<Result<_, _>>()
            .map_err(CommandError::problems)?;
        let is_ours = |tenant: &&Tenant| tenant.cloud == CloudName::Emulator;
        let ours = loaded.iter().filter(is_ours);
        let tenants: Vec<_> = ours.map(|tenant| self.one_of_several(tenant)).collect();
        match tenants.is_empty() {
            true => Err(CommandError::no_emulated_tenant(&self.paths, loaded.len())),
            false => Ok(tenants),
        }
    }

    fn one_of_several(&self, tenant: &Tenant) -> TenantOptions {
        let name = format!("{}.json", encode_segment(&tenant.tenant_id));
        let seed = self.seed.as_ref().map(|seeds| seeds.join(&name));
        TenantOptions {
            tenant: tenant.tenant_id.clone(),
            tenant_type: emulated_type(tenant.tenant_type),
            data: self.data.as_ref().map(|data| data.join(&name)),
            seed: seed.filter(|seed| seed.exists()).map(Seed::File),
        }
    }
}

/// The defaults, except for the answers of the tenant in a report and those that were chosen; of two to one question, the last.
fn assumptions(report: Option<&Path>, chosen: Vec<Choice>) -> Result<Assumptions, CommandError> {
    let of_tenant = report.map(answers_in).transpose()?.unwrap_or_default();
    let mut assumptions = Assumptions::default();
    let choices = of_tenant.into_iter().chain(chosen);
    choices.for_each(|choice| assumptions.choose(choice));
    Ok(assumptions)
}

fn answers_in(report: &Path) -> Result<Vec<Choice>, CommandError> {
    let unusable = |error: &dyn Error| {
        CommandError::usage(
            format!("{} cannot be used: {error}", report.display()),
            "`entraflow probe --report FILE` writes such a file",
        )
    };
    let json = local_file::read(report, local_file::LARGE).map_err(|error| unusable(&error))?;
    let report = ProbeReport::read(&json);
    report
        .and_then(|report| report.choices())
        .map_err(|error| unusable(&error))
}

/// A name without a scheme, a port or a path.
fn host(name: &str) -> Result<String, String> {
    let url = Url::parse(&format!("http://{name}/"));
    match url.ok().as_ref().and_then(Url::host_str) {
        Some(host) if host.eq_ignore_ascii_case(name) => Ok(host.to_owned()),
        _ => Err("a host is a name or an address, without a scheme and a port".to_owned()),
    }
}

/// Prints the URLs, and the variables by which clients find the emulator.
fn print_start(
    out: &mut dyn Write,
    tenant: &str,
    count: usize,
    url: &str,
    authority: Option<&Path>,
) -> io::Result<()> {
    let (emulated, control) = match count {
        1 => (tenant.to_owned(), "_emulator".to_owned()),
        _ => (format!("{count} tenants"), format!("_emulator/{tenant}")),
    };
    writeln!(
        out,
        "Microsoft Graph for {emulated}: {url}/v1.0 and {url}/beta"
    )?;
    writeln!(
        out,
        "Tokens: {url}/{tenant}/oauth2/v2.0/token (grant_type=client_credentials, \
         scope=https://graph.microsoft.com/.default, any client_id and client_secret until an application has a secret, \
         a key or roles)"
    )?;
    writeln!(
        out,
        "For entraflow, with `cloud: emulator` in the tenant document: ENTRAFLOW_EMULATOR={url}"
    )?;
    if let Some(file) = authority {
        let file = std::path::absolute(file)?;
        writeln!(
            out,
            "Clients must trust the certificate authority in {}:",
            file.display()
        )?;
        for (who, variable) in TRUST {
            writeln!(out, "  {who}: {variable}={}", file.display())?;
        }
    }
    writeln!(
        out,
        "To inspect the state and to inject faults: {url}/{control}/ lists the controls"
    )
}

impl CommandError {
    /// No tenant below the paths has `cloud: emulator`.
    fn no_emulated_tenant(paths: &[PathBuf], others: usize) -> Self {
        let paths: Vec<_> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let paths = paths.join(" ");
        match others {
            0 => Self::usage(
                format!("there is no tenant document below {paths}"),
                "`entraflow init DIR` writes one",
            ),
            _ => Self::usage(
                format!("no tenant below {paths} has `cloud: emulator`"),
                "only such a tenant uses an emulator; `entraflow init` writes one",
            ),
        }
    }
}
