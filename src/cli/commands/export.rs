//! `entraflow export`

mod target;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCompleter;

use crate::cli::command_error::CommandError;
use crate::cli::complete;
use crate::cli::connect::Connection;
use crate::cli::file;
use crate::cli::help;
use crate::cli::permissions;
use crate::cli::terminal::Terminal;
use crate::desired::{TENANT, files};
use crate::engine::permissions::Access;
use crate::engine::{self, ObjectFilter};
use crate::exit::Exit;
use crate::export::{self, DocumentDetail, ExistingFiles, ExportInput, FileAction, SCHEMAS};
use crate::kinds::shape::TextRule;
use crate::kinds::{CloudName, Kind, TenantType};
use crate::live::{
    self, Live, Mismatch, OwnershipRules, ReadFilter, Unmatched, UnreadPart, matches,
};
use crate::model::{Address, Namesakes};
use crate::problem::did_you_mean;
use crate::render::{self, ExportReport};
use crate::schema;
use target::ExportTarget;

/// From this number of objects with texts on, a note says that reading them takes further requests.
const MANY: usize = 20;

/// Write the live state as YAML files, to adopt a tenant or to update its files. Writes nothing to the tenant.
///
/// `--tenant-id`, `--type` and `--cloud` name a tenant that has no files yet. Declared objects are updated in their
/// documents, with all comments kept; each other object gets a file of its own. Objects of a deprecated kind are exported
/// only if a file declares one already, or if `--only` names the kind.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow export --only b2xUserFlow"))]
pub(in crate::cli) struct ExportCommand {
    /// Files and directories with the tenant's documents.
    #[arg(value_name = "PATH", default_value = ".", conflicts_with = "tenant_id")]
    paths: Vec<PathBuf>,
    /// The directory to write to, if not the one of the tenant document.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Export only objects of this kind with this name; `*` and `?` are wildcards. Can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(complete::selectable))]
    only: Vec<ObjectFilter>,
    /// Write also the fields whose values are the defaults of Graph.
    #[arg(long)]
    full: bool,
    /// Do not change existing documents.
    #[arg(long)]
    no_clobber: bool,
    /// Leave out page texts, which take most of the requests.
    #[arg(long)]
    no_pages: bool,
    /// The domain or GUID of a tenant that has no files yet.
    #[arg(long, value_name = "TENANT", requires_all = ["tenant_type", "cloud"], value_parser = tenant_id)]
    tenant_id: Option<String>,
    /// The type of the tenant.
    #[arg(long = "type", value_name = "TYPE", requires = "tenant_id", value_parser = types())]
    tenant_type: Option<TenantType>,
    /// The cloud of the tenant.
    #[arg(long, requires = "tenant_id", value_parser = clouds())]
    cloud: Option<CloudName>,
}

fn types() -> impl TypedValueParser<Value = TenantType> {
    PossibleValuesParser::new(TenantType::ALL.map(TenantType::as_str)).map(|word| {
        let found = TenantType::ALL.into_iter().find(|it| it.as_str() == word);
        found.unwrap_or(TenantType::Workforce)
    })
}

pub(super) fn clouds() -> impl TypedValueParser<Value = CloudName> {
    PossibleValuesParser::new(CloudName::ALL.map(CloudName::as_str)).map(|word| {
        let found = CloudName::ALL.into_iter().find(|it| it.as_str() == word);
        found.unwrap_or(CloudName::Global)
    })
}

/// The domain or GUID of a tenant, as an argument.
pub(super) fn tenant_id(text: &str) -> Result<String, String> {
    match TextRule::TenantId.accepts(text) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected {}", TextRule::TenantId.expected())),
    }
}

