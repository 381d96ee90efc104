//! Text output of `whoami`.

use std::io::{self, Write};

use jiff::{Timestamp, Unit};

use crate::model::printable;
use crate::render::reports::{
    OptionalPermission, RequiredPermission, RequiredRole, TokenIdentity, WhoamiReport,
};
use crate::render::style::Style;

pub(in crate::render) fn whoami(
    out: &mut dyn Write,
    report: &WhoamiReport<'_>,
    style: Style,
) -> io::Result<()> {
    match (&report.identity, report.sign_in_method) {
        (Some(identity), _) => writeln!(out, "{}", name(identity))?,
        (None, Some(_)) => writeln!(out, "Unknown identity: the access token is opaque")?,
        (None, None) => writeln!(out, "No sign-in")?,
    }
    rows(out, report)?;
    if let Some(identity) = &report.identity {
        writeln!(out, "\nThe token grants")?;
        if identity.permissions.is_empty() {
            writeln!(out, "  no permissions")?;
        }
        for permission in &identity.permissions {
            writeln!(out, "  {}", printable(permission))?;
        }
    }
    writeln!(
        out,
        "\nThe files of {} require",
        printable(&report.target.name)
    )?;
    report
        .required_permissions
        .iter()
        .try_for_each(|required| required_permission(out, required))?;
    if !report.required_roles.is_empty() {
        writeln!(out, "\nand, of a person, one of the directory roles")?;
    }
    report
        .required_roles
        .iter()
        .try_for_each(|required| required_role(out, required))?;
    if !report.optional_permissions.is_empty() {
        writeln!(out, "\nOptional")?;
    }
    report
        .optional_permissions
        .iter()
        .try_for_each(|optional| optional_permission(out, optional))?;
    match &report.consent {
        None => Ok(()),
        Some(consent) => {
            let these = match report.sign_in_method {
                Some(_) => "the missing permissions",
                None => "them",
            };
            let lines = style.fit(0, &format!("To get {these}, {consent}."));
            writeln!(out, "\n{}", lines.join("\n"))
        }
    }
}

fn name(identity: &TokenIdentity) -> String {
    let app = printable(&identity.app);
    match (&identity.user, &identity.app_name) {
        (Some(user), _) => format!("{}, through the app {app}", printable(user)),
        (None, Some(name)) => format!("The app {} ({app})", printable(name)),
        (None, None) => format!("The app {app}"),
    }
}

/// Tenant, cloud, sign-in method and expiry of the token.
fn rows(out: &mut dyn Write, report: &WhoamiReport<'_>) -> io::Result<()> {
    let (target, identity) = (report.target, report.identity.as_ref());
    let id = identity.and_then(|identity| identity.tenant_id.as_deref());
    let id = id.filter(|id| !id.eq_ignore_ascii_case(&target.tenant_id));
    let id = id.map_or_else(String::new, |id| format!(", id {}", printable(id)));
    let (name, tenant) = (printable(&target.name), printable(&target.tenant_id));
    let tenant_type = target.tenant_type.as_str();
    writeln!(out, "  tenant   {name} ({tenant_type}, {tenant}{id})")?;
    writeln!(out, "  cloud    {}", printable(&target.cloud))?;
    if let Some(method) = report.sign_in_method {
        writeln!(out, "  sign-in  {method}")?;
    }
    match identity.and_then(|identity| identity.expires_at) {
        Some(end) => writeln!(out, "  token    {}", until(end, report.now)),
        None => Ok(()),
    }
}

fn until(end: Timestamp, now: Timestamp) -> String {
    let minutes = (end - now).total(Unit::Minute).unwrap_or_default();
    let time = end.strftime("%Y-%m-%d %H:%M UTC");
    match minutes {
        minutes if minutes < 0.0 => format!("expired at {time}"),
        minutes => format!("expires at {time}, in {minutes:.0} minutes"),
    }
}

fn required_permission(out: &mut dyn Write, required: &RequiredPermission) -> io::Result<()> {
    let RequiredPermission {
        command,
        permission,
        kinds,
        granted,
    } = required;
    requirement(out, command, granted_word(*granted), permission, kinds)
}

fn granted_word(granted: Option<bool>) -> &'static str {
    match granted {
        None => "",
        Some(true) => "granted  ",
        Some(false) => "missing  ",
    }
}

fn optional_permission(out: &mut dyn Write, optional: &OptionalPermission) -> io::Result<()> {
    let OptionalPermission {
        command,
        permission,
        purpose,
        granted,
    } = optional;
    let state = granted_word(*granted);
    writeln!(out, "  {command}  {state}{permission}, {purpose}")
}

fn required_role(out: &mut dyn Write, required: &RequiredRole) -> io::Result<()> {
    let RequiredRole {
        command,
        any_of,
        kinds,
        held,
    } = required;
    let state = match held {
        None => "",
        Some(true) => "held     ",
        Some(false) => "missing  ",
    };
    requirement(out, command, state, &any_of.join(" or "), kinds)
}

/// What a command requires, and for which kinds.
fn requirement(
    out: &mut dyn Write,
    command: &str,
    state: &str,
    what: &str,
    kinds: &[&str],
) -> io::Result<()> {
    writeln!(out, "  to {command:5}  {state}{what}")?;
    let width = 12 + state.len();
    writeln!(out, "{:width$}{}", "", kinds.join(", "))
}
