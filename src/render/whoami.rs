//! Who signs in and what they may do with the files, for people and for programs.

use std::io::{self, Write};

use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::Serialize;

use super::Format;
use super::json::{FORMAT, TenantView};
use super::style::Style;
use crate::model::printable;
use crate::plan::Target;

/// Who signs in.
pub struct Whoami<'a> {
    /// The tenant.
    pub target: &'a Target,
    /// How they sign in, in words.
    pub way: &'a str,
    /// Who it is; `None` where the token is opaque.
    pub holder: Option<Holder>,
    /// What the files need.
    pub needs: Vec<Need>,
    /// Whom to ask for what is missing.
    pub consent: Option<String>,
    /// When this is told.
    pub now: Timestamp,
}

/// Whom a token is for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The application (client) id.
    pub app: String,
    /// The name of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_name: Option<String>,
    /// The name of the person who uses the application; none where it signs in for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the tenant that the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The permissions that the token holds.
    pub permissions: Vec<String>,
    /// When the token ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
}

/// A permission that the files need.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// The command that needs it: plan or apply.
    pub command: &'static str,
    /// The least permission that serves.
    pub permission: &'static str,
    /// The kinds of objects that it is needed for.
    pub kinds: Vec<&'static str>,
    /// Whether the token holds it, or another one that serves; unknown where the token is opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
}

/// What `entraflow whoami --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoamiView<'a> {
    /// Which view this is: `whoami`. A file that begins so is no document.
    entraflow_report: &'static str,
    /// The version of this format: 1.
    format: u32,
    /// The tenant.
    tenant: TenantView,
    /// How they sign in, in words.
    way: &'a str,
    /// Who signs in; not there where the token is opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a Holder>,
    /// What the files need.
    needs: &'a [Need],
    /// Whether nothing is missing; unknown where the token is opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    sufficient: Option<bool>,
    /// What to do about what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'a str>,
}

/// Tells who signs in: everything but JSON is for people.
pub fn whoami(
    out: &mut dyn Write,
    told: &Whoami<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &view(told))?;
            writeln!(out)
        }
        _ => text(out, told, style),
    }
}

fn view<'a>(told: &'a Whoami<'_>) -> WhoamiView<'a> {
    let Whoami {
        target,
        way,
        holder,
        needs,
        consent,
        now: _,
    } = told;
    WhoamiView {
        entraflow_report: "whoami",
        format: FORMAT,
        tenant: TenantView::from(*target),
        way,
        holder: holder.as_ref(),
        needs,
        sufficient: needs
            .iter()
            .map(|need| need.held)
            .try_fold(true, |all, held| Some(all && held?)),
        consent: consent.as_deref(),
    }
}

fn text(out: &mut dyn Write, told: &Whoami<'_>, style: Style) -> io::Result<()> {
    match &told.holder {
        Some(holder) => writeln!(out, "{}", name(holder))?,
        None => writeln!(out, "Nobody can tell who this is: the token is opaque")?,
    }
    rows(out, told)?;
    if let Some(holder) = &told.holder {
        writeln!(out, "\nThe token holds")?;
        if holder.permissions.is_empty() {
            writeln!(out, "  no permission at all")?;
        }
        for permission in &holder.permissions {
            writeln!(out, "  {}", printable(permission))?;
        }
    }
    writeln!(out, "\nThe files of {} need", printable(&told.target.name))?;
    told.needs.iter().try_for_each(|of| need(out, of))?;
    match &told.consent {
        None => Ok(()),
        Some(consent) => {
            let words = style.fit(0, &format!("To get what is missing, {consent}."));
            writeln!(out, "\n{}", words.join("\n"))
        }
    }
}

fn name(holder: &Holder) -> String {
    let app = printable(&holder.app);
    match (&holder.user, &holder.app_name) {
        (Some(user), _) => format!("{}, through the app {app}", printable(user)),
        (None, Some(name)) => format!("The app {} ({app})", printable(name)),
        (None, None) => format!("The app {app}"),
    }
}

/// Tenant, cloud, way and end of the token.
fn rows(out: &mut dyn Write, told: &Whoami<'_>) -> io::Result<()> {
    let (target, holder) = (told.target, told.holder.as_ref());
    let id = holder.and_then(|holder| holder.tenant_id.as_deref());
    let id = id.filter(|id| !id.eq_ignore_ascii_case(&target.tenant_id));
    let id = id.map_or_else(String::new, |id| format!(", id {}", printable(id)));
    let (name, tenant) = (printable(&target.name), printable(&target.tenant_id));
    let kind = target.tenant_type.word();
    writeln!(out, "  tenant  {name} ({kind}, {tenant}{id})")?;
    writeln!(out, "  cloud   {}", printable(&target.cloud))?;
    writeln!(out, "  way     {}", told.way)?;
    match holder.and_then(|holder| holder.expires) {
        Some(end) => writeln!(out, "  token   {}", until(end, told.now)),
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

fn need(out: &mut dyn Write, need: &Need) -> io::Result<()> {
    let Need {
        command,
        permission,
        kinds,
        held,
    } = need;
    let state = match held {
        None => "",
        Some(true) => "held     ",
        Some(false) => "missing  ",
    };
    writeln!(out, "  to {command:5}  {state}{permission}")?;
    writeln!(
        out,
        "{:width$}{}",
        "",
        kinds.join(", "),
        width = 12 + state.len()
    )
}
