//! A command's story for one tenant, told for each of several.
//!
//! Tenants run side by side, each with its own pacing and lock; what they say comes out whole, in the order of their
//! paths. One that fails stops no other.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::{StreamExt, stream};
use glob::Pattern;

use super::interrupt::Interrupt;
use super::progress::of_tenants;
use super::shard::Shard;
use super::stop::Stop;
use super::{Output, Terminal};
use crate::desired::{self, TenantFiles};
use crate::exit::Exit;
use crate::model::printable;

/// Which tenants, where the paths hold several, each in a directory of its own.
#[derive(Args, Clone)]
pub(super) struct Selection {
    /// Only tenants whose name, or whose directory below PATH, matches; may be given several times.
    #[arg(long = "tenant", value_name = "GLOB")]
    tenants: Vec<Pattern>,
    /// Only one part of the tenants, so that N machines share the work: 0/4 is the first of four parts.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// How many tenants to work on side by side.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
}

/// A command whose story is about one tenant.
pub(super) trait OfTenant: Clone {
    /// The paths that were given.
    fn paths(&self) -> &[PathBuf];

    fn selection(&self) -> &Selection;

    /// The forms in which the command tells what it came to.
    fn output(&mut self) -> &mut Output;

    /// The same command for the tenant at this path.
    fn at(&self, path: PathBuf) -> Self;

    /// Refuses what makes sense for a single tenant only, apart from the output.
    fn fits_several(&self) -> Result<(), Stop>;

    /// The story for one tenant.
    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop>;
}

/// Runs the command for the tenant, or for each of the tenants, that the paths hold.
pub(super) async fn each<C: OfTenant>(
    mut command: C,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let found = desired::tenants(command.paths());
    if found.is_empty() {
        return command.run(terminal).await;
    }
    let is_only = found.len() == 1;
    if !is_only {
        no_strays(command.paths(), &found)?;
        warn_of_twins(&found, terminal);
    }
    let mut chosen = command.selection().choose(found)?;
    match chosen.pop() {
        None => {
            terminal.tell("note: no tenant falls into this part");
            Ok(Exit::Success)
        }
        Some(tenant) if is_only => named(command, &tenant).run(terminal).await,
        Some(tenant) if chosen.is_empty() => at(&command, &tenant).run(terminal).await,
        Some(last) => {
            chosen.push(last);
            fits_several(&mut command, &chosen)?;
            several(command, chosen, terminal).await
        }
    }
}

/// The same command, whose reports are called after the tenant.
fn named<C: OfTenant>(mut command: C, tenant: &TenantFiles) -> C {
    let output = command.output();
    *output = output.of(&tenant.key);
    command
}

/// The same command for this one of the tenants.
fn at<C: OfTenant>(command: &C, tenant: &TenantFiles) -> C {
    named(command.at(tenant.path.clone()), tenant)
}

fn fits_several<C: OfTenant>(command: &mut C, tenants: &[TenantFiles]) -> Result<(), Stop> {
    command.fits_several()?;
    command.output().fits_several()?;
    let mut keys = BTreeSet::new();
    let twice = tenants.iter().find(|tenant| !keys.insert(&tenant.key));
    match twice.filter(|_| command.output().names_tenants()) {
        None => Ok(()),
        Some(TenantFiles { key, .. }) => Err(Stop::usage(
            format!("two tenants are called `{key}`, so one report would replace the other"),
            "give the directory above both as the PATH".to_owned(),
        )),
    }
}

impl Stop {
    /// An option, or the lack of one, fits a single tenant only.
    pub(super) fn one_tenant_only(why: &str) -> Self {
        let help = "`--tenant NAME` chooses one of them";
        Self::with_help(
            Exit::Usage,
            format!("there are several tenants: {why}"),
            help,
        )
    }

    /// The command works on a single tenant.
    pub(super) fn not_for_several(first: &Path) -> Self {
        let help = format!("give one of them, such as {}", first.display());
        Self::usage(
            "there are several tenants, and this command works on one".to_owned(),
            help,
        )
    }

    /// Somebody wanted a run over several tenants to end.
    pub(super) fn not_begun(count: usize) -> Self {
        let message = format!("interrupted before {count} more of the tenants were begun");
        Self::with_help(Exit::Partial, message, "run the same command again")
    }
}

/// Files beside several tenants belong to none of them.
fn no_strays(paths: &[PathBuf], found: &[TenantFiles]) -> Result<(), Stop> {
    let has_tenant = |path: &Path| found.iter().any(|tenant| is_below(&tenant.path, path));
    match paths.iter().find(|path| !has_tenant(path)) {
        None => Ok(()),
        Some(stray) => {
            let message = format!(
                "{} belongs to none of the {} tenants",
                stray.display(),
                found.len()
            );
            let help = "put it below a tenant's directory, or add it with `include` in the tenant documents";
            Err(Stop::usage(message, help.to_owned()))
        }
    }
}

