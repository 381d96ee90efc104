//! Finds the route of a request, and the tenants that do not answer it.
//! Answers nothing itself; the routes are in `route_table`.

use std::sync::LazyLock;

use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::flow_family::{B2C, B2X};
use crate::emulator::routes::path::segments;
use crate::emulator::routes::route::{Route, Section};
use crate::emulator::routes::table::TABLES;

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
pub(crate) struct RouteMatch {
    pub(crate) route: &'static Route,
    pub(crate) keys: Vec<String>,
    pub(crate) permissions: &'static [&'static str],
    template: &'static [&'static str],
}

impl RouteMatch {
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
pub(crate) fn find(
    method: &str,
    path: &str,
    version: ApiVersion,
) -> Result<RouteMatch, GraphError> {
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
        let hidden = version == ApiVersion::V1 && (section.beta_only || b2c);
        if hidden || (counting && !route.options.count) {
            return None;
        }
        let permissions = if route.method == "GET" {
            section.read
        } else {
            section.write
        };
        Some(RouteMatch {
            route,
            keys: keys(template, &segments)?,
            permissions,
            template,
        })
    });
    let first = of_path
        .next()
        .ok_or_else(|| GraphError::no_segment(unknown(&segments)))?;
    // Rows with the same template only: `availableProviderTypes` has no DELETE although a provider has.
    let template = first.template;
    let mut same = std::iter::once(first)
        .chain(of_path)
        .filter(|matched| matched.template == template);
    same.find(|matched| matched.route.method == method && (!counting || method == "GET"))
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