impl ExportCommand {
    /// A full export of the tenant whose document is in this directory.
    pub(super) fn all(directory: &Path) -> Self {
        Self {
            paths: vec![directory.to_owned()],
            out: None,
            only: Vec::new(),
            full: false,
            no_clobber: false,
            no_pages: false,
            tenant_id: None,
            tenant_type: None,
            cloud: None,
        }
    }

    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let target = self.target(terminal)?;
        let connection = Connection::open(&target.tenant, terminal).await?;
        let (live, unmatched) = self.read(&target, &connection, terminal).await?;
        let cost = connection.session.requests();
        let tenant = connection.target.clone();
        let is_embedded = connection.is_embedded();
        connection.close(terminal).await;
        if let Some(note) = engine::unlisted_note(&live.unlisted) {
            terminal.message(&format!("warning: {note}; none is exported"));
        }
        self.check_only(&live, &unmatched)?;
        let export = self.export(&target, &live, &unmatched);
        write(&target, &export)?;
        let exported = ExportReport {
            target: &tenant,
            export: &export,
            missing: &self.missing(&target, &live, &unmatched),
            unread: live.unread.iter().map(engine::unread_message).collect(),
            requests: cost.requests,
            round_trips: cost.round_trips,
            directory: &target.root,
        };
        let style = terminal.style();
        terminal.result(|out| render::export(out, &exported, style))?;
        if is_embedded && target.root != target.tenant.directory {
            terminal.message(&note_on_state(&target));
        }
        Ok(exit(&live, &target))
    }

    fn target(&self, terminal: &mut Terminal) -> Result<ExportTarget, CommandError> {
        match (&self.tenant_id, self.tenant_type, self.cloud) {
            (Some(id), Some(tenant_type), Some(cloud)) => {
                let out = self.out.as_deref().unwrap_or(Path::new("."));
                ExportTarget::of_tenant(id, tenant_type, cloud, out, terminal)
            }
            _ => ExportTarget::of_files(&self.paths, self.out.as_deref(), terminal),
        }
    }

    /// Whether a kind is exported. A deprecated one is exported only if `--only` names it or a file declares such an
    /// object: it shows the objects of its successors, or Graph may not serve it.
    fn exports_kind(&self, kind: &Kind, target: &ExportTarget) -> bool {
        let is_declared = || {
            target
                .places()
                .keys()
                .any(|address| address.kind() == kind.name)
        };
        match self.only.is_empty() {
            true if !kind.is_offered(target.tenant.cloud) => false,
            true => kind.constraints.deprecated.is_none() || is_declared(),
            false => self.only.iter().any(|only| only.is_of(kind)),
        }
    }

    /// Whether an object is exported: the filters include it, no file declares it as absent and no rule ignores it.
    fn exports(&self, address: &Address, target: &ExportTarget, rules: &OwnershipRules) -> bool {
        let is_ignored = || {
            let rules = rules
                .kinds
                .get(address.kind())
                .into_iter()
                .flat_map(|rules| &rules.ignore);
            let mut found = rules.filter(|rule| matches(rule, address));
            found.next().is_some() && !target.places().contains_key(address)
        };
        let is_asked = self.only.is_empty() || self.only.iter().any(|only| only.matches(address));
        is_asked && !rules.absent.contains(address) && !is_ignored()
    }

    async fn read(
        &self,
        target: &ExportTarget,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<(Live, Vec<Unmatched>), CommandError> {
        let rules = match &target.existing {
            Some(desired) => {
                engine::read_rules(desired).map_err(|error| CommandError::engine(error, desired))?
            }
            None => OwnershipRules::default(),
        };
        let filter = ReadFilter {
            includes_kind: &|kind| self.exports_kind(kind, target),
            includes_object: &|address| self.exports(address, target, &rules),
            pins: target.pins(),
            environment: target.tenant.environment(),
        };
        let kinds = live::filtered_kinds(&filter);
        let objects = "the objects to export";
        permissions::check(connection, &kinds, Access::Read, objects, terminal);
        let reader = connection.session.reader();
        let all = live::read_all(&reader, &filter).await;
        let all = all.map_err(|error| self.suggest_only(CommandError::reading_all(error)));
        let (mut live, unmatched) = all?;
        if !self.no_pages {
            let owners = live::text_owner_count(&live.resources);
            if owners >= MANY {
                terminal.message(&format!(
                    "note: reading the page texts of {owners} objects; `--no-pages` skips them"
                ));
            }
            let read = live::read_contents(&reader, &mut live.resources, &live.ids).await;
            live.unread.extend(read.map_err(CommandError::reading_all)?);
        }
        Ok((live, unmatched))
    }

    /// Adds the hint that a smaller export needs fewer permissions.
    fn suggest_only(&self, mut error: CommandError) -> CommandError {
        if self.only.is_empty() && error.exit == Exit::Denied {
            let help = "`--only KIND/NAME` limits the export to kinds that the token may read";
            error.help.insert(0, help.to_owned());
        }
        error
    }

    /// Refuses a filter that matches no live object.
    fn check_only(&self, live: &Live, unmatched: &[Unmatched]) -> Result<(), CommandError> {
        let found = || {
            live.resources
                .keys()
                .chain(unmatched.iter().map(|unmatched| &unmatched.address))
        };
        let is_unlisted = |only: &ObjectFilter| {
            let mut kinds = live.unlisted.iter().filter_map(|name| Kind::find(name));
            kinds.any(|kind| only.is_of(kind))
        };
        let Some(only) = self
            .only
            .iter()
            .find(|only| !is_unlisted(only) && !found().any(|address| only.matches(address)))
        else {
            return Ok(());
        };
        let names: Vec<_> = live.ids.keys().map(ToString::to_string).collect();
        let help = match did_you_mean(only.written(), names.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`entraflow export` without `--only` exports all objects".to_owned(),
        };
        Err(CommandError::usage(
            format!("the tenant has no {}", only.written()),
            help,
        ))
    }

    fn export(
        &self,
        target: &ExportTarget,
        live: &Live,
        unmatched: &[Unmatched],
    ) -> export::ExportResult {
        let job = ExportInput {
            resources: &live.resources,
            ids: &live.ids,
            places: target.places(),
            variables: target.variables(),
            root: &target.root,
            extent: if self.full {
                DocumentDetail::Full
            } else {
                DocumentDetail::Short
            },
            existing: if self.no_clobber {
                ExistingFiles::Keep
            } else {
                ExistingFiles::Update
            },
            read: &text_of,
        };
        let mut export = export::export(&job);
        export.not_exported.extend(
            unmatched
                .iter()
                .filter_map(|unmatched| left_out(unmatched, live)),
        );
        export
    }

    /// The declared objects that the tenant does not have.
    fn missing(&self, target: &ExportTarget, live: &Live, unmatched: &[Unmatched]) -> Vec<Address> {
        let is_unmatched = |address: &Address| {
            unmatched
                .iter()
                .any(|unmatched| unmatched.address == *address)
        };
        let is_missing = |address: &&Address| {
            Kind::of(address).is_some_and(|kind| self.exports_kind(kind, target))
                && self.exports(address, target, &OwnershipRules::default())
                && !live.resources.contains_key(*address)
                && !live.unlisted.contains(address.kind())
                && !is_unmatched(address)
        };
        target.present().filter(is_missing).cloned().collect()
    }
}

