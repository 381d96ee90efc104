//! The minimum of requests for a plan, computed only from the files, the state of the tenant and the reference of Graph;
//! each plan must need exactly these.
//!
//! A collection is listed once, page by page, if a file declares its objects, refers to them or has a rule for them, or if
//! its objects may refer to a deleted one. A subresource is read if a file declares it and the object exists, or if a
//! delete affects it. Only a plan that objects to an ambiguous name reads more. Requests that are known at the same time are
//! batched, twenty per batch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::assumptions::{Assumptions, Expand};
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::model::{Address, Resource};
use proptest::prelude::*;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::documented::listing;
use tenant::{Request, Run, Tenant};

#[path = "../support/tenant.rs"]
#[expect(dead_code, reason = "the scenario tests use more of it")]
mod tenant;

/// The most entries of a batch.
const BATCH: usize = 20;

const V1: &str = "v1.0";
const BETA: &str = "beta";

/// What the objects of a kind refer to, and what is read separately.
struct Facts {
    kind: &'static str,
    /// The types of tenant in which files may declare the kind.
    tenants: &'static [&'static str],
    /// The fields that refer to other objects, and the kinds of those.
    names: &'static [(&'static str, &'static [&'static str])],
    /// The fields that are read separately, and their requests.
    parts: &'static [(&'static str, &'static [(&'static str, &'static str)])],
}

const SOCIAL: &str = "socialIdentityProvider";
const CONNECTOR: &str = "apiConnector";
const ATTRIBUTE: &str = "userFlowAttribute";
const EXTENSION: &str = "customAuthenticationExtension";
const POLICY: &str = "authenticationFlowsPolicy";
const FLOW_NAMES: &[(&str, &[&str])] = &[
    ("identityProviders", &[SOCIAL]),
    ("apiConnectorConfiguration", &[CONNECTOR]),
    ("userAttributeAssignments", &[ATTRIBUTE]),
];

/// The kinds that refer to others or have parts.
static FACTS: [Facts; 5] = [
    Facts {
        kind: "b2xUserFlow",
        tenants: &["workforce"],
        names: FLOW_NAMES,
        parts: &[
            ("identityProviders", &[(BETA, "userFlowIdentityProviders")]),
            (
                "apiConnectorConfiguration",
                &[(V1, "apiConnectorConfiguration")],
            ),
            (
                "userAttributeAssignments",
                &[
                    (V1, "userAttributeAssignments"),
                    (V1, "userAttributeAssignments/getOrder"),
                ],
            ),
            ("languages", &[(V1, "languages")]),
        ],
    },
    Facts {
        kind: "b2cUserFlow",
        tenants: &["b2c"],
        names: &[
            (
                "identityProviders",
                &[
                    SOCIAL,
                    "appleIdentityProvider",
                    "openIdConnectIdentityProvider",
                ],
            ),
            FLOW_NAMES[1],
            FLOW_NAMES[2],
        ],
        parts: &[
            ("identityProviders", &[(BETA, "userFlowIdentityProviders")]),
            (
                "apiConnectorConfiguration",
                &[(BETA, "apiConnectorConfiguration")],
            ),
            (
                "userAttributeAssignments",
                &[
                    (BETA, "userAttributeAssignments"),
                    (BETA, "userAttributeAssignments/getOrder"),
                ],
            ),
            ("languages", &[(BETA, "languages")]),
        ],
    },
    Facts {
        kind: "userFlowListener",
        tenants: &["workforce"],
        names: &[("userFlow", &["b2xUserFlow"])],
        parts: &[],
    },
    // The listing contains the providers, attributes and applications of each flow.
    Facts {
        kind: "authenticationEventsFlow",
        tenants: &["external"],
        names: &[
            (
                "identityProviders",
                &[SOCIAL, "appleIdentityProvider", "oidcIdentityProvider"],
            ),
            ("attributes", &[ATTRIBUTE]),
            ("attributeCollectionPage", &[ATTRIBUTE]),
            ("onAttributeCollectionStart", &[EXTENSION]),
            ("onAttributeCollectionSubmit", &[EXTENSION]),
        ],
        parts: &[],
    },
    Facts {
        kind: "authenticationEventListener",
        tenants: &["workforce", "external"],
        names: &[("customExtension", &[EXTENSION])],
        parts: &[],
    },
];

/// The path of the collection of a kind, without a slash at the start.
fn collection(kind: &str) -> &'static str {
    listing(kind).path.trim_start_matches('/')
}

