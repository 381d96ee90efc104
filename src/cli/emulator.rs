//! `entraflow emulator`

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::Terminal;
use super::stop::Stop;
use crate::emulator::{self, Fault, Options, TenantType, Tls};
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
    /// [retry-after=SECONDS]`, such as `POST /identity/b2xUserFlows 503 x2`. EFFECT is a status or one of
    /// concurrency, html, truncated, empty, closeBefore, closeAfter, hold, holdAfter, foreignLink, repeatedLink. May be
    /// given several times.
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
    /// Serve over TLS, with a certificate for this machine that is made at the start. The authority to trust is written
    /// beside the data, with `.ca.pem` at the end of its name, or to .entraflow/emulator.ca.pem.
    #[arg(long)]
    tls: bool,
    /// Serve over TLS, with this certificate: a PEM file, with those between it and its authority.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "tls"
    )]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// Which variable tells whom what authority to trust.
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

impl Emulator {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let tls = self.tls();
        let authority = match &tls {
            Some(Tls::Made { ca_file }) => Some(ca_file.clone()),
            Some(Tls::Own { .. }) | None => None,
        };
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
            tls,
        })
        .await
        .map_err(failed)?;
        let (url, tenant) = (emulator.url(), &self.tenant);
        terminal.result(|out| introduce(out, url, tenant, authority.as_deref()))?;
        tokio::select! {
            ended = emulator.wait() => ended.map_err(|error| Stop::unexpected("the emulator stopped", error))?,
            _ = tokio::signal::ctrl_c() => emulator.stop().await,
        }
        Ok(Exit::Success)
    }

    fn tls(&self) -> Option<Tls> {
        let own = self.tls_cert.clone().zip(self.tls_key.clone());
        if let Some((certificate, key)) = own {
            return Some(Tls::Own { certificate, key });
        }
        let data = self.data.as_deref();
        let mut ca_file = data
            .unwrap_or(Path::new(".entraflow/emulator"))
            .as_os_str()
            .to_owned();
        ca_file.push(".ca.pem");
        self.tls.then(|| Tls::Made {
            ca_file: ca_file.into(),
        })
    }
}

/// Where it is, and what to say to clients that are to find it.
fn introduce(
    out: &mut dyn Write,
    url: &str,
    tenant: &str,
    authority: Option<&Path>,
) -> io::Result<()> {
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
    if let Some(file) = authority {
        let file = std::path::absolute(file)?;
        writeln!(
            out,
            "Clients have to trust the authority in {}:",
            file.display()
        )?;
        for (who, variable) in TRUST {
            writeln!(out, "  {who}: {variable}={}", file.display())?;
        }
    }
    writeln!(
        out,
        "A look inside: {url}/_emulator/requests, /state, /reset, /faults, /held, /latency, /staleness, /clock"
    )
}
