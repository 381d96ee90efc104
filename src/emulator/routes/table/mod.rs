//! The table of routes: which method on which path of which version is answered by whom, with which permission.
//! Holds no logic.
//!
//! Rows come from the reference pages and from what the SDKs generate. A path of the table that lacks a method answers
//! 405, which is what happens to the writes that only the SDKs know. No permission means that no page names one.

mod external;
mod user_flows;

use crate::emulator::routes::matching::{Handler, Route, Section};

// Order matters: a row with a name stands before the row that has a key in the same place.
/// Every section, by the file that holds it.
pub(crate) static TABLES: [&[Section]; 2] = [user_flows::SECTIONS, external::SECTIONS];

/// No page that was read names a permission.
const NONE: &[&str] = &[];

const fn row(method: &'static str, path: &'static str, run: Handler) -> Route {
    Route {
        method,
        path,
        run,
        counts: false,
        expand: &[],
        filter: &[],
        order: &[],
    }
}
const fn get(path: &'static str, run: Handler) -> Route {
    row("GET", path, run)
}
const fn post(path: &'static str, run: Handler) -> Route {
    row("POST", path, run)
}
const fn put(path: &'static str, run: Handler) -> Route {
    row("PUT", path, run)
}
const fn patch(path: &'static str, run: Handler) -> Route {
    row("PATCH", path, run)
}
const fn delete(path: &'static str, run: Handler) -> Route {
    row("DELETE", path, run)
}

impl Route {
    /// A collection, which can be counted with `/$count`.
    const fn counted(self) -> Self {
        Self {
            counts: true,
            ..self
        }
    }
    const fn expand(self, expand: &'static [&'static str]) -> Self {
        Self { expand, ..self }
    }
    const fn order(self, order: &'static [&'static str]) -> Self {
        Self { order, ..self }
    }
    const fn filter(self, filter: &'static [&'static str]) -> Self {
        Self { filter, ..self }
    }
}

const fn section(
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

const fn beta(section: Section) -> Section {
    Section {
        beta_only: true,
        ..section
    }
}
