//! `entraflow export`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::connect::Connection;
use super::only::Only;
use super::origin::Origin;
use super::permissions::{self, Use};
use super::stop::Stop;
use super::{Terminal, bounds};
use crate::desired::TENANT;
use crate::exit::Exit;
use crate::export::{self, Existing, Extent, FileAction, Job, SCHEMAS};
use crate::kinds::{CloudName, Kind, TenantType};
use crate::live::{self, Everything, Live, Mismatch, Rules, Unmatched, matches};
use crate::model::Address;
use crate::problem::did_you_mean;
use crate::render::{self, ExportReport};
use crate::schema;

/// From how many parts on it is told that reading their texts takes a while.
const MANY: usize = 20;

/// Write what a tenant has as YAML files, to adopt it or to bring its files up to date. Writes nothing to the tenant.
///
/// A tenant that has no files yet is named with `--tenant-id`, `--type` and `--cloud`. Objects that are declared already
/// are updated where they are, with all comments kept; the others come into files of their own. Objects of a deprecated
/// kind are exported only where a file declares one already, or `--only` names the kind.
#[derive(Args)]
pub(super) struct Export {
    /// Files and directories with the tenant's documents.
    #[arg(value_name = "PATH", default_value = ".", conflicts_with = "tenant_id")]
    paths: Vec<PathBuf>,
    /// The directory to write to, if it is not that of the tenant document.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Export only objects of this kind with this name, which may hold `*` and `?`; may be given several times.
    #[arg(long, value_name = "KIND/NAME")]
    only: Vec<Only>,
    /// Say also what is as Graph has it anyway.
    #[arg(long)]
    full: bool,
    /// Leave alone the documents that there are already.
    #[arg(long)]
    no_clobber: bool,
    /// Leave out the texts of pages, which take most of the requests to read.
    #[arg(long)]
    no_pages: bool,
    /// The domain or GUID of a tenant that has no files yet.
    #[arg(long, value_name = "TENANT", requires_all = ["tenant_type", "cloud"])]
    tenant_id: Option<String>,
    /// What kind of tenant it is.
    #[arg(long = "type", value_name = "TYPE", requires = "tenant_id", value_parser = types())]
    tenant_type: Option<TenantType>,
    /// Where the tenant lives.
    #[arg(long, requires = "tenant_id", value_parser = clouds())]
    cloud: Option<CloudName>,
}

fn types() -> impl TypedValueParser<Value = TenantType> {
    PossibleValuesParser::new(TenantType::ALL.map(TenantType::word)).map(|word| {
        let found = TenantType::ALL.into_iter().find(|it| it.word() == word);
        found.unwrap_or(TenantType::Workforce)
    })
}

pub(super) fn clouds() -> impl TypedValueParser<Value = CloudName> {
    PossibleValuesParser::new(CloudName::ALL.map(CloudName::word)).map(|word| {
        let found = CloudName::ALL.into_iter().find(|it| it.word() == word);
        found.unwrap_or(CloudName::Global)
    })
}

