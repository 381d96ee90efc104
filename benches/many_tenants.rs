//! The duration of plans for many tenants with a latency of 50 ms: `cargo bench --bench many_tenants`.
//!
//! Each tenant signs in, lists its collections and reads the subresources of its flows: three sequential round trips,
//! whatever its size. Prints the ratio of the duration to these round trips.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use entraflow::desired::{self, Desired};
use entraflow::diff::diff;
use entraflow::emulator::{self, Emulator, Options};
use entraflow::graph::{self, Cloud, Credential, Settings};
use entraflow::live::{self, OrderReads, OwnershipRules, Scope};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

const TENANTS: usize = 100;
const FLOWS: usize = 20;
const LATENCY: Duration = Duration::from_millis(50);
/// The sequential round trips of a plan: sign-in, lists, subresources.
const SEQUENTIAL: u32 = 3;

type Failure = Box<dyn Error>;

/// A tenant whose files declare all its flows with their subresources.
struct Tenant {
    desired: Desired,
    emulator: Emulator,
}

impl Tenant {
    async fn start(number: usize) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let name = format!("t{number}.onmicrosoft.com");
        let mut documents = format!(
            "kind: tenant\nname: t{number}\ntenantId: {name}\ntype: workforce\ncloud: emulator\n"
        );
        let mut flows = Vec::new();
        for flow in 1..=FLOWS {
            write!(
                documents,
                "---\n\
                 kind: b2xUserFlow\n\
                 id: F{flow}\n\
                 userFlowType: signUpOrSignIn\n\
                 userFlowTypeVersion: 1\n\
                 identityProviders: []\n\
                 apiConnectorConfiguration: {{ postAttributeCollection: null }}\n\
                 userAttributeAssignments: []\n\
                 languages: [{{ id: fr, isEnabled: true }}]\n"
            )?;
            let id = format!("B2X_1_F{flow}");
            flows.push(
                json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}),
            );
        }
        let (files, seed) = (
            directory.path().join("tenant.yaml"),
            directory.path().join("seed"),
        );
        std::fs::write(&files, documents)?;
        std::fs::write(&seed, json!({"b2xUserFlows": flows}).to_string())?;
        let desired = desired::load(&[files], jiff::civil::date(2026, 1, 1));
        let desired =
            desired.map_err(|rejected| format!("{} problems", rejected.problems.len()))?;
        let emulator = emulator::start(Options {
            tenant: name,
            seed: Some(seed.as_path().into()),
            latency: LATENCY,
            ..Options::default()
        });
        Ok(Self {
            desired,
            emulator: emulator.await?,
        })
    }

    /// Reads the tenant and compares it with its files, which match.
    async fn plan(&self) -> Result<(), Failure> {
        let Desired {
            tenant,
            resources,
            pins,
            ..
        } = &self.desired;
        let url = self.emulator.url().to_owned();
        let settings = Settings::new(Cloud::Emulator { url }, &tenant.tenant_id);
        let session = graph::connect(settings, Credential::emulator()).await?;
        let scope = Scope {
            resources,
            pins,
            renames: &BTreeMap::new(),
            rules: &OwnershipRules::default(),
            environment: tenant.environment(),
            check_prerequisites: true,
            orders: OrderReads::Several,
        };
        let live = live::read(&session.reader(), &scope).await?;
        let changes = diff(&live.declared(resources), &live.resources, &BTreeSet::new());
        match changes.len() {
            0 => Ok(()),
            count => Err(format!("{count} unexpected changes").into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let starts = stream::iter(1..=TENANTS).then(Tenant::start);
    let tenants: Vec<_> = starts.try_collect().await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{TENANTS} tenants of {FLOWS} flows, {} ms a request",
        LATENCY.as_millis()
    )?;
    for jobs in [4, 10, TENANTS] {
        let start = Instant::now();
        let plans = stream::iter(&tenants)
            .map(Tenant::plan)
            .buffer_unordered(jobs);
        plans.try_collect::<()>().await?;
        let took = start.elapsed();
        let waits = SEQUENTIAL * u32::try_from(TENANTS.div_ceil(jobs))?;
        let bound = LATENCY * waits;
        let (took, bound) = (took.as_secs_f64(), bound.as_secs_f64());
        let ratio = took / bound;
        writeln!(
            out,
            "{jobs:>4} jobs: {took:.2} s for {waits} sequential round trips, {ratio:.2} times {bound:.2} s"
        )?;
    }
    Ok(())
}
