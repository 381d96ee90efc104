//! The tenant and the directory of an export, and the files that the directory has already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::cli::load;
use crate::cli::terminal::Terminal;
use crate::desired::yaml::write::{self, Comments};
use crate::desired::{Desired, TENANT, Tenant, files};
use crate::export::SCHEMAS;
use crate::kinds::{CloudName, TenantType};
use crate::model::{Address, FieldPath, ObjectId};
use crate::problem::Span;

/// What an export reads, and where it writes.
pub(super) struct ExportTarget {
    /// The tenant.
    pub(super) tenant: Tenant,
    /// The state that existing files declare.
    pub(super) existing: Option<Desired>,
    /// The directory for new files.
    pub(super) root: PathBuf,
}

impl ExportTarget {
    /// The tenant that the files declare; with `out`, the files are written there.
    pub(super) fn of_files(
        paths: &[PathBuf],
        out: Option<&Path>,
        terminal: &mut Terminal,
    ) -> Result<Self, CommandError> {
        let desired = load::load(paths, terminal)?;
        let tenant = desired.tenant.clone();
        let home = tenant.directory.clone();
        match out {
            Some(out) if !is_same(out, &home) => {
                check_outside(out, &home)?;
                let existing = existing(out, terminal)?;
                same_tenant(existing.as_ref(), &tenant, out)?;
                Ok(Self {
                    tenant,
                    existing,
                    root: root_of(out),
                })
            }
            _ => Ok(Self {
                tenant,
                existing: Some(desired),
                root: home,
            }),
        }
    }

    /// A tenant that no file declares yet.
    pub(super) fn of_tenant(
        id: &str,
        tenant_type: TenantType,
        cloud: CloudName,
        out: &Path,
        terminal: &mut Terminal,
    ) -> Result<Self, CommandError> {
        let name = match uuid::Uuid::try_parse(id) {
            Ok(_) => id,
            Err(_) => id.split('.').next().unwrap_or(id),
        };
        let tenant = Tenant::new(name, id, tenant_type, cloud, root_of(out));
        let existing = existing(out, terminal)?;
        same_tenant(existing.as_ref(), &tenant, out)?;
        Ok(Self {
            // Its limits and rules apply to an export, too.
            tenant: existing
                .as_ref()
                .map_or(tenant, |existing| existing.tenant.clone()),
            existing,
            root: root_of(out),
        })
    }

    /// The spans of declared objects, present or absent.
    pub(super) fn places(&self) -> &BTreeMap<Address, Span> {
        static NONE: BTreeMap<Address, Span> = BTreeMap::new();
        self.existing
            .as_ref()
            .map_or(&NONE, |existing| &existing.spans)
    }

    /// The ids that declared objects are pinned to.
    pub(super) fn pins(&self) -> &BTreeMap<Address, ObjectId> {
        static NONE: BTreeMap<Address, ObjectId> = BTreeMap::new();
        self.existing
            .as_ref()
            .map_or(&NONE, |existing| &existing.pins)
    }

    /// The objects that are declared as present.
    pub(super) fn present(&self) -> impl Iterator<Item = &Address> {
        self.existing
            .iter()
            .flat_map(|existing| existing.resources.keys())
    }

    /// Whether existing files declare this part of an object.
    pub(super) fn declares(&self, address: &Address, path: &FieldPath) -> bool {
        let existing = self.existing.as_ref();
        existing
            .is_some_and(|existing| existing.span_of(address, path) != existing.spans.get(address))
    }

    /// The variables that documents refer to for secrets.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        self.existing
            .as_ref()
            .map_or_else(BTreeSet::new, Desired::variables)
    }

    /// The tenant document, if there is none yet.
    pub(super) fn document(&self) -> Option<(PathBuf, String)> {
        let Tenant {
            name,
            tenant_id,
            tenant_type,
            cloud,
            ..
        } = &self.tenant;
        let members = [
            ("kind", TENANT),
            ("name", name),
            ("tenantId", tenant_id),
            ("type", tenant_type.as_str()),
            ("cloud", cloud.as_str()),
        ];
        let members: Map<String, Json> = members
            .into_iter()
            .map(|(field, word)| (field.to_owned(), word.into()))
            .collect();
        let yaml = write::document(&members, &Comments::default());
        let schema = format!("# yaml-language-server: $schema={SCHEMAS}/{TENANT}.schema.json");
        let path = self.root.join("tenant.yaml");
        self.existing
            .is_none()
            .then(|| (path, format!("{schema}\n\n{yaml}")))
    }
}

/// The state that the files of a directory declare, if it has any.
fn existing(directory: &Path, terminal: &mut Terminal) -> Result<Option<Desired>, CommandError> {
    let directory = directory.to_owned();
    let is_there = directory.is_dir()
        && !files::find(std::slice::from_ref(&directory), &mut Vec::new()).is_empty();
    match is_there {
        true => load::load(&[directory], terminal).map(Some),
        false => Ok(None),
    }
}

fn same_tenant(
    existing: Option<&Desired>,
    tenant: &Tenant,
    out: &Path,
) -> Result<(), CommandError> {
    let words = |tenant: &Tenant| {
        let (id, kind, cloud) = (
            &tenant.tenant_id,
            tenant.tenant_type.as_str(),
            tenant.cloud.as_str(),
        );
        format!("{id} ({kind}, {cloud})")
    };
    let other = existing.map(|existing| words(&existing.tenant));
    match other.filter(|other| !other.eq_ignore_ascii_case(&words(tenant))) {
        None => Ok(()),
        Some(other) => Err(CommandError::usage(
            format!(
                "the files in {} declare the tenant {other}, not {}",
                out.display(),
                words(tenant)
            ),
            "give another directory with `--out`",
        )),
    }
}

/// Documents in a subdirectory would be loaded together with those of the tenant.
fn check_outside(out: &Path, home: &Path) -> Result<(), CommandError> {
    if !file::located(out).starts_with(file::located(home)) {
        return Ok(());
    }
    let message = format!(
        "{} is inside the directory of the tenant: every object would be declared twice",
        out.display()
    );
    let help = "without `--out`, export updates the files of the tenant";
    Err(CommandError::usage(message, help))
}

fn is_same(one: &Path, other: &Path) -> bool {
    file::located(one) == file::located(other)
}

/// The directory to write to. `new/../x` would create `new` as well.
fn root_of(out: &Path) -> PathBuf {
    let mut components = out
        .components()
        .skip_while(|it| !matches!(it, Component::Normal(_)));
    match components.any(|it| it == Component::ParentDir) {
        true => file::located(out),
        false => out.strip_prefix(".").unwrap_or(out).to_owned(),
    }
}
