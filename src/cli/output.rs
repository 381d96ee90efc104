//! The output of a run: text as soon as it is known, every other format whole and at the end.
//!
//! A report is written however the run ends, and a report that cannot be written does not change the exit code.

use std::fs::create_dir_all;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::command_error::CommandError;
use super::file;
use super::terminal::Terminal;
use crate::exit::Exit;
use crate::render::{self, Format, RunReport, Style};

/// The options of every command that can write reports.
#[derive(Args, Clone)]
pub(super) struct Output {
    /// The output format.
    #[arg(long, value_enum, hide_possible_values = true, default_value = "text")]
    #[arg(help = format!("The output format: {}", formats()))]
    format: Format,
    /// Write a report to a file as well, in any of these formats; `-` is standard output. Can be given several times.
    /// With several tenants each needs its own file: `{tenant}` in FILE is replaced by the directory below PATH.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<ReportFile>,
    /// The value of `{tenant}`.
    #[arg(skip)]
    tenant: Option<String>,
}

/// The formats of commands that have no report files.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TextOrJson {
    /// For people.
    Text,
    /// For programs; `entraflow schema` writes its JSON Schema.
    Json,
}

impl From<TextOrJson> for Format {
    fn from(format: TextOrJson) -> Self {
        match format {
            TextOrJson::Text => Self::Text,
            TextOrJson::Json => Self::Json,
        }
    }
}

/// The placeholder for the tenant in the path of a report.
const TENANT: &str = "{tenant}";

/// A report file that was asked for.
#[derive(Clone)]
struct ReportFile {
    format: Format,
    path: PathBuf,
}

impl Output {
    /// Refuses formats that hold one tenant; lines and JSON documents of several tenants can be concatenated.
    pub(super) fn check_several(&self) -> Result<(), CommandError> {
        if !can_concatenate(self.format) {
            let form = name(self.format);
            let what = format!("the format {form} holds one");
            return Err(CommandError::one_report_per_tenant(&what, self.format));
        }
        match self.reports.iter().find(|report| !report.check_several()) {
            None => Ok(()),
            Some(report) => {
                let what = format!("{} holds the report of one", report.path.display());
                Err(CommandError::one_report_per_tenant(&what, report.format))
            }
        }
    }

    /// The format of something that has only these formats, and no reports.
    pub(super) fn check(&self, what: &str, formats: &[Format]) -> Result<Format, CommandError> {
        let names: Vec<_> = formats.iter().map(|format| name(*format)).collect();
        match formats.contains(&self.format) && self.reports.is_empty() {
            true => Ok(self.format),
            false => Err(CommandError::usage(
                format!("{what} has no other formats, and no reports"),
                format!("its formats are: {}", names.join(", ")),
            )),
        }
    }

    /// Whether a report is named after its tenant.
    pub(super) fn names_tenants(&self) -> bool {
        self.reports.iter().any(ReportFile::names_tenant)
    }

    /// The same for the tenant with this name.
    pub(super) fn of(&self, tenant: &str) -> Self {
        Self {
            tenant: Some(tenant.to_owned()),
            ..self.clone()
        }
    }

    /// Prints text as soon as it is known; nothing in other formats.
    pub(super) fn print(
        &self,
        terminal: &mut Terminal,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let style = terminal.style();
        match self.format {
            Format::Text => terminal.result(|out| write(out, style)),
            _ => Ok(()),
        }
    }

    /// Prints text that may be long, on a terminal through a pager if `paged`.
    pub(super) fn print_paged(
        &self,
        terminal: &mut Terminal,
        paged: bool,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let style = terminal.style();
        match (self.format, paged) {
            (Format::Text, true) => terminal.long_result(|out| write(out, style)),
            _ => self.print(terminal, write),
        }
    }

    /// Tells a person below a text what to do next; logs are left alone.
    pub(super) fn next(&self, terminal: &mut Terminal, next: &str) {
        if self.format == Format::Text && terminal.can_ask() {
            terminal.message(next);
        }
    }

