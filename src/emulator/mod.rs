//! A local emulator of Microsoft Graph's identity user flows, with its own store, route table and validation.
//! Imports nothing of the client's side, so that a misunderstanding of Graph cannot pass in both; serves loopback only.
//!
//! Graph begins at `{url}/v1.0` and `{url}/beta`, tokens come from `{url}/{tenant}/oauth2/v2.0/token`, the
//! metadata of `https://host/path`, where users sign in, is at `{url}/host/path` (see `server::user_metadata`), and
//! `{url}/_emulator/` lets a test inspect the state and inject faults, latency, eventual consistency and a clock (see
//! `server::control`). One emulator can emulate many tenants (see `server::tenants`). Behaviour that no source documents and
//! that a client can see is a row of [`assumptions`](crate::assumptions). Tokens are unsigned: any process on this machine can
//! create one.
//!
//! Each folder uses only those after it: `server`, `routes`, `resources`, `protocol`, then `state` and `metadata`.

mod metadata;
mod protocol;
mod resources;
mod routes;
mod server;
mod state;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use metadata::lookup::{is_enumeration_value, is_property};
pub use routes::catalogue::{ReadRoute, reads, route_of, route_words};
pub use server::faults::{Fault, ParseFaultError};
pub use server::throttle::Throttle;
pub use server::tls::{Tls, TlsError};
pub use state::saved::SavedBodies;
pub use state::state_error::StateError;
pub use state::tenant_type::TenantType;

use crate::assumptions::{Assumptions, Choice};
use protocol::context::TenantContext;
use server::hosts::AllowedHosts;
use server::service::TenantServer;
use server::socket::{self, CutSwitch};
use server::tenants::Tenants;
use state::clock::Clock;
use state::data_file::DataFile;
use state::saved::SavedTenant;
use state::store::State;

/// How to start an emulator.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tenant id or domain; the token endpoint issues tokens for the emulated tenants only.
    pub tenant: String,
    /// Which type of directory to emulate.
    pub tenant_type: TenantType,
    /// File of the state, read at the start if it exists; `None` keeps the state in memory.
    pub data: Option<PathBuf>,
    /// The initial state, used if `data` does not exist yet and after a reset.
    pub seed: Option<Seed>,
    /// Port on 127.0.0.1; 0 takes any free port.
    pub port: u16,
    /// Most items that a page of a collection holds; `None` leaves it to the assumptions.
    pub page_size: Option<usize>,
    /// The faults to inject into the first matching requests.
    pub faults: Vec<Fault>,
    /// Delay of each response.
    pub latency: Duration,
    /// How many reads after a write return the state before it.
    pub stale_reads: u32,
    /// Which throttling limits are enforced, for each tenant.
    pub throttle: Throttle,
    /// The answers to what is not known about Graph.
    pub assumptions: Assumptions,
    /// The certificate to present; `None` serves without TLS.
    pub tls: Option<Tls>,
    /// Names of this machine, besides loopback, to which requests may be addressed.
    pub hosts: Vec<String>,
    /// Whether the emulator finds the answers under which it would have accepted the requests that it refuses.
    pub explains_refusals: bool,
    /// Further tenants that the same process emulates.
    pub others: Vec<TenantOptions>,
}

/// A further tenant of an emulator. The fields are those of [`Options`].
#[derive(Clone, Debug)]
pub struct TenantOptions {
    /// Tenant id or domain.
    pub tenant: String,
    /// Which type of directory to emulate.
    pub tenant_type: TenantType,
    /// File of the state.
    pub data: Option<PathBuf>,
    /// The initial state.
    pub seed: Option<Seed>,
}

/// An initial state.
#[derive(Clone, Debug)]
pub enum Seed {
    /// A state file.
    File(PathBuf),
    /// What a tenant has answered.
    Saved(SavedBodies),
}

impl From<&Path> for Seed {
    fn from(file: &Path) -> Self {
        Self::File(file.to_owned())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenant: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            data: None,
            seed: None,
            port: 0,
            page_size: None,
            faults: Vec::new(),
            latency: Duration::ZERO,
            stale_reads: 0,
            throttle: Throttle::Off,
            assumptions: Assumptions::default(),
            tls: None,
            hosts: Vec::new(),
            explains_refusals: false,
            others: Vec::new(),
        }
    }
}

/// Why an emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data or the seed cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The requested port.
        port: u16,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// A running emulator. Dropping it stops it; `stop` waits until it has stopped.
