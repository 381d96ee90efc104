//! A route, and the constructors in which the tables of routes are written.
//! Holds no route itself: `table` does.

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::query::QueryOptions;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::state::tenant_type::TenantType;

/// The function that answers a route.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Response, GraphError>;

/// Routes with a common prefix.
pub(crate) struct RouteGroup {
    /// Template without the version. `{flows}` is the name of a family of flows, other braces are any key.
    pub(crate) prefix: &'static str,
    /// The types of tenant that answer. Below `{flows}`, the family answers only in its own.
    pub(crate) tenants: &'static [TenantType],
    /// A read needs one of these roles in the token. The first is the least privileged.
    pub(crate) read: &'static [&'static str],
    /// Whether it is not known that a read needs less than a write.
    pub(crate) reads_may_need_write: bool,
    /// Whether it is not known that one of the roles suffices for a read.
    pub(crate) reads_may_need_all: bool,
    /// Any other method needs one of these.
    pub(crate) write: &'static [&'static str],
    pub(crate) beta_only: bool,
    /// Whether a workforce tenant answers only while self-service sign-up is on.
    pub(crate) needs_sign_up: bool,
    pub(crate) routes: &'static [Route],
}

/// One route of a group.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The template after the prefix.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    pub(crate) options: QueryOptions,
    /// Whether a page shows it. The SDKs model more.
    pub(crate) documented: bool,
    /// Whether its responses name people.
    pub(crate) names_people: bool,
}

/// No known page names a permission.
pub(crate) const NO_PERMISSION: &[&str] = &[];

pub(crate) const fn row(method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route {
        method,
        path,
        handler,
        options: QueryOptions {
            count: false,
            expand: &[],
            filter: &[],
            order_by: &[],
        },
        documented: true,
        names_people: false,
    }
}
pub(crate) const fn get(path: &'static str, handler: Handler) -> Route {
    row("GET", path, handler)
}
pub(crate) const fn post(path: &'static str, handler: Handler) -> Route {
    row("POST", path, handler)
}
pub(crate) const fn put(path: &'static str, handler: Handler) -> Route {
    row("PUT", path, handler)
}
pub(crate) const fn patch(path: &'static str, handler: Handler) -> Route {
    row("PATCH", path, handler)
}
pub(crate) const fn delete(path: &'static str, handler: Handler) -> Route {
    row("DELETE", path, handler)
}

impl Route {
    /// A route that no page shows.
    pub(crate) const fn undocumented(self) -> Self {
        Self {
            documented: false,
            ..self
        }
    }
    /// A route whose responses name people.
    pub(crate) const fn names_people(self) -> Self {
        Self {
            names_people: true,
            ..self
        }
    }
    /// A collection, which can be counted with `/$count`.
    pub(crate) const fn countable(self) -> Self {
        let options = QueryOptions {
            count: true,
            ..self.options
        };
        Self { options, ..self }
    }
    pub(crate) const fn expand(self, expand: &'static [&'static str]) -> Self {
        let options = QueryOptions {
            expand,
            ..self.options
        };
        Self { options, ..self }
    }
    pub(crate) const fn order_by(self, order_by: &'static [&'static str]) -> Self {
        let options = QueryOptions {
            order_by,
            ..self.options
        };
        Self { options, ..self }
    }
    pub(crate) const fn filter(self, filter: &'static [&'static str]) -> Self {
        let options = QueryOptions {
            filter,
            ..self.options
        };
        Self { options, ..self }
    }
}

pub(crate) const fn group(
    prefix: &'static str,
    tenants: &'static [TenantType],
    [read, write]: [&'static [&'static str]; 2],
    routes: &'static [Route],
) -> RouteGroup {
    RouteGroup {
        prefix,
        tenants,
        read,
        reads_may_need_write: false,
        reads_may_need_all: false,
        write,
        beta_only: false,
        needs_sign_up: false,
        routes,
    }
}

pub(crate) const fn reads_may_need_write(group: RouteGroup) -> RouteGroup {
    RouteGroup {
        reads_may_need_write: true,
        ..group
    }
}

pub(crate) const fn reads_may_need_all(group: RouteGroup) -> RouteGroup {
    RouteGroup {
        reads_may_need_all: true,
        ..group
    }
}

pub(crate) const fn beta(group: RouteGroup) -> RouteGroup {
    RouteGroup {
        beta_only: true,
        ..group
    }
}

pub(crate) const fn needs_sign_up(group: RouteGroup) -> RouteGroup {
    RouteGroup {
        needs_sign_up: true,
        ..group
    }
}
