//! Runs a command for the tenant, or for each of the tenants, that the paths hold.
//!
//! Tenants run concurrently, each with its own pacing and lock. The output of each is printed whole, in the order of
//! the paths. A failure of one does not stop the others.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, FromArgMatches};
use futures_util::{StreamExt, stream};
use glob::Pattern;

use super::command_error::CommandError;
use super::connect::embedded_state;
use super::file;
use super::interrupt::Interrupt;
use super::load;
use super::origin;
use super::output::Output;
use super::progress::of_tenants;
use super::shard::Shard;
use super::terminal::Terminal;
use crate::desired::{self, TenantFiles, Tenants};
use crate::exit::Exit;
use crate::kinds::CloudName;
use crate::model::printable;
use crate::problem::did_you_mean;
use crate::render::RunReport;

/// The files of one tenant.
#[derive(Args, Clone)]
pub(super) struct Files {
    /// Files and directories with the tenant's documents.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
}

/// The arguments of every command that can work on several tenants.
#[derive(Args, Clone)]
pub(super) struct TenantArgs {
    #[command(flatten)]
    pub(super) files: Files,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Which tenants, if the paths hold several, each in a directory of its own.
#[derive(Args, Clone)]
struct Selection {
    /// Only tenants whose name, or whose directory below PATH, matches; can be given several times.
    #[arg(long = "tenant", value_name = "GLOB")]
    tenants: Vec<Pattern>,
    /// Only one part of the tenants, so that N machines share the work: 0/4 is the first of four parts.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// How many tenants to work on concurrently.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
}

/// A command that works on one tenant at a time.
pub(super) trait TenantCommand: Args + Clone {
    /// The name of the command in reports.
    const NAME: &'static str;

    /// Refuses options that fit a single tenant only.
    fn check_several(&self) -> Result<(), CommandError>;

    /// The stages of the command for one tenant. They add their results to the report.
    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError>;
}

/// A command with the arguments that name its tenants. The help is that of the command.
#[derive(Clone)]
pub(super) struct ForTenants<C> {
    tenants: TenantArgs,
    command: C,
}

impl<C: TenantCommand> FromArgMatches for ForTenants<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            tenants: TenantArgs::from_arg_matches(matches)?,
            command: C::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.tenants.update_from_arg_matches(matches)?;
        self.command.update_from_arg_matches(matches)
    }
}

impl<C: TenantCommand> Args for ForTenants<C> {
    fn augment_args(command: clap::Command) -> clap::Command {
        C::augment_args(TenantArgs::augment_args(command))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        C::augment_args_for_update(TenantArgs::augment_args_for_update(command))
    }
}

impl<C: TenantCommand> ForTenants<C> {
    /// Runs the command for each tenant that is selected.
    pub(super) async fn run(mut self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let paths = self.tenants.files.paths.as_slice();
        let Tenants { found, left_out } = desired::tenants(paths);
        if found.is_empty() {
            return self.run_one(terminal).await;
        }
        let is_only = found.len() == 1;
        if !is_only {
            reject_strays(paths, &found)?;
            terminal.left_out(left_out)?;
        }
        let named = self.tenants.selection.named(found)?;
        reject_duplicates(&named)?;
        let mut selected = self.tenants.selection.shard_of(named);
        match selected.pop() {
            None => {
                terminal.message("note: this part has no tenants");
                Ok(Exit::Success)
            }
            Some(tenant) if is_only => {
                self.tenants.output = self.tenants.output.of(&tenant.key);
                self.run_one(terminal).await
            }
            Some(tenant) if selected.is_empty() => self.at(&tenant).run_one(terminal).await,
            Some(last) => {
                selected.push(last);
                self.check_several(&selected)?;
                self.run_several(selected, terminal).await
            }
        }
    }

    /// The same command for one of the tenants.
    fn at(&self, tenant: &TenantFiles) -> Self {
        let mut command = self.clone();
        command.tenants.files.paths = vec![tenant.path.clone()];
        command.tenants.output = self.tenants.output.of(&tenant.key);
        command
    }

