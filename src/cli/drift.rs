//! `entraflow drift`

use clap::Args;

use super::bounds::{self, Leave};
use super::compare::{Compared, compare};
use super::rotation::Choice;
use super::source::{Live, Source};
use super::stop::Stop;
use super::{Files, Output, Terminal, load};
use crate::certificate::expiring;
use crate::desired::{Desired, DriftRule};
use crate::drift::{Drift as Found, Rule, Rules, findings};
use crate::exit::Exit;
use crate::render::{self, Account, Drifted};

/// Show what the tenant has that the files do not say, and end with 11 when there is something.
#[derive(Args)]
pub(super) struct Drift {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    live: Live,
    #[command(flatten)]
    output: Output,
}

impl Drift {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut account = Account::new("drift", &self.files.paths);
        let end = self.stages(&mut account, terminal).await;
        self.output.tell(account, end, terminal)
    }

    async fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        account.read(&desired);
        let rules = rules(&desired)?;
        let source = self.live.open(&desired.tenant).await?;
        let drift = find(&desired, &rules, &source).await?;
        let reading = source.reading();
        source.close().await;
        let Drifted { drift, reading } = account.drifted.insert(Drifted { drift, reading });
        self.output.at_once(terminal, |out, style| {
            render::drift(out, drift, *reading, style)
        })?;
        Ok(match drift.is_found() {
            true => Exit::Drift,
            false => Exit::Success,
        })
    }
}

async fn find(desired: &Desired, rules: &Rules, source: &Source) -> Result<Found, Stop> {
    let choice = Choice::Changed(Vec::new());
    let Compared { live, changes, .. } =
        compare(desired, &Leave::default(), &choice, &source.reader()).await?;
    Ok(Found {
        target: source.target().clone(),
        findings: findings(&changes, &live.unmanaged, desired, rules),
        warnings: expiring(&live.certificates, jiff::Timestamp::now()),
    })
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
