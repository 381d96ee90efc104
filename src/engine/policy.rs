//! The policy of a run: the rules and limits of the tenant document, and the overrides of the command line.
//! It decides on no object; `live` and `plan` do.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;
use icu_normalizer::ComposingNormalizerBorrowed;

use super::inexpressible::Inexpressible;
use super::{EngineError, Overrides};
use crate::desired::{Desired, DriftRule, Manage};
use crate::drift;
use crate::journal;
use crate::kinds::{KINDS, Kind};
use crate::live::{KindOwnershipRules, Live, MissingPrerequisite, OwnershipRules, matches};
use crate::model::{Address, ObjectId};
use crate::plan::{Action, DangerLimits, Limits, Plan};
use crate::problem::{Problem, Span, did_you_mean};

/// The rules of a run that only reads.
///
/// # Errors
///
/// A rule is not a valid pattern.
pub fn read_rules(desired: &Desired) -> Result<OwnershipRules, EngineError> {
    rules(desired, &Overrides::default())
}

/// The rules for live objects that no file declares as present.
pub(super) fn rules(
    desired: &Desired,
    overrides: &Overrides,
) -> Result<OwnershipRules, EngineError> {
    check_overrides(desired, overrides)?;
    let manage = desired.tenant.manage.iter();
    let kinds = manage.map(|(kind, manage)| Ok((kind.clone(), kind_rules(manage)?)));
    Ok(OwnershipRules {
        absent: desired.absent.clone(),
        deletable: overrides.allow_delete.iter().cloned().collect(),
        replaceable: overrides.allow_replace.iter().cloned().collect(),
        kinds: kinds.collect::<Result<_, EngineError>>()?,
    })
}

fn check_overrides(desired: &Desired, overrides: &Overrides) -> Result<(), EngineError> {
    let replaced = &overrides.allow_replace;
    let mut named = replaced.iter().chain(overrides.secrets.named());
    if let Some(address) = named.find(|address| !desired.resources.contains_key(address)) {
        let declared = desired.resources.keys().map(ToString::to_string);
        let declared: Vec<_> = declared.collect();
        let nearest = did_you_mean(&address.to_string(), declared.iter().map(String::as_str));
        return Err(EngineError::UnknownOverride {
            address: address.clone(),
            nearest: nearest.map(str::to_owned),
        });
    }
    let mut pinned = replaced
        .iter()
        .filter(|address| desired.pins.contains_key(address));
    match pinned.next() {
        Some(address) => Err(EngineError::PinnedReplace(address.clone())),
        None => Ok(()),
    }
}

fn kind_rules(manage: &Manage) -> Result<KindOwnershipRules, EngineError> {
    let patterns = |named: &[(String, Span)]| named.iter().map(pattern).collect::<Result<_, _>>();
    Ok(KindOwnershipRules {
        prune: manage.prune,
        ignore: patterns(&manage.ignore)?,
        protect: patterns(&manage.protect)?,
    })
}

fn pattern((name, span): &(String, Span)) -> Result<Pattern, EngineError> {
    Pattern::new(name).map_err(|error| {
        let problem = Problem::error(format!("`{name}` is not a valid pattern: {error}"));
        EngineError::Files(vec![problem.at(span.clone())])
    })
}

