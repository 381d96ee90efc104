//! Finds the route of a request by its method, path and version, and checks its permissions and tenant types.
//! Holds no route itself: `table` does.

#[cfg(test)]
mod manifest;

use std::sync::LazyLock;

use crate::assumptions::{
    Assumptions, AuditPermissions, ConnectorReads, ParallelCreates, ParallelWrites, PermissionError,
};
use crate::emulator::protocol::context::{ApiVersion, TenantContext};
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::flow_family::{FAMILIES, FlowFamily};
use crate::emulator::resources::policies;
use crate::emulator::routes::path::segments;
use crate::emulator::routes::route::{Route, RouteGroup};
use crate::emulator::routes::table::TABLES;
use crate::emulator::routes::tenant_types;
use crate::emulator::state::store::State;
use crate::emulator::state::tenant_type::TenantType;

/// The segment of a template that stands for the name of a family of flows.
const FLOWS: &str = "{flows}";

/// A route with its template split once, because every request is compared with all routes.
struct CompiledRoute {
    group: &'static RouteGroup,
    route: &'static Route,
    /// The family that `{flows}` stands for.
    family: Option<&'static FlowFamily>,
    /// The segments of the whole template.
    template: Vec<&'static str>,
}

static ROUTES: LazyLock<Vec<CompiledRoute>> = LazyLock::new(|| {
    let groups = TABLES.into_iter().flatten();
    let rows = groups.flat_map(|group| group.routes.iter().map(move |route| (group, route)));
    rows.flat_map(|(group, route)| CompiledRoute::of(group, route))
        .collect()
});

impl CompiledRoute {
    /// A route of the table: one for each family if its prefix has `{flows}`.
    fn of(group: &'static RouteGroup, route: &'static Route) -> Vec<Self> {
        let compile = |family: Option<&'static FlowFamily>| {
            // The path of a route is empty or begins with a slash.
            let segments = group.prefix.split('/').chain(route.path.split('/').skip(1));
            let name = |segment| match family {
                Some(family) if segment == FLOWS => family.name,
                _ => segment,
            };
            Self {
                group,
                route,
                family,
                template: segments.map(name).collect(),
            }
        };
        match group.prefix.split('/').any(|segment| segment == FLOWS) {
            true => FAMILIES.iter().map(Some).map(compile).collect(),
            false => vec![compile(None)],
        }
    }

    /// Whether this version of the API does not have the route.
    fn is_hidden(&self, version: ApiVersion) -> bool {
        let of_family = self.family.is_some_and(|family| family.beta_only);
        version == ApiVersion::V1 && (self.group.beta_only || of_family)
    }

    /// The values of the placeholders, or `None` if the segments do not match the template.
    fn keys(&self, segments: &[String]) -> Option<Vec<String>> {
        if self.template.len() != segments.len() {
            return None;
        }
        let family = self.family.map(|family| family.name.to_owned());
        let mut keys: Vec<_> = family.into_iter().collect();
        for (expected, segment) in self.template.iter().zip(segments) {
            if !fits(expected, segment) {
                return None;
            }
            if expected.starts_with('{') {
                keys.push(segment.clone());
            }
        }
        Some(keys)
    }
}

/// Whether a segment is that of a template: the same word, or any key.
fn fits(expected: &str, segment: &str) -> bool {
    match expected.starts_with('{') {
        true => !segment.starts_with('$') && !segment.is_empty(),
        false => expected.eq_ignore_ascii_case(segment),
    }
}

/// The routes that a type of tenant answers: the template, the route, and whether only beta has it.
pub(crate) fn templates(
    tenant: TenantType,
) -> impl Iterator<Item = (&'static [&'static str], &'static Route, bool)> {
    let answered = ROUTES.iter().filter(move |row| {
        let family = row
            .family
            .is_none_or(|family| family.tenants.contains(&tenant));
        family && row.group.tenants.contains(&tenant)
    });
    answered.map(|row| {
        (
            row.template.as_slice(),
            row.route,
            row.is_hidden(ApiVersion::V1),
        )
    })
}

/// 403 as for a tenant without a licence, which Graph also answers if it may not read the licences.
fn without_licence() -> GraphError {
    GraphError::new(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )
}

/// The route of a request, and the values of its placeholders. The first is the family, if the route has one.
pub(crate) struct RouteMatch {
    pub(crate) route: &'static Route,
    pub(crate) keys: Vec<String>,
    row: &'static CompiledRoute,
}