impl Export {
    /// All that the tenant has whose document is in this directory.
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

    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let origin = self.origin(terminal)?;
        let connection = Connection::open(&origin.tenant, terminal).await?;
        let (live, unmatched) = self.read(&origin, &connection, terminal).await?;
        let cost = connection.session.requests();
        let target = connection.target.clone();
        let is_embedded = connection.is_embedded();
        connection.close().await;
        self.check_only(&live, &unmatched)?;
        let export = self.export(&origin, &live, &unmatched);
        write(&origin, &export)?;
        let told = ExportReport {
            target: &target,
            export: &export,
            missing: &self.missing(&origin, &live, &unmatched),
            requests: cost.requests,
            round_trips: cost.round_trips,
            directory: &origin.root,
        };
        let style = terminal.style();
        terminal.result(|out| render::export(out, &told, style))?;
        if is_embedded && origin.root != origin.tenant.directory {
            terminal.tell(&elsewhere(&origin));
        }
        Ok(Exit::Success)
    }

    fn origin(&self, terminal: &mut Terminal) -> Result<Origin, Stop> {
        match (&self.tenant_id, self.tenant_type, self.cloud) {
            (Some(id), Some(tenant_type), Some(cloud)) => {
                let out = self.out.as_deref().unwrap_or(Path::new("."));
                Origin::of_tenant(id, tenant_type, cloud, out, terminal)
            }
            _ => Origin::of_files(&self.paths, self.out.as_deref(), terminal),
        }
    }

    /// Whether the command line asks for a kind. One that is deprecated shows the same objects as its successors, so it is
    /// asked for only by name, or where a file declares such an object.
    fn asks_for(&self, kind: &Kind, origin: &Origin) -> bool {
        let is_declared = || {
            origin
                .places()
                .keys()
                .any(|address| address.kind() == kind.name)
        };
        match self.only.is_empty() {
            true if !kind.is_offered(origin.tenant.cloud) => false,
            true => kind.deprecated.is_none() || is_declared(),
            false => self.only.iter().any(|only| only.is_of(kind)),
        }
    }

    /// Whether the command line asks for an object, and no file and no rule says that it is nobody's business.
    fn wants(&self, address: &Address, origin: &Origin, rules: &Rules) -> bool {
        let is_ignored = || {
            let rules = rules
                .kinds
                .get(address.kind())
                .into_iter()
                .flat_map(|rules| &rules.ignore);
            let mut found = rules.filter(|rule| matches(rule, address));
            found.next().is_some() && !origin.places().contains_key(address)
        };
        let is_asked = self.only.is_empty() || self.only.iter().any(|only| only.is_about(address));
        is_asked && !rules.absent.contains(address) && !is_ignored()
    }

    async fn read(
        &self,
        origin: &Origin,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<(Live, Vec<Unmatched>), Stop> {
        let rules = match &origin.existing {
            Some(desired) => bounds::rules(desired, &bounds::Leave::default())?,
            None => Rules::default(),
        };
        let everything = Everything {
            is_asked: &|kind| self.asks_for(kind, origin),
            is_wanted: &|address| self.wants(address, origin, &rules),
            pins: origin.pins(),
            home: origin.tenant.home(),
        };
        let kinds = live::kinds_of_all(&everything);
        permissions::check(connection, &kinds, Use::Read, "what is to be exported")
            .map_err(|stop| self.or_less(stop))?;
        let reader = connection.session.reader();
        let all = live::read_all(&reader, &everything).await;
        let (mut live, unmatched) = all.map_err(Stop::reading_all)?;
        if !self.no_pages {
            let parts = live::carriers(&live.resources, &live.ids);
            if parts >= MANY {
                terminal.tell(&format!(
                    "note: reading the texts of {parts} parts, several requests each; `--no-pages` leaves them out"
                ));
            }
            let read = live::read_contents(&reader, &mut live.resources, &live.ids).await;
            read.map_err(Stop::reading_all)?;
        }
        Ok((live, unmatched))
    }

    /// Tells of the way out that needs no other permissions.
    fn or_less(&self, mut stop: Stop) -> Stop {
        if self.only.is_empty() {
            let help = "`--only KIND/NAME` exports what the permissions are held for";
            stop.help.insert(0, help.to_owned());
        }
        stop
    }

    /// What is asked for by name has to be there.
    fn check_only(&self, live: &Live, unmatched: &[Unmatched]) -> Result<(), Stop> {
        let found = || {
            live.resources
                .keys()
                .chain(unmatched.iter().map(|unmatched| &unmatched.address))
        };
        let Some(only) = self
            .only
            .iter()
            .find(|only| !found().any(|address| only.is_about(address)))
        else {
            return Ok(());
        };
        let names: Vec<_> = live.ids.keys().map(ToString::to_string).collect();
        let help = match did_you_mean(only.written(), names.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`entraflow export` without `--only` exports what there is".to_owned(),
        };
        Err(Stop::usage(
            format!("the tenant has no {}", only.written()),
            help,
        ))
    }

    fn export(&self, origin: &Origin, live: &Live, unmatched: &[Unmatched]) -> export::Export {
        let job = Job {
            resources: &live.resources,
            ids: &live.ids,
            places: origin.places(),
            variables: origin.variables(),
            root: &origin.root,
            extent: if self.full {
                Extent::Full
            } else {
                Extent::Short
            },
            existing: if self.no_clobber {
                Existing::Keep
            } else {
                Existing::Update
            },
            read: &|path| fs::read_to_string(path).ok(),
        };
        let mut export = export::export(&job);
        export
            .left_out
            .extend(unmatched.iter().filter_map(left_out));
        export
    }

    /// The declared objects that were looked for and not found.
    fn missing(&self, origin: &Origin, live: &Live, unmatched: &[Unmatched]) -> Vec<Address> {
        let is_unmatched = |address: &Address| {
            unmatched
                .iter()
                .any(|unmatched| unmatched.address == *address)
        };
        let is_missing = |address: &&Address| {
            Kind::of(address).is_some_and(|kind| self.asks_for(kind, origin))
                && self.wants(address, origin, &Rules::default())
                && !live.resources.contains_key(*address)
                && !is_unmatched(address)
        };
        origin.present().filter(is_missing).cloned().collect()
    }
}

/// Why an object of which nobody can say which is meant comes into no file. Of a pin that leads nowhere `missing` tells.
fn left_out(unmatched: &Unmatched) -> Option<(Address, String)> {
    let Mismatch::Ambiguous(ids) = &unmatched.reason else {
        return None;
    };
    let count = ids.len();
    let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    let why = format!(
        "{count} live objects have this name; rename one, or declare one with `id:` and one of {}",
        ids.join(", ")
    );
    Some((unmatched.address.clone(), why))
}

/// An embedded emulator knows a tenant by its directory.
fn elsewhere(origin: &Origin) -> String {
    let state = |directory: &Path| directory.join(".entraflow").display().to_string();
    format!(
        "note: each directory has a local tenant of its own: a plan there starts with an empty one, unless {}/graph.json \
         is copied to {}",
        state(&origin.tenant.directory),
        state(&origin.root)
    )
}

fn write(origin: &Origin, export: &export::Export) -> Result<(), Stop> {
    let documents = export.documents.iter();
    let new = documents.filter(|document| document.action == FileAction::Create);
    let mut named: BTreeSet<_> = new.map(|document| document.address.kind()).collect();
    let tenant = origin.document();
    named.extend(tenant.iter().map(|_| TENANT));
    let schemas = schema::files().into_iter().filter(|(file, _)| {
        file.split('.')
            .next()
            .is_some_and(|name| named.contains(name))
    });
    let schemas = schemas.map(|(file, text)| (origin.root.join(SCHEMAS).join(file), text));
    let files = export
        .files
        .iter()
        .map(|(path, text)| (path.clone(), text.clone()));
    for (path, text) in files.chain(tenant).chain(schemas) {
        write_file(&path, &text).map_err(|error| {
            Stop::unexpected(&format!("{} cannot be written", path.display()), error)
        })?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}
