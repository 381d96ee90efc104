//! What a route is, and the constructors in which the tables of routes are written.
//! Holds no route itself: `table` does.

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::query::QueryOptions;
use crate::emulator::protocol::response::{GraphError, Response};

/// What answers a route.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Response, GraphError>;

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
    pub(crate) options: QueryOptions,
}

/// No page that was read names a permission.
pub(crate) const NONE: &[&str] = &[];

pub(crate) const fn row(method: &'static str, path: &'static str, run: Handler) -> Route {
    Route {
        method,
        path,
        run,
        options: QueryOptions {
            count: false,
            expand: &[],
            filter: &[],
            order_by: &[],
        },
    }
}
pub(crate) const fn get(path: &'static str, run: Handler) -> Route {
    row("GET", path, run)
}
pub(crate) const fn post(path: &'static str, run: Handler) -> Route {
    row("POST", path, run)
}
pub(crate) const fn put(path: &'static str, run: Handler) -> Route {
    row("PUT", path, run)
}
pub(crate) const fn patch(path: &'static str, run: Handler) -> Route {
    row("PATCH", path, run)
}
pub(crate) const fn delete(path: &'static str, run: Handler) -> Route {
    row("DELETE", path, run)
}

impl Route {
    /// A collection, which can be counted with `/$count`.
    pub(crate) const fn counted(self) -> Self {
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

pub(crate) const fn section(
    base: &'static str,
    [read, write]: [&'static [&'static str]; 2],
    routes: &'static [Route],
) -> Section {
    Section {
        base,
        read,
        write,
        beta_only: false,
        routes,
    }
}

pub(crate) const fn beta(section: Section) -> Section {
    Section {
        beta_only: true,
        ..section
    }
}