/// Success, unless a part could not be read that a file declares.
fn exit(live: &Live, target: &ExportTarget) -> Exit {
    let is_declared = |part: &UnreadPart| target.declares(&part.address, &part.path);
    match live.unread.iter().any(is_declared) {
        true => Exit::Incomplete,
        false => Exit::Success,
    }
}

impl CommandError {
    /// A new file would not be read.
    fn export_ignored(path: &Path) -> Self {
        Self::usage(
            format!(
                "{} would not be read again: .entraflowignore leaves it out; nothing was written",
                path.display()
            ),
            "correct .entraflowignore, or exclude the object with an `ignore` rule of the tenant document",
        )
    }
}

/// The text of a file; empty if it is no text, which no export may replace.
fn text_of(path: &Path) -> Option<String> {
    path.symlink_metadata().ok()?;
    let is_file = path.is_file();
    let text = is_file.then(|| fs::read_to_string(path).ok()).flatten();
    Some(text.unwrap_or_default())
}

/// Why an object is not exported that is ambiguous or of an unknown type. A pinned id that the tenant does not have is reported by `missing`.
fn left_out(unmatched: &Unmatched, live: &Live) -> Option<(Address, String)> {
    let address = &unmatched.address;
    let why = match &unmatched.reason {
        Mismatch::Ambiguous(ids) => {
            let found = Namesakes::among(ids.clone(), &live.resources);
            format!("{}; {}", found.message(), found.help(address.kind()))
        }
        Mismatch::UnknownType => "entraflow has no kind for objects of its type".to_owned(),
        Mismatch::NoSuchId(_) | Mismatch::NoSuchName => return None,
    };
    Some((address.clone(), why))
}

/// Each directory has an embedded emulator of its own.
fn note_on_state(target: &ExportTarget) -> String {
    let state = |directory: &Path| directory.join(".entraflow").display().to_string();
    format!(
        "note: each directory has a local tenant of its own: a plan in the new directory starts with an empty one, unless \
         {}/graph.json is copied to {}",
        state(&target.tenant.directory),
        state(&target.root)
    )
}

fn write(target: &ExportTarget, export: &export::ExportResult) -> Result<(), CommandError> {
    let documents = export.documents.iter();
    let new = documents.filter(|document| document.action == FileAction::Create);
    let new: Vec<_> = new.collect();
    let is_ignored = |path: &Path| files::is_ignored(&target.root, path);
    if let Some(document) = new.iter().find(|document| is_ignored(&document.path)) {
        return Err(CommandError::export_ignored(&document.path));
    }
    let mut named: BTreeSet<_> = new.iter().map(|document| document.address.kind()).collect();
    let tenant = target.document();
    named.extend(tenant.iter().map(|_| TENANT));
    let schemas = schema::files().into_iter().filter(|(file, _)| {
        file.split('.')
            .next()
            .is_some_and(|name| named.contains(name))
    });
    let schemas = schemas.map(|(file, text)| (target.root.join(SCHEMAS).join(file), text));
    let files = export
        .files
        .iter()
        .map(|(path, text)| (path.clone(), text.clone()));
    for (path, text) in files.chain(tenant).chain(schemas) {
        file::replace(&path, &text).map_err(|error| CommandError::unwritable(&path, error))?;
    }
    Ok(())
}
