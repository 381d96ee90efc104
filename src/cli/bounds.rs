//! What a run may do to objects beyond making and changing them: rules of the tenant document and leave given for
//! this run.

use std::collections::BTreeSet;

use clap::Args;
use clap_complete::ArgValueCompleter;
use glob::Pattern;

use super::completions::declared;
use super::stop::Stop;
use crate::desired::{Desired, Manage};
use crate::kinds::{KINDS, Kind};
use crate::live::{KindRules, Live, MissingPrerequisite, Rules, matches};
use crate::model::Address;
use crate::plan::Limits;
use crate::problem::{Place, Problem, did_you_mean};

/// Leave given for one run.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(super) struct Leave {
    /// Delete at most so many objects in this run, whatever the tenant document says.
    #[arg(long, value_name = "N")]
    pub(super) allow_deletes: Option<usize>,
    /// Delete this object and make it anew where it cannot change otherwise; may be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(declared))]
    pub(super) allow_replace: Vec<Address>,
    /// Send the secrets of this object again although nobody can see that they differ; may be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(declared))]
    pub(super) set_secrets: Vec<Address>,
}

/// What is to become of live objects that no file declares as present.
pub(super) fn rules(desired: &Desired, leave: &Leave) -> Result<Rules, Stop> {
    let named = leave.allow_replace.iter().chain(&leave.set_secrets);
    let mut unknown = named.filter(|address| !desired.resources.contains_key(address));
    if let Some(address) = unknown.next() {
        let declared = desired
            .resources
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        let nearest = did_you_mean(&address.to_string(), declared.iter().map(String::as_str));
        let help = nearest.map_or("`entraflow plan` shows the objects".to_owned(), |nearest| {
            format!("did you mean `{nearest}`?")
        });
        return Err(Stop::usage(format!("no file declares {address}"), help));
    }
    let mut pinned = leave
        .allow_replace
        .iter()
        .filter(|address| desired.pins.contains_key(address));
    if let Some(address) = pinned.next() {
        let message = format!("{address} cannot be made anew: its document says which `id` it has");
        let help = "take `id` out of the document; the new object gets another one";
        return Err(Stop::usage(message, help.to_owned()));
    }
    let manage = desired.tenant.manage.iter();
    let kinds = manage.map(|(kind, manage)| Ok((kind.clone(), kind_rules(manage)?)));
    Ok(Rules {
        absent: desired.absent.clone(),
        replaceable: leave.allow_replace.iter().cloned().collect(),
        kinds: kinds.collect::<Result<_, Stop>>()?,
    })
}

fn kind_rules(manage: &Manage) -> Result<KindRules, Stop> {
    let patterns = |named: &[(String, Place)]| named.iter().map(pattern).collect::<Result<_, _>>();
    Ok(KindRules {
        prune: manage.prune,
        ignore: patterns(&manage.ignore)?,
        protect: patterns(&manage.protect)?,
    })
}

/// A pattern of a rule.
pub(super) fn pattern((name, place): &(String, Place)) -> Result<Pattern, Stop> {
    let problem = |error| Problem::error(format!("`{name}` is no pattern: {error}"));
    Pattern::new(name).map_err(|error| Stop::problems(vec![problem(error).at(place.clone())]))
}

/// The bounds of a plan over these live objects.
pub(super) fn limits(desired: &Desired, leave: &Leave, rules: &Rules, live: &Live) -> Limits {
    let is_protected = |address: &&Address| {
        let rules = rules.kinds.get(address.kind());
        rules.is_some_and(|rules| {
            rules
                .protect
                .iter()
                .any(|pattern| matches(pattern, address))
        })
    };
    let protected: BTreeSet<_> = live
        .resources
        .keys()
        .filter(is_protected)
        .cloned()
        .collect();
    Limits {
        max_deletes: leave.allow_deletes.unwrap_or(desired.tenant.max_deletes),
        max_changes_percent: desired.tenant.max_changes_percent,
        protected,
        replaceable: rules.replaceable.clone(),
    }
}

/// Rules that found nothing to ignore are problems: they would hide something later that nobody thinks of.
pub(super) fn unused(desired: &Desired, live: &Live) -> Result<(), Stop> {
    let problem = |(kind, rule): &(String, usize)| {
        let (name, place) = desired.tenant.manage.get(kind)?.ignore.get(*rule)?;
        let problem = Problem::error(format!(
            "the tenant has no unmanaged {kind} `{name}` to ignore"
        ));
        Some(problem.at(place).help("take the rule out"))
    };
    let problems: Vec<_> = live
        .unused_ignore_rules
        .iter()
        .filter_map(problem)
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Stop::problems(problems)),
    }
}

/// What objects need beside them and the tenant does not give.
pub(super) fn unmet(unmet: &[MissingPrerequisite]) -> Vec<String> {
    let warning = |MissingPrerequisite {
                       prerequisite: needs,
                       read_error: unknown,
                   }: &MissingPrerequisite| {
        let Some(error) = unknown else {
            return format!("{}; {}", needs.why, needs.help);
        };
        let error = error.to_string();
        let (line, _) = error.split_once('\n').unwrap_or((&error, ""));
        let permission = Kind::find(needs.kind).map_or("", |kind| kind.permissions.read);
        format!(
            "{} could not be read (it takes {permission}): {line}",
            needs.kind
        )
    };
    unmet.iter().map(warning).collect()
}

/// The kinds of which the tenant would have more objects than Graph documents.
pub(super) fn crowded(desired: &Desired, live: &Live) -> Vec<String> {
    let warning = |kind: &&Kind| {
        let most = kind.max_objects?;
        let stays = live
            .ids
            .keys()
            .filter(|address| !live.to_delete.contains(address));
        let all = stays.chain(desired.resources.keys());
        let of_kind: BTreeSet<_> = all.filter(|address| address.kind() == kind.name).collect();
        let count = of_kind.len();
        (count > most).then(|| {
            format!(
                "the tenant would have {count} objects of the kind {}, and Graph documents a limit of {most}",
                kind.name
            )
        })
    };
    KINDS.iter().filter_map(warning).collect()
}
