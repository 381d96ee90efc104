//! Finds the route of a request, and the tenants that do not answer it.
//! Answers nothing itself; the routes are in `route_table`.

use std::sync::LazyLock;

use crate::emulator::metadata::types;
use crate::emulator::protocol::answer::{Answer, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::routes::table::TABLES;
use crate::emulator::{TenantType, Version};

/// What answers a route.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Answer, Refusal>;

/// Routes with a common beginning.
pub(crate) struct Section {
    /// Template without the version. `{flows}` stands for `b2xUserFlows` or `b2cUserFlows`, other braces for any key.
    pub(crate) base: &'static str,
    /// One of these has to be among the roles of the token to read.
    pub(crate) read: &'static [&'static str],
    /// One of these has to be among them for anything else.
    pub(crate) write: &'static [&'static str],
    pub(crate) beta_only: bool,
    pub(crate) routes: &'static [Route],
}

/// One row of a section.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// What follows the beginning.
    pub(crate) path: &'static str,
    pub(crate) run: Handler,
    /// Whether `/$count` may follow.
    pub(crate) counts: bool,
    /// What `$expand` may name.
    pub(crate) expand: &'static [&'static str],
    /// What `$filter` may compare: properties, or paths into lists such as `a/any/id`.
    pub(crate) filter: &'static [&'static str],
    /// What `$orderby` may go by.
    pub(crate) order: &'static [&'static str],
}

/// A kind of flow: the same routes, with other names and rules.
pub(crate) struct Family {
    /// Path segment, and the key in the state.
    pub(crate) name: &'static str,
    pub(crate) entity: &'static str,
}

pub(crate) const B2X: Family = Family {
    name: "b2xUserFlows",
    entity: "b2xIdentityUserFlow",
};
pub(crate) const B2C: Family = Family {
    name: "b2cUserFlows",
    entity: "b2cIdentityUserFlow",
};
pub(crate) const GENERIC: Family = Family {
    name: "userFlows",
    entity: "identityUserFlow",
};

/// A row of the table, taken apart once: every request is held to all of them.
struct Row {
    section: &'static Section,
    route: &'static Route,
    /// The segments of the whole template.
    template: Vec<&'static str>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let sections = TABLES.into_iter().flatten();
    let rows =
        sections.flat_map(|section| section.routes.iter().map(move |route| (section, route)));
    rows.map(|(section, route)| Row {
        section,
        route,
        // What follows the beginning is empty or begins with a slash.
        template: section
            .base
            .split('/')
            .chain(route.path.split('/').skip(1))
            .collect(),
    })
    .collect()
});

/// A match: the row, what stands in its placeholders, and who may.
pub(crate) struct Matched {
    pub(crate) route: &'static Route,
    pub(crate) keys: Vec<String>,
    pub(crate) permissions: &'static [&'static str],
    template: &'static [&'static str],
}

impl Matched {
    /// The object that the request is about, or below which it is; none where an object is made.
    pub(crate) fn container(&self) -> Option<String> {
        let is_key = |segment: &&str| segment.starts_with('{') && *segment != "{flows}";
        match self.template.iter().position(is_key) {
            Some(at) => {
                let path = &self.template[..at];
                let named = 1 + usize::from(path.contains(&"{flows}"));
                let keys = self.keys.iter().take(named);
                let keys: Vec<_> = keys.map(|key| key.to_ascii_lowercase()).collect();
                Some(format!("{}/{}", path.join("/"), keys.join("/")))
            }
            None if self.route.method == "POST" => None,
            None => Some(self.template.join("/")),
        }
    }
}