impl RouteMatch {
    /// Refuses a token whose roles do not permit the request. A route without permissions permits every token.
    pub(crate) fn check_permission(
        &self,
        roles: &[String],
        assumptions: &Assumptions,
    ) -> Result<(), GraphError> {
        let permissions = self.permissions(assumptions);
        let permits = |needed: &&str| roles.iter().any(|role| role == needed);
        if self.row.group.reads_may_need_all && assumptions.has(AuditPermissions::Both) {
            return match permissions.iter().all(permits) {
                true => Ok(()),
                false => Err(without_licence()),
            };
        }
        if permissions.is_empty() || permissions.iter().any(permits) {
            return Ok(());
        }
        Err(match assumptions.answer() {
            PermissionError::Directory => GraphError::new(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            ),
            PermissionError::Backend => GraphError::new(
                403,
                "AADB2C",
                format!(
                    "The application does not have any of the required application permissions ({}) to access the resource.",
                    permissions.join(", ")
                ),
            ),
        })
    }

    /// The roles of which one is needed.
    fn permissions(&self, assumptions: &Assumptions) -> &'static [&'static str] {
        let group = self.row.group;
        let reads_need_write = group.reads_may_need_write && assumptions.has(ConnectorReads::Write);
        match self.route.method {
            "GET" if !reads_need_write => group.read,
            _ => group.write,
        }
    }

    /// Refuses the request in a tenant whose type does not have the route.
    pub(crate) fn check_tenant(&self, tenant: TenantType) -> Result<(), GraphError> {
        if let Some(family) = self.row.family {
            tenant_types::check(family.tenants, tenant)?;
        }
        tenant_types::check(self.row.group.tenants, tenant)
    }

    /// Refuses the request if the tenant answers it only while self-service sign-up is on.
    pub(crate) fn check_sign_up(
        &self,
        state: &State,
        tenant: &TenantContext,
        assumptions: &Assumptions,
    ) -> Result<(), GraphError> {
        match self.row.group.needs_sign_up {
            true => policies::check_sign_up(state, tenant, assumptions),
            false => Ok(()),
        }
    }

    /// The last segment of the template.
    pub(crate) fn last_segment(&self) -> &'static str {
        self.row.template.last().copied().unwrap_or_default()
    }

    /// The object that the request concerns, or below which it is, if parallel writes to it are refused. For a create, its
    /// collection if parallel creates are refused.
    pub(crate) fn container(&self, assumptions: &Assumptions) -> Option<String> {
        let template = &self.row.template;
        match template.iter().position(|segment| segment.starts_with('{')) {
            Some(_) if assumptions.has(ParallelWrites::Served) => None,
            Some(at) => {
                let key = &self.keys[usize::from(self.row.family.is_some())];
                let path = template[..at].join("/");
                Some(format!("{path}/{}", key.to_ascii_lowercase()))
            }
            None if self.route.method == "POST" && assumptions.has(ParallelCreates::Served) => None,
            None => Some(template.join("/")),
        }
    }
}

/// Finds the route of a request. Segments are compared without regard to case.
pub(crate) fn find(
    method: &str,
    path: &str,
    version: ApiVersion,
) -> Result<RouteMatch, GraphError> {
    let mut segments = segments(path);
    let is_count = segments
        .last()
        .is_some_and(|last| last.eq_ignore_ascii_case("$count"));
    if is_count {
        segments.pop();
    }
    let mut candidates = ROUTES.iter().filter_map(|row| {
        if row.is_hidden(version) || (is_count && !row.route.options.count) {
            return None;
        }
        Some(RouteMatch {
            route: row.route,
            keys: row.keys(&segments)?,
            row,
        })
    });
    let first = candidates
        .next()
        .ok_or_else(|| GraphError::no_segment(unknown(&segments, version)))?;
    // Only routes with the same template: `availableProviderTypes` has no DELETE although a provider has.
    let template = &first.row.template;
    let mut same = std::iter::once(first)
        .chain(candidates)
        .filter(|matched| matched.row.template == *template);
    same.find(|matched| matched.route.method == method && (!is_count || method == "GET"))
        .ok_or_else(|| no_method(template, method))
}

fn no_method(template: &[&str], method: &str) -> GraphError {
    match template.last() == Some(&"$ref") {
        true => GraphError::new(
            405,
            "MethodNotAllowed",
            format!(
                "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: | {method}"
            ),
        ),
        false => GraphError::method_not_allowed(),
    }
}

/// The segment that the error names if no route matches: the first with which no route goes on.
fn unknown(segments: &[String], version: ApiVersion) -> &str {
    let rows = ROUTES.iter().filter(|row| !row.is_hidden(version));
    let known = rows.map(|row| {
        let pairs = row.template.iter().zip(segments);
        pairs
            .take_while(|(expected, segment)| fits(expected, segment))
            .count()
    });
    let known = known.max().unwrap_or_default();
    let named = segments.get(known).or(segments.last());
    named.map_or("", String::as_str)
}