    async fn run_one(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let Self { tenants, command } = self;
        let mut report = RunReport::new(C::NAME, &tenants.files.paths);
        report.origin = Some(origin::of(&tenants.files.paths));
        let end = command.run(&tenants, &mut report, terminal).await;
        tenants.output.finish(report, end, terminal)
    }

    fn check_several(&self, tenants: &[TenantFiles]) -> Result<(), CommandError> {
        let Self {
            tenants: TenantArgs { output, .. },
            command,
        } = self;
        command.check_several()?;
        output.check_several()?;
        let mut keys = BTreeSet::new();
        let duplicate = tenants.iter().find(|tenant| !keys.insert(&tenant.key));
        match duplicate.filter(|_| output.names_tenants()) {
            None => Ok(()),
            Some(TenantFiles { key, .. }) => Err(CommandError::usage(
                format!(
                    "two tenants have the directory name `{key}`, so one report would overwrite the other"
                ),
                "give their common parent directory as the PATH",
            )),
        }
    }

    async fn run_several(
        self,
        tenants: Vec<TenantFiles>,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let mut interrupt = Interrupt::listen()?;
        let is_stopping = interrupt.is_stopping();
        let (count, jobs) = (tenants.len(), self.tenants.selection.jobs);
        let mut ends: BTreeMap<Exit, Vec<String>> = BTreeMap::new();
        let template = terminal.clone();
        let progress = terminal.progress();
        of_tenants(&progress, count);
        let work = async {
            let run = |tenant: TenantFiles| {
                let (command, mut buffer) = (self.at(&tenant), template.for_one_of_several());
                progress.set_message(printable(&tenant.key));
                async move {
                    let end = command.run_one(&mut buffer).await;
                    let exit = end.unwrap_or_else(|error| buffer.error(&error));
                    (tenant, exit, buffer)
                }
            };
            let mut runs = stream::iter(tenants)
                .take_while(|_| ready(!is_stopping.get()))
                .map(run)
                .buffered(jobs.into());
            while let Some((tenant, exit, buffer)) = runs.next().await {
                let name = tenant.path.display().to_string();
                terminal.message(&format!("=== {name}"));
                terminal.replay(buffer)?;
                progress.inc(1);
                ends.entry(exit).or_default().push(name);
            }
            Ok::<(), CommandError>(())
        };
        let end = interrupt.watch(work, &progress).await;
        progress.finish_and_clear();
        end??;
        summarise(count, &ends, terminal);
        let started: usize = ends.values().map(Vec::len).sum();
        if started < count {
            return Err(CommandError::tenants_not_started(count - started));
        }
        let worst = ends.into_keys().max_by_key(|exit| exit.severity());
        Ok(worst.unwrap_or(Exit::Success))
    }
}

impl CommandError {
    /// An option, or the lack of one, fits a single tenant only.
    pub(super) fn one_tenant_only(why: &str) -> Self {
        let message = format!("the paths hold several tenants: {why}");
        Self::usage(message, "select one of them with `--tenant NAME`")
    }

    /// The command works on a single tenant.
    pub(super) fn not_for_several(first: &Path) -> Self {
        let help = format!("give the path of one of them, such as {}", first.display());
        Self::usage(
            "the paths hold several tenants, and this command works on one",
            help,
        )
    }

    /// A run over several tenants was interrupted.
    fn tenants_not_started(count: usize) -> Self {
        let message = format!("interrupted: {count} tenants were not started");
        Self::with_help(Exit::Partial, message, "run the same command again")
    }
}