/// Finds the row of a request. Segments are compared without regard to case; `getOrder()` is `getOrder`, `x('key')` is
/// `x/key`, and cast segments are passed over.
pub(crate) fn find(method: &str, path: &str, version: Version) -> Result<Matched, Refusal> {
    let mut segments = segments(path);
    let counting = segments
        .last()
        .is_some_and(|last| last.eq_ignore_ascii_case("$count"));
    if counting {
        segments.pop();
    }
    let b2c = segments
        .iter()
        .any(|segment| segment.eq_ignore_ascii_case(B2C.name));
    let mut of_path = ROWS.iter().filter_map(|row| {
        let Row {
            section,
            route,
            template,
        } = row;
        let hidden = version == Version::V1 && (section.beta_only || b2c);
        if hidden || (counting && !route.counts) {
            return None;
        }
        let permissions = if route.method == "GET" {
            section.read
        } else {
            section.write
        };
        Some(Matched {
            route,
            keys: keys(template, &segments)?,
            permissions,
            template,
        })
    });
    let first = of_path
        .next()
        .ok_or_else(|| Refusal::no_segment(unknown(&segments)))?;
    // Rows with the same template only: `availableProviderTypes` has no DELETE although a provider has.
    let template = first.template;
    let mut same = std::iter::once(first)
        .chain(of_path)
        .filter(|matched| matched.template == template);
    same.find(|matched| matched.route.method == method && (!counting || method == "GET"))
        .ok_or_else(|| no_method(template, method))
}

fn no_method(template: &[&str], method: &str) -> Refusal {
    match template.last() == Some(&"$ref") {
        true => Refusal::new(
            405,
            "MethodNotAllowed",
            format!(
                "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: | {method}"
            ),
        ),
        false => Refusal::method_not_allowed(),
    }
}

/// The segment to name when no row matches.
fn unknown(segments: &[String]) -> &str {
    let (first, second) = (segments.first(), segments.get(1));
    match (first, second) {
        (Some(first), Some(second)) if first.eq_ignore_ascii_case("identity") => second,
        (Some(first), _) => first,
        _ => "",
    }
}

fn keys(template: &[&str], segments: &[String]) -> Option<Vec<String>> {
    if template.len() != segments.len() {
        return None;
    }
    let mut keys = Vec::new();
    for (expected, segment) in template.iter().zip(segments) {
        match *expected {
            "{flows}" => {
                let family = [B2X, B2C]
                    .into_iter()
                    .find(|family| family.name.eq_ignore_ascii_case(segment))?;
                keys.push(family.name.to_owned());
            }
            expected if expected.starts_with('{') => {
                if segment.starts_with('$') || segment.is_empty() {
                    return None;
                }
                keys.push(segment.clone());
            }
            expected => {
                if !expected.eq_ignore_ascii_case(segment) {
                    return None;
                }
            }
        }
    }
    Some(keys)
}

fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.trim_matches('/').split('/') {
        let segment = decode(raw);
        match segment
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
        {
            Some((name, "")) => segments.push(name.to_owned()),
            Some((name, key)) => {
                segments.extend([name.to_owned(), key.trim_matches('\'').to_owned()])
            }
            None if is_cast(&segment) => {}
            None => segments.push(segment),
        }
    }
    segments
}

fn is_cast(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    (lower.starts_with("microsoft.graph.") || lower.starts_with("graph."))
        && types::named(segment).is_some()
}

/// Percent-decoding; what is not a valid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Why a tenant of this type does not answer this path, if so. That a B2C tenant refuses b2x is a field report with this
/// message; that the others refuse B2C flows, that only workforce tenants have sign-up listeners, and that B2C tenants have
/// nothing of External ID, is a choice after the reference's map of tenants.
pub(crate) fn wrong_tenant(path: &str, tenant_type: TenantType) -> Option<Refusal> {
    let segments = segments(path);
    let family = match segments.first().map(String::as_str) {
        Some(first) if first.eq_ignore_ascii_case("identity") => {
            segments.get(1)?.to_ascii_lowercase()
        }
        first => first?.to_ascii_lowercase(),
    };
    let message = match (family.as_str(), tenant_type) {
        (
            "b2xuserflows"
            | "events"
            | "invokeuserflowlistener"
            | "authenticationeventsflows"
            | "authenticationeventlisteners"
            | "customauthenticationextensions",
            TenantType::B2c,
        ) => {
            "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory (non b2c)."
        }
        ("b2xuserflows" | "events" | "invokeuserflowlistener", TenantType::External) => {
            "'' is an external directory. Access to this Api can only be made for a workforce directory."
        }
        ("b2cuserflows", TenantType::Workforce | TenantType::External) => {
            "'' is not an Azure AD B2C directory. Access to this Api can only be made for an Azure AD B2C directory."
        }
        _ => return None,
    };
    Some(Refusal::new(403, "AADB2C", message))
}