pub struct Emulator {
    url: String,
    server: Arc<TenantServer>,
    tenants: Arc<Tenants>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

/// Most requests in the logs of all tenants together: enough for any test.
const MAX_LOGGED: usize = 100_000;
/// Least size of each tenant's log, so that the first requests of a test stay in it.
const MIN_LOGGED_PER_TENANT: usize = 100;

/// Starts an emulator on 127.0.0.1.
pub async fn start(options: Options) -> Result<Emulator, StartError> {
    let port = options.port;
    let refused = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(refused)?;
    // Only after the port is bound: the CA file may belong to an emulator that already runs on this port.
    let tls = options.tls.as_ref();
    let acceptor = tls.map(|tls| tls.acceptor(&options.hosts)).transpose()?;
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().map_err(refused)?);
    let server = Arc::new(tenant_server(&options, &first(&options), &url)?);
    let others = options.others.iter();
    let others: Vec<_> = others
        .map(|other| self::tenant_server(&options, other, &url))
        .collect::<Result<_, _>>()?;
    let hosts = AllowedHosts::new(&options.hosts);
    let tenants = Arc::new(Tenants::new(Arc::clone(&server), others, hosts));
    let app = Router::new()
        .fallback(server::http::handle)
        .with_state(Arc::clone(&tenants));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(
        socket::Listener::new(listener, acceptor),
        app.into_make_service_with_connect_info::<CutSwitch>(),
    )
    // A dropped sender stops the emulator as a message would.
    .with_graceful_shutdown(async { drop(stopped.await) });
    let running = tokio::spawn(serving.into_future());
    Ok(Emulator {
        url,
        server,
        tenants,
        stop: Some(stop),
        running,
    })
}

fn first(options: &Options) -> TenantOptions {
    TenantOptions {
        tenant: options.tenant.clone(),
        tenant_type: options.tenant_type,
        data: options.data.clone(),
        seed: options.seed.clone(),
    }
}

/// The server of one tenant.
fn tenant_server(
    options: &Options,
    emulated: &TenantOptions,
    url: &str,
) -> Result<TenantServer, StateError> {
    let TenantOptions {
        tenant,
        tenant_type,
        data,
        seed,
    } = emulated.clone();
    let mut assumptions = options.assumptions.clone();
    let initial = match &seed {
        Some(Seed::File(file)) => State::read(file, tenant_type)?,
        Some(Seed::Saved(bodies)) => {
            let saved = SavedTenant::of(bodies);
            assumptions = saved.proven(assumptions);
            State::of_saved(saved, tenant_type)
        }
        None => State::new(tenant_type),
    };
    let file = data.as_deref().map(|path| {
        DataFile::open(path).map_err(|source| StateError::Lock {
            path: path.to_owned(),
            source,
        })
    });
    let file = file.transpose()?;
    let state = match data.as_deref().filter(|data| data.exists()) {
        Some(data) => State::read(data, tenant_type)?,
        None => initial.clone(),
    };
    let max_logged = (MAX_LOGGED / (1 + options.others.len())).max(MIN_LOGGED_PER_TENANT);
    let context = TenantContext {
        name: tenant,
        tenant_type,
        url: url.to_owned(),
        page_size: options.page_size,
        clock: Clock::default(),
    };
    let server = TenantServer::new(context, max_logged, file, initial, state);
    Ok(server.with(
        options.faults.clone(),
        options.latency,
        options.stale_reads,
        options.throttle,
        assumptions,
        options.explains_refusals,
    ))
}

impl Emulator {
    /// The address it listens on: `http://127.0.0.1:{port}`, or `https:`, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token with these application roles, as the token endpoint would issue it.
    pub fn token(&self, roles: &[&str]) -> String {
        self.server.token(roles)
    }

    /// The other answers under which it would have accepted a request that it has refused, if it explains refusals.
    pub fn alternatives(&self) -> Vec<Choice> {
        self.server.lock().alternatives.clone()
    }

    /// Waits until the emulator ends by itself, which happens only if its socket fails.
    pub async fn wait(&mut self) -> std::io::Result<()> {
        (&mut self.running)
            .await
            .unwrap_or_else(|ended| Err(std::io::Error::other(ended)))
    }

    /// Stops listening and waits two seconds for requests in progress; then it closes the remaining connections.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(Duration::from_secs(2), &mut self.running)
            .await
            .is_err()
        {
            self.running.abort();
        }
    }
}

impl Drop for Emulator {
    /// Its connections may outlive it, but not its ownership of the state files.
    fn drop(&mut self) {
        self.tenants.release();
    }
}