fn is_below(path: &Path, root: &Path) -> bool {
    match (path.canonicalize(), root.canonicalize()) {
        (Ok(path), Ok(root)) => path.starts_with(&root) || root.starts_with(&path),
        _ => false,
    }
}

impl Selection {
    fn choose(&self, mut found: Vec<TenantFiles>) -> Result<Vec<TenantFiles>, Stop> {
        if let Some(unmet) = self
            .tenants
            .iter()
            .find(|pattern| !found.iter().any(|tenant| is_match(pattern, tenant)))
        {
            let known = found.iter().take(5).map(|tenant| tenant.key.as_str());
            let more = if found.len() > 5 { ", …" } else { "" };
            let help = format!("there is {}{more}", known.collect::<Vec<_>>().join(", "));
            return Err(Stop::usage(format!("no tenant matches `{unmet}`"), help));
        }
        found.retain(|tenant| {
            let is_meant = self.tenants.is_empty()
                || self.tenants.iter().any(|pattern| is_match(pattern, tenant));
            is_meant && self.shard.is_none_or(|shard| shard.has(&tenant.key))
        });
        Ok(found)
    }
}

fn is_match(pattern: &Pattern, tenant: &TenantFiles) -> bool {
    let is_named = |name: &String| pattern.matches(name);
    pattern.matches(&tenant.key) || tenant.name.as_ref().is_some_and(is_named)
}

async fn several<C: OfTenant>(
    command: C,
    tenants: Vec<TenantFiles>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let mut interrupt = Interrupt::listen()?;
    let is_wanted = interrupt.wanted();
    let (count, jobs) = (tenants.len(), command.selection().jobs);
    let mut ends: BTreeMap<Exit, Vec<String>> = BTreeMap::new();
    let apart = terminal.apart();
    let progress = terminal.progress();
    of_tenants(&progress, count);
    let work = async {
        let run = |tenant: TenantFiles| {
            let (command, mut apart) = (at(&command, &tenant), apart.clone());
            progress.set_message(printable(&tenant.key));
            async move {
                let end = command.run(&mut apart).await;
                let exit = end.unwrap_or_else(|stop| apart.stop(&stop));
                (tenant, exit, apart)
            }
        };
        let mut runs = stream::iter(tenants)
            .take_while(|_| ready(!is_wanted.get()))
            .map(run)
            .buffered(jobs.into());
        while let Some((tenant, exit, apart)) = runs.next().await {
            let name = tenant.path.display().to_string();
            terminal.tell(&format!("=== {name}"));
            terminal.replay(apart)?;
            progress.inc(1);
            ends.entry(exit).or_default().push(name);
        }
        Ok::<(), Stop>(())
    };
    let end = interrupt.watch(work, &progress).await;
    progress.finish_and_clear();
    end??;
    summarise(count, &ends, terminal);
    let begun: usize = ends.values().map(Vec::len).sum();
    if begun < count {
        return Err(Stop::not_begun(count - begun));
    }
    let worst = ends.into_keys().max_by_key(|exit| exit.severity());
    Ok(worst.unwrap_or(Exit::Success))
}

/// Warns of tenants that an earlier one is, too, whichever of them are chosen.
fn warn_of_twins(tenants: &[TenantFiles], terminal: &mut Terminal) {
    let mut known = BTreeMap::new();
    for tenant in tenants {
        let Some(identity) = &tenant.identity else {
            continue;
        };
        let first = *known.entry(identity).or_insert(tenant);
        if first != tenant {
            terminal.tell(&format!(
                "warning: {} and {} are the same tenant: each keeps to its limits alone, and with `prune` deletes what \
                 the other declares",
                first.path.display(),
                tenant.path.display()
            ));
        }
    }
}

/// How many tenants there were, and which of them ended other than well.
fn summarise(count: usize, ends: &BTreeMap<Exit, Vec<String>>, terminal: &mut Terminal) {
    let well = ends.get(&Exit::Success).map_or(0, Vec::len);
    terminal.tell(&format!("=== {count} tenants: {well} ended with 0"));
    for (exit, names) in ends.iter().filter(|(exit, _)| **exit != Exit::Success) {
        let (code, meaning) = (exit.code(), exit.meaning());
        terminal.tell(&format!("{} ended with {code} ({meaning}):", names.len()));
        for name in names {
            terminal.tell(&format!("  {name}"));
        }
    }
}