/// The severities of drift that the tenant document sets.
///
/// # Errors
///
/// A rule is not a valid pattern.
pub fn drift_rules(desired: &Desired) -> Result<drift::SeverityRules, EngineError> {
    let rule = |rule: &DriftRule| -> Result<drift::SeverityRule, EngineError> {
        Ok(drift::SeverityRule {
            name: pattern(&rule.name)?,
            field: rule.field.as_ref().map(pattern).transpose()?,
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
        .collect::<Result<BTreeMap<_, _>, _>>()
}

/// The limits of a plan over these live objects.
pub(super) fn limits(
    desired: &Desired,
    overrides: &Overrides,
    rules: &OwnershipRules,
    live: &Live,
    inexpressible: Inexpressible,
) -> Limits {
    let is_protected = |address: &&Address| {
        let known_as = live.shared_names.get(address).unwrap_or(address);
        let rules = rules.kinds.get(address.kind());
        rules.is_some_and(|rules| {
            let mut patterns = rules.protect.iter();
            patterns.any(|pattern| matches(pattern, known_as))
        })
    };
    let protected = live.resources.keys().filter(is_protected);
    Limits {
        max_deletes: overrides
            .allow_deletes
            .unwrap_or(desired.tenant.max_deletes),
        max_changes_percent: desired.tenant.max_changes_percent,
        protected: protected.cloned().collect(),
        replaceable: rules.replaceable.clone(),
        inexpressible,
        surplus: live
            .to_delete
            .intersection(&rules.deletable)
            .cloned()
            .collect(),
        dangers: DangerLimits {
            refused: overrides.dangers.refused || desired.tenant.refuses_dangers,
            allowed: overrides.dangers.allowed.clone(),
        },
    }
}

/// Keeps the objects that a rule would prune although no document can express them, and warns of each.
pub(super) fn keep_inexpressible(
    live: &mut Live,
    rules: &OwnershipRules,
    inexpressible: &Inexpressible,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (address, paths) in inexpressible {
        if rules.absent.contains(address) || !live.to_delete.remove(address) {
            continue;
        }
        live.unmanaged.insert(address.clone());
        let (paths, allowance) = (quoted(paths), allowance(address, &live.ids));
        warnings.push(format!(
            "{address} is not pruned, because no document can express its {paths}; {allowance} deletes it"
        ));
    }
    warnings
}

/// The warning that an apply cannot have waited for what earlier ones created, where names turned out to be ambiguous.
pub(super) fn missing_journal(desired: &Desired, live: &Live) -> Option<String> {
    let directory = &desired.tenant.directory;
    (!live.namesakes.is_empty() && !journal::is_kept(directory)).then(|| {
        format!(
            "no earlier run left a journal in {}: keep `.entraflow` between jobs, so that an apply waits for what a killed \
             one may have created",
            directory.join(".entraflow").join("journal").display()
        )
    })
}

/// Warnings about objects whose deletion the command line allows, and which the plan does not delete.
pub(super) fn unused_allowances(plan: &Plan, rules: &OwnershipRules) -> Vec<String> {
    let deletes = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete && step.part.is_empty());
    let deleted: BTreeSet<_> = deletes.map(|step| &step.address).collect();
    let retained = plan
        .ids
        .iter()
        .filter(|(address, id)| rules.may_delete(address.kind(), id) && !deleted.contains(address));
    let warning = |(address, _): (&Address, &ObjectId)| {
        format!(
            "`--allow-delete` does not delete {address}: it has no name that a document declares for another object, \
             and no document or rule deletes it"
        )
    };
    retained.map(warning).collect()
}

/// The option that allows to delete an object.
fn allowance(address: &Address, ids: &BTreeMap<Address, ObjectId>) -> String {
    let id = ids.get(address).map_or(address.name(), ObjectId::as_str);
    format!("`--allow-delete \"{}/{id}\"`", address.kind())
}

fn quoted(paths: &[String]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
    paths.join(", ")
}

/// An `ignore` rule that matches nothing is a problem: it would hide an object that is created later.
pub(super) fn reject_unused_ignores(desired: &Desired, live: &Live) -> Result<(), EngineError> {
    let problem = |(kind, rule): &(String, usize)| {
        let (name, span) = desired.tenant.manage.get(kind)?.ignore.get(*rule)?;
        let problem = Problem::error(format!(
            "the tenant has no unmanaged {kind} `{name}` to ignore"
        ));
        Some(problem.at(span).help("remove the rule"))
    };
    let problems: Vec<_> = live
        .unused_ignore_rules
        .iter()
        .filter_map(problem)
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(EngineError::Files(problems)),
    }
}

/// Warnings about prerequisites of declared objects that the tenant does not meet.
pub(super) fn missing_prerequisites(unmet: &[MissingPrerequisite]) -> Vec<String> {
    let warning = |MissingPrerequisite {
                       prerequisite,
                       read_error,
                   }: &MissingPrerequisite| {
        let Some(error) = read_error else {
            return format!("{}; {}", prerequisite.why, prerequisite.help);
        };
        let error = error.to_string();
        let (line, _) = error.split_once('\n').unwrap_or((&error, ""));
        let permission = Kind::find(prerequisite.kind).map_or("", |kind| kind.permissions.read);
        format!(
            "{} could not be read (it needs {permission}): {line}",
            prerequisite.kind
        )
    };
    unmet.iter().map(warning).collect()
}

/// Warnings about `protect` rules that protect nothing, perhaps because of a misspelt name.
pub(super) fn unused_protection(
    desired: &Desired,
    rules: &OwnershipRules,
    live: &Live,
) -> Vec<String> {
    let environment = desired.tenant.environment();
    let known = || {
        live.ids
            .keys()
            .chain(&live.unmanaged)
            .chain(desired.resources.keys())
    };
    let unused = |(name, rules): (&String, &KindOwnershipRules)| {
        let is_there = Kind::find(name).is_some_and(|kind| {
            kind.is_available_in(environment) && !live.unlisted.contains(kind.name)
        });
        let protects = |pattern: &Pattern| {
            let mut known = known().filter(|address| address.kind() == name);
            known.any(|address| matches(pattern, address))
        };
        let unused = rules
            .protect
            .iter()
            .filter(|pattern| is_there && !protects(pattern));
        let message = |pattern: &Pattern| {
            format!("`protect: [{pattern}]` of {name} matches no object of the tenant or the files")
        };
        unused.map(message).collect::<Vec<_>>()
    };
    rules.kinds.iter().flat_map(unused).collect()
}

/// Warnings about declared objects that would be created beside a live one whose name looks the same.
pub(super) fn lookalikes(desired: &Desired, live: &Live) -> Vec<String> {
    let folded = |address: &Address| {
        let normalizer = ComposingNormalizerBorrowed::new_nfc();
        let name = normalizer.normalize(address.name().trim()).to_lowercase();
        (address.kind().to_owned(), name)
    };
    let is_new = |address: &&Address| !live.resources.contains_key(*address);
    let new: Vec<_> = desired.resources.keys().filter(is_new).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let undeclared = live.ids.keys().chain(&live.unmanaged);
    let undeclared = undeclared.filter(|address| !desired.resources.contains_key(*address));
    let undeclared: BTreeMap<_, _> = undeclared
        .map(|address| (folded(address), address))
        .collect();
    let warning = |address: &Address| {
        let other = undeclared.get(&folded(address))?;
        let differs = match other.name().trim() == address.name().trim() {
            true => "blanks at its ends",
            false => "the Unicode form of its letters",
        };
        Some(format!(
            "{address} would be created beside a live object whose name differs only in {differs}; \
             to adopt that one, write its name as `entraflow export` does"
        ))
    };
    new.into_iter().filter_map(warning).collect()
}

/// Warnings about kinds of which the tenant would have more objects than Graph documents.
pub(super) fn too_many_objects(desired: &Desired, live: &Live) -> Vec<String> {
    let warning = |kind: &&Kind| {
        let limit = kind.constraints.max_objects?;
        let kept = live
            .ids
            .keys()
            .filter(|address| !live.to_delete.contains(address));
        let all = kept.chain(desired.resources.keys());
        let of_kind: BTreeSet<_> = all.filter(|address| address.kind() == kind.name).collect();
        let count = of_kind.len();
        (count > limit).then(|| {
            format!(
                "the tenant would have {count} objects of the kind {}, and Graph documents a limit of {limit}",
                kind.name
            )
        })
    };
    KINDS.iter().filter_map(warning).collect()
}
