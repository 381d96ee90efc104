//! The reads that the API has, for a client that goes through all of them.
//! Never answers a request.

use crate::emulator::routes::matching::templates;
use crate::emulator::state::tenant_type::{ALL, TenantType};

/// A read of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadRoute {
    /// The path below the version, with a leading slash and `{…}` in place of ids.
    pub route: String,
    /// Whether only beta has it.
    pub beta_only: bool,
    /// What `$expand` may name.
    pub expand: &'static [&'static str],
}

/// What follows a flow of External ID: pages show its type, and that of the handler, before what only these types have.
const CASTS: [(&str, &str); 2] = [
    (
        "/{flow}/onAttributeCollection/",
        "/{flow}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/\
         microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/",
    ),
    (
        "/{flow}/onAuthenticationMethodLoadStart/",
        "/{flow}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/\
         microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/",
    ),
];

fn with_casts(route: String) -> String {
    CASTS
        .iter()
        .fold(route, |route, (plain, cast)| route.replace(plain, cast))
}

/// The segments of all routes that are no ids.
pub fn route_words() -> impl Iterator<Item = &'static str> {
    let templates = ALL.iter().flat_map(|tenant| templates(*tenant));
    let segments = templates.flat_map(|(template, ..)| template.iter().copied());
    segments.filter(|segment| !segment.starts_with('{'))
}

/// Every read that a page shows and this type of tenant answers, but for those of links as such, and those that name people.
pub fn reads(tenant_type: TenantType) -> Vec<ReadRoute> {
    let reads =
        templates(tenant_type).filter(|(_, route, _)| route.method == "GET" && route.documented);
    let reads = reads.filter(|(_, route, _)| !route.names_people);
    let reads = reads.map(|(template, route, beta_only)| ReadRoute {
        route: with_casts(format!("/{}", template.join("/"))),
        beta_only,
        expand: route.options.expand,
    });
    let mut reads: Vec<_> = reads
        .filter(|read| !read.route.ends_with("/$ref"))
        .collect();
    reads.sort();
    reads.dedup();
    reads
}

/// A path with `{…}` in place of each segment that no route has.
pub fn route_of(path: &str) -> String {
    let is_known = |segment: &str| {
        segment.starts_with("microsoft.graph.") || route_words().any(|word| word == segment)
    };
    let segments = path.split('/').map(|segment| match segment {
        "" => segment,
        known if is_known(known) => known,
        _ => "{…}",
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_has_no_segment_of_a_tenant() {
        let route = route_of("/identity/b2xUserFlows/B2X_1_Contoso/userFlowIdentityProviders/$ref");
        assert_eq!(
            route,
            "/identity/b2xUserFlows/{…}/userFlowIdentityProviders/$ref"
        );
    }

    #[test]
    fn reads_are_those_of_the_tenant_type() {
        let has = |tenant_type, route: &str| {
            let reads = reads(tenant_type).into_iter();
            reads.map(|read| read.route).any(|known| known == route)
        };
        assert!(has(TenantType::Workforce, "/identity/b2xUserFlows/{flow}"));
        assert!(!has(TenantType::B2c, "/identity/b2xUserFlows/{flow}"));
        assert!(has(TenantType::B2c, "/identity/b2cUserFlows"));
        assert!(has(
            TenantType::External,
            "/identity/authenticationEventsFlows"
        ));
        assert!(!has(
            TenantType::Workforce,
            "/invokeUserFlowListener/userFlow/$ref"
        ));
    }
}