/// The objects of a collection in the state of the emulator. It keeps singletons apart.
fn objects<'a>(state: &'a Value, collection: &str) -> &'a [Value] {
    let objects = state[collection.rsplit('/').next().unwrap()].as_array();
    objects.map_or(&[], Vec::as_slice)
}

/// Requests, as version and path without a query.
type Requests = Vec<(&'static str, String)>;

/// The minimum of requests of a plan.
struct Minimum {
    /// The first page of each list.
    lists: Requests,
    /// The pages that follow.
    pages: Requests,
    parts: Requests,
    /// The orders of lists that turn out to have several items.
    orders: Requests,
}

impl Minimum {
    fn of(
        desired: &Desired,
        replaced: &[Address],
        tenant_type: &str,
        state: &Value,
        page_size: usize,
    ) -> Self {
        let manage = &desired.tenant.manage;
        let is_pruned = |kind: &str| manage.get(kind).is_some_and(|of| of.prune);
        let removed = desired.absent.iter().chain(replaced).map(Address::kind);
        let deletable: BTreeSet<_> = removed
            .chain(
                manage
                    .keys()
                    .map(String::as_str)
                    .filter(|kind| is_pruned(kind)),
            )
            .collect();
        // A rule may be for a kind that this type of tenant does not have.
        let is_available = |kind: &&str| {
            let mut facts = FACTS.iter().filter(|facts| facts.kind == *kind);
            facts.all(|facts| facts.tenants.contains(&tenant_type))
        };
        let ruled = manage.keys().map(String::as_str).filter(is_available);
        let mut kinds: BTreeSet<&str> = deletable.iter().copied().chain(ruled).collect();
        for (address, resource) in desired.resources.iter() {
            kinds.insert(address.kind());
            let fields = fields(resource);
            let facts = FACTS.iter().filter(|facts| facts.kind == address.kind());
            let named = facts
                .flat_map(|facts| facts.names)
                .filter(|(field, _)| fields.contains(*field));
            kinds.extend(named.flat_map(|(_, kinds)| *kinds));
        }
        let referring = FACTS
            .iter()
            .filter(|facts| facts.tenants.contains(&tenant_type));
        let referring = referring.filter(|facts| refers_to(facts, &deletable));
        kinds.extend(referring.map(|facts| facts.kind));
        if desired
            .resources
            .keys()
            .any(|address| address.kind() == "b2xUserFlow")
        {
            kinds.insert(POLICY);
        }
        let mut versions = BTreeMap::new();
        for kind in kinds {
            let version = listing(kind).version.as_str();
            let newest: &mut &str = versions.entry(collection(kind)).or_insert(version);
            if version == BETA {
                *newest = BETA;
            }
        }
        let (parts, orders) = parts(desired, replaced, &deletable, state);
        let mut minimum = Self {
            lists: Requests::new(),
            pages: Requests::new(),
            parts,
            orders,
        };
        for (collection, version) in versions {
            let path = (version, collection.to_owned());
            minimum.lists.push(path.clone());
            let pages = objects(state, collection).len().div_ceil(page_size);
            minimum.pages.extend(vec![path; pages.saturating_sub(1)]);
        }
        let foreign: BTreeSet<_> = desired.foreign.iter().map(|(address, _)| address).collect();
        let external = foreign.iter().map(|_| (V1, "applications".to_owned()));
        minimum.lists.extend(external);
        minimum
    }

    /// The number of round trips: concurrent requests are batched, further pages are sequential.
    fn round_trips(&self) -> usize {
        let batches = |requests: &Requests| -> usize {
            let of = |version| {
                requests
                    .iter()
                    .filter(|(of, _)| *of == version)
                    .count()
                    .div_ceil(BATCH)
            };
            of(V1) + of(BETA)
        };
        batches(&self.lists) + self.pages.len() + batches(&self.parts) + batches(&self.orders)
    }

    fn requests(&self) -> Vec<String> {
        let all = [&self.lists, &self.pages, &self.parts, &self.orders];
        sorted(
            all.into_iter()
                .flatten()
                .map(|(version, path)| format!("/{version}/{path}")),
        )
    }
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines
}

/// The declared fields.
fn fields(resource: &Resource) -> BTreeSet<&str> {
    let Resource {
        fields,
        links,
        single_refs,
        items,
    } = resource;
    let configured = (!single_refs.is_empty()).then_some("apiConnectorConfiguration");
    let named = fields.keys().chain(links.keys()).chain(items.keys());
    named.map(|name| &**name).chain(configured).collect()
}

fn refers_to(facts: &Facts, kinds: &BTreeSet<&str>) -> bool {
    facts
        .names
        .iter()
        .any(|(_, of)| of.iter().any(|kind| kinds.contains(kind)))
}

/// The requests for the subresources of flows, the only kinds with subresources that no listing contains.
fn parts(
    desired: &Desired,
    replaced: &[Address],
    deletable: &BTreeSet<&str>,
    state: &Value,
) -> (Requests, Requests) {
    let deleted = deleted(desired, replaced, deletable, state);
    let deleted_kinds: BTreeSet<_> = deleted.iter().map(|address| address.kind()).collect();
    let (mut requests, mut orders) = (Requests::new(), Requests::new());
    for facts in FACTS.iter().filter(|facts| !facts.parts.is_empty()) {
        let collection = collection(facts.kind);
        for flow in objects(state, collection) {
            let id = flow["id"].as_str().unwrap();
            let address = Address::new(facts.kind, &id[6..]);
            let declared = desired.resources.get(&address);
            let given = declared.map(fields).unwrap_or_default();
            for (field, paths) in facts.parts {
                let names = facts
                    .names
                    .iter()
                    .filter(|(of, _)| of == field)
                    .flat_map(|(_, kinds)| *kinds);
                let is_affected = names.into_iter().any(|kind| deleted_kinds.contains(kind));
                if given.contains(field) || deleted.contains(&address) || is_affected {
                    for (version, part) in *paths {
                        let request = (*version, format!("{collection}/{id}/{part}"));
                        // The order matters if there are several items, declared or live.
                        match part.strip_suffix("/getOrder") {
                            Some(list) if item_count(declared, list) < 2 => {
                                let is_long = flow[list].as_array().is_some_and(|of| of.len() > 1);
                                orders.extend(is_long.then_some(request));
                            }
                            _ => requests.push(request),
                        }
                    }
                }
            }
            for language in declared
                .iter()
                .filter_map(|flow| flow.items.get("languages"))
                .flat_map(|list| &list.items)
            {
                let tag = language.key.name();
                let path = |page| {
                    format!("{collection}/{id}/languages/{tag}/overridesPages/{page}/$value")
                };
                requests.extend(
                    language
                        .contents
                        .keys()
                        .map(|page| (listing(facts.kind).version.as_str(), path(page))),
                );
            }
        }
    }
    (requests, orders)
}

/// The number of declared items of a list.
fn item_count(declared: Option<&Resource>, list: &str) -> usize {
    let items = declared.and_then(|resource| resource.items.get(list));
    items.map_or(0, |items| items.items.len())
}

/// The live objects that are deleted or replaced.
fn deleted(
    desired: &Desired,
    replaced: &[Address],
    deletable: &BTreeSet<&str>,
    state: &Value,
) -> BTreeSet<Address> {
    let is_deleted_by_rule = |address: &Address| {
        let manage = desired.tenant.manage.get(address.kind());
        let ignore = manage.into_iter().flat_map(|of| &of.ignore);
        let is_ignored = ignore.into_iter().any(|(rule, _)| {
            let rule = glob::Pattern::new(&rule.to_lowercase()).unwrap();
            rule.matches(&address.name().to_lowercase())
        });
        let is_unwanted = desired.absent.contains(address) || manage.is_some_and(|of| of.prune);
        is_unwanted && !is_ignored && !desired.resources.contains_key(address)
    };
    let mut deleted: BTreeSet<_> = replaced.iter().cloned().collect();
    for kind in deletable {
        let objects = objects(state, collection(kind)).iter();
        let addresses = objects.filter_map(|object| address(kind, object));
        deleted.extend(addresses.filter(is_deleted_by_rule));
    }
    deleted
}

/// The address of an object of the state, if it is of this kind and not built in.
fn address(kind: &str, object: &Value) -> Option<Address> {
    let is_built_in = object["userFlowAttributeType"] == "builtIn";
    let tenant_type = object["@odata.type"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    let is_alone = listing(kind).kinds == [kind];
    let is_typed =
        is_alone || tenant_type.ends_with(&kind.replace("apple", "appleManaged").to_lowercase());
    let name = match kind {
        SOCIAL | "appleIdentityProvider" | "signInIdentifier" => object["id"].as_str()?,
        "b2xUserFlow" | "b2cUserFlow" | "userFlow" => &object["id"].as_str()?[6..],
        "userFlowListener" => &object["userFlow"].as_str()?[6..],
        _ => object["displayName"].as_str()?,
    };
    (is_typed && !is_built_in).then(|| Address::new(kind, name))
}

fn load(directory: &Path) -> Option<Desired> {
    desired::load(&[directory.join("desired")], jiff::civil::date(2026, 1, 1)).ok()
}

/// The difference between the requests of a plan and the minimum.
fn deviation(run: &Run, requests: &[Request], minimum: &Minimum) -> Option<String> {
    let counted = requests
        .iter()
        .filter(|request| !request.path.ends_with("/$batch"));
    let bare = |request: &Request| {
        let path = request.path.split('?').next().unwrap().replace("%20", " ");
        assert_eq!(request.method, "GET");
        path
    };
    let sent = sorted(counted.map(bare));
    let round_trips = requests.iter().filter(|request| !request.in_batch).count();
    let (needed, minimum_trips) = (minimum.requests(), minimum.round_trips());
    if (&sent, round_trips) == (&needed, minimum_trips) {
        return None;
    }
    let lists = Minimum {
        lists: minimum.lists.clone(),
        pages: minimum.pages.clone(),
        parts: Requests::new(),
        orders: Requests::new(),
    };
    // Invalid files, or files that do not match the tenant, stop a plan early.
    if run.code == 3 && (sent.is_empty() || sent == lists.requests()) {
        return None;
    }
    // A plan that objects to several objects of one name reads again, with what may refer to them.
    let is_ambiguous = run.code == 4 && run.out.contains(" objects of this name: ");
    if is_ambiguous && needed.iter().all(|line| sent.contains(line)) {
        return None;
    }
    let mut fault = format!(
        "{} requests in {round_trips} round trips; the minimum is {} in {minimum_trips}\n",
        sent.len(),
        needed.len()
    );
    let count = |lines: &[String], line: &String| lines.iter().filter(|of| *of == line).count();
    for line in sent.iter().chain(&needed).collect::<BTreeSet<_>>() {
        let (sent, needed) = (count(&sent, line), count(&needed, line));
        if sent != needed {
            writeln!(fault, "  {line}: sent {sent} times, needed {needed} times").unwrap();
        }
    }
    Some(fault + &run.err)
}

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut found: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    assert!(found.len() > 100);
    found
}

/// The arguments of a scenario's plan.
fn arguments(scenario: &Path) -> Vec<String> {
    let text = fs::read_to_string(scenario.join("arguments")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn replaced(arguments: &[String]) -> Vec<Address> {
    let given = arguments.iter().zip(arguments.iter().skip(1));
    let named = given.filter(|(option, _)| *option == "--allow-replace");
    named
        .map(|(_, address)| {
            let (kind, name) = address.split_once('/').unwrap();
            Address::new(kind, name)
        })
        .collect()
}

fn plan_is_minimal(directory: &Path, arguments: &[String], page_size: usize) -> Option<String> {
    let tenant = Tenant::start_with(
        directory,
        Options {
            page_size: Some(page_size),
            ..Options::default()
        },
    );
    let state: Value = serde_json::from_str(&tenant.control("GET", "state")).unwrap();
    tenant.take_requests();
    let command_line: Vec<_> = ["plan"]
        .into_iter()
        .chain(arguments.iter().map(String::as_str))
        .collect();
    let run = tenant.run(&command_line);
    let requests = tenant.take_requests();
    let Some(desired) = load(directory) else {
        return (!requests.is_empty()).then(|| "invalid files need no request".to_owned());
    };
    let (_, tenant_type) = tenant.identity();
    // An object that is replaced because of its new name is deleted under its old one.
    let former = |address: Address| desired.renames.get(&address).cloned().unwrap_or(address);
    let replaced: Vec<_> = replaced(arguments).into_iter().map(former).collect();
    let minimum = Minimum::of(&desired, &replaced, &tenant_type, &state, page_size);
    deviation(&run, &requests, &minimum)
}

#[test]
fn plan_of_each_scenario_needs_the_minimum_of_requests() {
    let fault = |directory: &PathBuf| {
        let fault = plan_is_minimal(directory, &arguments(directory), 100)?;
        Some(format!("{}: {fault}", directory.file_name()?.display()))
    };
    let deviations: Vec<_> = scenarios().iter().filter_map(fault).collect();
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

/// A flow of a generated tenant: its declared fields, if it is declared, and whether it exists.
#[derive(Debug, Clone)]
struct Flow {
    declared: Option<[bool; 5]>,
    is_live: bool,
}

fn flow() -> impl Strategy<Value = Flow> {
    let declared = proptest::option::weighted(0.8, any::<[bool; 5]>());
    (declared, proptest::bool::weighted(0.8))
        .prop_map(|(declared, is_live)| Flow { declared, is_live })
}

fn document(
    prefix: &str,
    number: usize,
    [providers, connectors, assignments, languages, pages]: [bool; 5],
) -> String {
    let version = if prefix == "b2c" { 3 } else { 1 };
    let mut text = format!(
        "---\nkind: {prefix}UserFlow\nid: F{number}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: {version}\n"
    );
    let page = if pages {
        ", pages: { selfasserted1_1: null }"
    } else {
        ""
    };
    for (is_given, line) in [
        (
            prefix == "b2c",
            "isLanguageCustomizationEnabled: true".to_owned(),
        ),
        (providers, "identityProviders: []".to_owned()),
        (
            connectors,
            "apiConnectorConfiguration: { postAttributeCollection: null }".to_owned(),
        ),
        (assignments, "userAttributeAssignments: []".to_owned()),
        (
            languages,
            format!("languages: [{{ id: fr, isEnabled: true{page} }}]"),
        ),
    ] {
        if is_given {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

/// A directory with the layout of a scenario.
fn generated(prefix: &str, flows: &[Flow]) -> tempfile::TempDir {
    let (tenant_type, upper) = match prefix {
        "b2c" => ("b2c", "B2C"),
        _ => ("workforce", "B2X"),
    };
    let tenant = format!(
        "kind: tenant\nname: a\ntenantId: contoso.onmicrosoft.com\ntype: {tenant_type}\ncloud: emulator\n"
    );
    let documents: String = (1..)
        .zip(flows)
        .filter_map(|(number, flow)| Some(document(prefix, number, flow.declared?)))
        .collect();
    let live: Vec<_> = (1..)
        .zip(flows)
        .filter(|(_, flow)| flow.is_live)
        .map(|(number, _): (usize, _)| {
            let id = format!("{upper}_1_F{number}");
            json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1})
        })
        .collect();
    let state = json!({ format!("{prefix}UserFlows"): live });
    let directory = tempfile::tempdir().unwrap();
    let desired = directory.path().join("desired");
    fs::create_dir(&desired).unwrap();
    fs::write(desired.join("tenant.yaml"), tenant).unwrap();
    fs::write(desired.join("flows.yaml"), documents).unwrap();
    fs::write(directory.path().join("live.json"), state.to_string()).unwrap();
    directory
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plan_of_any_tenant_needs_the_minimum_of_requests(
        prefix in prop_oneof![Just("b2x"), Just("b2c")],
        flows in proptest::collection::vec(flow(), 0..120),
        page_size in 40..60_usize,
    ) {
        let directory = generated(prefix, &flows);
        let fault = plan_is_minimal(directory.path(), &[], page_size);
        prop_assert!(fault.is_none(), "{}", fault.unwrap());
    }
}

/// A plan without its request counts.
fn without_cost(plan: &str) -> String {
    let lines = plan.lines().filter(|line| !line.starts_with("Requests: "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn plan_is_the_same_if_expand_is_refused() {
    let mut refused = 0;
    // Only these use `$expand`.
    let expanded = [
        "apiConnectorConfiguration",
        "userFlowListener",
        "authenticationEventsFlow",
    ];
    let uses_expand = |directory: &PathBuf| {
        let files = tenant::texts(&directory.join("desired"));
        expanded.iter().any(|name| files.contains(name))
    };
    for directory in scenarios().into_iter().filter(uses_expand) {
        let arguments = arguments(&directory);
        let command_line: Vec<_> = ["plan", "--requests"]
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect();
        let expected = Tenant::start(&directory).run(&command_line);
        let options = Options {
            assumptions: Assumptions::default().with(Expand::Refused),
            ..Options::default()
        };
        let tenant = Tenant::start_with(&directory, options);
        let planned = tenant.run(&command_line);
        let (planned, expected) = (without_cost(&planned.out), without_cost(&expected.out));
        let diff = TextDiff::from_lines(&expected, &planned);
        assert!(
            expected == planned,
            "{}\n{}",
            directory.display(),
            diff.unified_diff()
        );
        let requests = tenant.take_requests();
        refused += requests
            .iter()
            .filter(|request| request.status == 400 && request.path.contains("$expand"))
            .count();
    }
    assert!(refused > 20, "{refused} requests with $expand were refused");
}
