//! `entraflow drift`

use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, Leave};
use super::compare::{Compared, compare};
use super::many::{OfTenant, Selection};
use super::rotation::Choice;
use super::source::{Live, Source};
use super::stop::Stop;
use super::{Files, Output, Terminal, accept, load};
use crate::desired::{Desired, DriftRule};
use crate::drift::{Drift as Found, Rule, Rules, findings};
use crate::exit::Exit;
use crate::model::Address;
use crate::render::{self, Account, DriftResult};

/// Show what the tenant has that the files do not say, and end with 11 when there is something.
#[derive(Args, Clone)]
pub(super) struct Drift {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    live: Live,
    /// Write what the tenant has into the files, with their comments kept, and show what is left. With an address only of
    /// that object; may be given several times.
    #[arg(long, value_name = "KIND/NAME", num_args = 0..=1, require_equals = true)]
    accept: Option<Vec<Address>>,
    #[command(flatten)]
    output: Output,
}

impl OfTenant for Drift {
    fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    fn at(&self, path: PathBuf) -> Self {
        let files = Files { paths: vec![path] };
        Self {
            files,
            ..self.clone()
        }
    }

    fn fits_several(&self) -> Result<(), Stop> {
        self.live.fits_several()?;
        match &self.accept {
            None => Ok(()),
            Some(_) => Err(Stop::one_tenant_only(
                "they may share files, which two cannot change at once",
            )),
        }
    }

    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut account = Account::new("drift", &self.files.paths);
        let end = self.stages(&mut account, terminal).await;
        self.output.tell(account, end, terminal)
    }
}

impl Drift {
    async fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut desired = load::load(&self.files.paths, terminal)?;
        account.read(&desired);
        let rules = rules(&desired)?;
        let source = self
            .live
            .open(&desired, &Leave::default(), terminal)
            .await?;
        let mut compared = read(&desired, &source).await?;
        if let Some(addresses) = &self.accept {
            let Compared { live, changes, .. } = &compared;
            accept::accept(addresses, changes, &desired, live, terminal)?;
            // What was written is read like anything else.
            desired = load::load(&self.files.paths, terminal)?;
            account.read(&desired);
            compared = read(&desired, &source).await?;
        }
        let drift = find(&desired, compared, &rules, &source);
        let reading = source.reading();
        source.close().await;
        let DriftResult { drift, reading } = account.drifted.insert(DriftResult { drift, reading });
        self.output.at_once(terminal, |out, style| {
            render::drift(out, drift, *reading, style)
        })?;
        if let Some(addresses) = &self.accept {
            accept::left(drift, addresses)
                .iter()
                .for_each(|help| terminal.tell(&format!("help: {help}")));
        }
        Ok(match drift.is_found() {
            true => Exit::Drift,
            false => Exit::Success,
        })
    }
}

async fn read(desired: &Desired, source: &Source) -> Result<Compared, Stop> {
    let choice = Choice::Changed(Vec::new());
    compare(desired, &Leave::default(), &choice, &source.reader()).await
}

fn find(desired: &Desired, compared: Compared, rules: &Rules, source: &Source) -> Found {
    let Compared {
        live,
        changes,
        warnings,
        ..
    } = compared;
    Found {
        target: source.target().clone(),
        findings: findings(&changes, &live.unmanaged, desired, rules),
        warnings,
    }
}

/// How bad drift is, as the tenant document has it.
fn rules(desired: &Desired) -> Result<Rules, Stop> {
    let rule = |rule: &DriftRule| -> Result<Rule, Stop> {
        Ok(Rule {
            name: bounds::pattern(&rule.name)?,
            field: rule.field.as_ref().map(bounds::pattern).transpose()?,
            severity: rule.severity,
            reason: rule.reason.clone(),
        })
    };
    let kinds = desired.tenant.manage.iter();
    kinds
        .map(|(kind, manage)| {
            let rules = manage.drift.iter().map(rule).collect::<Result<_, _>>()?;
            Ok((kind.clone(), rules))
        })
        .collect()
}