    /// Writes the other formats and the report files, and returns how the run ended.
    pub(super) fn finish(
        &self,
        mut report: RunReport,
        end: Result<Exit, CommandError>,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        if let Err(error) = &end {
            error.report_to(&mut report);
        }
        let printed = match self.format {
            Format::Text => Ok(()),
            format => terminal.result(|out| render::run_report(out, &report, format)),
        };
        let tenant = self.tenant.as_deref();
        let name = report.tenant.as_ref().map(|tenant| tenant.name.as_str());
        let tenant = tenant.or(name).unwrap_or("unknown");
        for file in &self.reports {
            let path = file.path(tenant);
            if let Err(error) = file.write(&path, &report, terminal) {
                let (form, path) = (file.form(), path.display());
                terminal.message(&format!(
                    "warning: the {form} report cannot be written to {path}: {error}"
                ));
            }
        }
        end.and_then(|exit| printed.map(|()| exit))
    }
}

impl ReportFile {
    fn form(&self) -> String {
        name(self.format)
    }

    fn is_standard_output(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    fn names_tenant(&self) -> bool {
        self.path.to_string_lossy().contains(TENANT)
    }

    fn check_several(&self) -> bool {
        match self.is_standard_output() {
            true => can_concatenate(self.format),
            false => self.names_tenant(),
        }
    }

    /// The path of the report of this tenant.
    fn path(&self, tenant: &str) -> PathBuf {
        match self.path.to_str() {
            Some(path) => PathBuf::from(path.replace(TENANT, tenant)),
            None => self.path.clone(),
        }
    }

    fn write(&self, path: &Path, report: &RunReport, terminal: &mut Terminal) -> io::Result<()> {
        if self.is_standard_output() {
            let printed = terminal.result(|out| render::run_report(out, report, self.format));
            return printed.map_err(|error| io::Error::other(error.message));
        }
        if self.names_tenant() {
            path.parent().map_or(Ok(()), create_dir_all)?;
        }
        let mut text = Vec::new();
        render::run_report(&mut text, report, self.format)?;
        let text = String::from_utf8_lossy(&text);
        file::replace_bytes(path, terminal.secrets().redact_output(&text).as_bytes())
    }
}

impl CommandError {
    /// The paths hold several tenants, and the format holds one.
    fn one_report_per_tenant(what: &str, format: Format) -> Self {
        let (form, extension) = (name(format), extension(format));
        Self::usage(
            format!("the paths hold several tenants, and {what}"),
            format!("`--report {form}=reports/{TENANT}.{extension}` writes one report per tenant"),
        )
    }
}

/// The usual extension of a file in this format.
fn extension(format: Format) -> String {
    match format {
        Format::Markdown => "md".to_owned(),
        Format::Junit => "xml".to_owned(),
        Format::Text => "txt".to_owned(),
        Format::Json | Format::Html | Format::Sarif | Format::Github => name(format),
    }
}

/// Whether the output of several tenants can be concatenated.
fn can_concatenate(format: Format) -> bool {
    match format {
        Format::Text | Format::Json | Format::Github => true,
        Format::Markdown | Format::Html | Format::Junit | Format::Sarif => false,
    }
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (form, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("expected FORMAT=FILE, for example markdown=plan.md")?;
        let format = Format::from_str(form, false)
            .map_err(|_| format!("unknown format `{form}`; the formats are {}", formats()))?;
        Ok(Self {
            format,
            path: PathBuf::from(path),
        })
    }
}

fn formats() -> String {
    let names = Format::value_variants().iter().map(|format| name(*format));
    names.collect::<Vec<_>>().join(", ")
}

fn name(format: Format) -> String {
    let value = format.to_possible_value();
    value.map_or(String::new(), |value| value.get_name().to_owned())
}