/// Refuses paths outside the directories of the tenants.
fn reject_strays(paths: &[PathBuf], found: &[TenantFiles]) -> Result<(), CommandError> {
    let has_tenant = |path: &Path| found.iter().any(|tenant| is_below(&tenant.path, path));
    match paths.iter().find(|path| !has_tenant(path)) {
        None => Ok(()),
        Some(stray) => {
            let message = format!(
                "{} belongs to none of the {} tenants",
                stray.display(),
                found.len()
            );
            let help = "move it below the directory of a tenant, or name it in `include` of the tenant documents";
            Err(CommandError::usage(message, help))
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
    /// The tenants that `--tenant` names; all without it.
    fn named(&self, mut found: Vec<TenantFiles>) -> Result<Vec<TenantFiles>, CommandError> {
        let matches_none =
            |pattern: &&Pattern| !found.iter().any(|tenant| is_match(pattern, tenant));
        if let Some(pattern) = self.tenants.iter().find(matches_none) {
            return Err(CommandError::usage(
                format!("no tenant matches `{pattern}`"),
                nearest(pattern.as_str(), &found),
            ));
        }
        found.retain(|tenant| {
            let mut patterns = self.tenants.iter();
            self.tenants.is_empty() || patterns.any(|pattern| is_match(pattern, tenant))
        });
        Ok(found)
    }

    /// The tenants of the part of the work that `--shard` selects.
    fn shard_of(&self, mut named: Vec<TenantFiles>) -> Vec<TenantFiles> {
        named.retain(|tenant| self.shard.is_none_or(|shard| shard.has(&tenant.key)));
        named
    }
}

/// Which tenant was probably meant, else the first ones.
fn nearest(pattern: &str, found: &[TenantFiles]) -> String {
    let keys = found.iter().map(|tenant| tenant.key.as_str());
    let names = found.iter().filter_map(|tenant| tenant.name.as_deref());
    if let Some(nearest) = did_you_mean(pattern, keys.clone().chain(names)) {
        return format!("did you mean `{nearest}`?");
    }
    let more = if found.len() > 5 { ", …" } else { "" };
    let known: Vec<_> = keys.take(5).collect();
    format!("the tenants are {}{more}", known.join(", "))
}

fn is_match(pattern: &Pattern, tenant: &TenantFiles) -> bool {
    let is_name = |name: &String| pattern.matches(name);
    pattern.matches(&tenant.key) || tenant.name.as_ref().is_some_and(is_name)
}

/// What two directories of one tenant have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// The cloud and the domain or GUID of the tenant.
    Tenant(String, String),
    /// The state of an embedded emulator.
    State(PathBuf),
}

impl Identity {
    /// The identity of a tenant; `None` if its document has errors, which loading reports.
    fn of(tenant: &TenantFiles) -> Option<Self> {
        let written = tenant.identity.clone();
        let (cloud, id) = written.or_else(|| {
            let loaded = desired::load_tenant(&tenant.document, load::today()).ok()?;
            Some((
                loaded.cloud.as_str().to_lowercase(),
                loaded.tenant_id.to_lowercase(),
            ))
        })?;
        let directory = tenant.document.parent().unwrap_or(Path::new(""));
        match cloud == CloudName::Emulator.as_str() {
            true => embedded_state(directory).map(|state| Self::State(file::located(&state))),
            false => None,
        }
        .or(Some(Self::Tenant(cloud, id)))
    }
}

/// Refuses directories that declare the same tenant, in any part of the work: each would undo the changes of the other.
fn reject_duplicates(tenants: &[TenantFiles]) -> Result<(), CommandError> {
    let mut known = BTreeMap::new();
    for tenant in tenants.iter().filter(|_| tenants.len() > 1) {
        let Some(identity) = Identity::of(tenant) else {
            continue;
        };
        if let Some(first) = known.insert(identity, tenant) {
            let (first, second) = (first.path.display(), tenant.path.display());
            return Err(CommandError::with_help(
                Exit::Problems,
                format!("{first} and {second} are the same tenant"),
                "keep the documents of a tenant in one directory, correct `tenantId`, or select one with `--tenant NAME`",
            ));
        }
    }
    Ok(())
}

/// Prints how many tenants there were, and which of them did not succeed.
fn summarise(count: usize, ends: &BTreeMap<Exit, Vec<String>>, terminal: &mut Terminal) {
    let succeeded = ends.get(&Exit::Success).map_or(0, Vec::len);
    terminal.message(&format!("=== {count} tenants: {succeeded} ended with 0"));
    for (exit, names) in ends.iter().filter(|(exit, _)| **exit != Exit::Success) {
        let (code, meaning) = (exit.code(), exit.meaning());
        terminal.message(&format!("{} ended with {code} ({meaning}):", names.len()));
        for name in names {
            terminal.message(&format!("  {name}"));
        }
    }
}
