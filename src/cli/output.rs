//! In which forms a run tells what it came to: text at once for people, all else whole and at the end.
//!
//! A report is written whatever became of the run, and whatever becomes of the report, the run's end stays its own.

use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::Terminal;
use super::stop::Stop;
use crate::exit::Exit;
use crate::render::{self, Account, Format, Style};

/// The options of every command that can write reports.
#[derive(Args, Clone)]
pub(super) struct Output {
    /// The form of the output.
    #[arg(long, value_enum, hide_possible_values = true, default_value = "text")]
    #[arg(help = format!("The form of the output: {}", forms()))]
    format: Format,
    /// Write a report to a file as well, in any of these forms; `-` is standard output. Can be given several times.
    /// Where there are several tenants, each has its own: `{tenant}` in FILE stands for its directory below PATH.
    #[arg(long = "report", value_name = "FORM=FILE")]
    reports: Vec<ReportFile>,
    /// What `{tenant}` stands for.
    #[arg(skip)]
    tenant: Option<String>,
}

/// What stands for the tenant in the name of a report.
const TENANT: &str = "{tenant}";

/// A report that is wanted.
#[derive(Clone)]
struct ReportFile {
    format: Format,
    path: PathBuf,
}

impl Output {
    /// Refuses what holds only one tenant: of several, what consists of lines or documents can follow each other.
    pub(super) fn fits_several(&self) -> Result<(), Stop> {
        if !follows(self.format) {
            let form = word(self.format);
            let what = format!("the form {form} is about one");
            return Err(Stop::one_report_each(&what, self.format));
        }
        match self.reports.iter().find(|report| !report.fits_several()) {
            None => Ok(()),
            Some(report) => {
                let what = format!("{} holds the report on one", report.path.display());
                Err(Stop::one_report_each(&what, report.format))
            }
        }
    }

    /// Whether a report is named after its tenant.
    pub(super) fn names_tenants(&self) -> bool {
        self.reports.iter().any(ReportFile::names_tenant)
    }

    /// The same for the tenant that is called so.
    pub(super) fn of(&self, tenant: &str) -> Self {
        Self {
            tenant: Some(tenant.to_owned()),
            ..self.clone()
        }
    }

    /// Shows people something as soon as it is known.
    pub(super) fn at_once(
        &self,
        terminal: &mut Terminal,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let style = terminal.style();
        match self.format {
            Format::Text => terminal.result(|out| write(out, style)),
            _ => Ok(()),
        }
    }

    /// Shows people something that may be long, on a terminal a screen at a time if they like.
    pub(super) fn by_pages(
        &self,
        terminal: &mut Terminal,
        paged: bool,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let style = terminal.style();
        match (self.format, paged) {
            (Format::Text, true) => terminal.long_result(|out| write(out, style)),
            _ => self.at_once(terminal, write),
        }
    }

    /// Writes all that is wanted beside the text, and gives back how the run ended.
    pub(super) fn tell(
        &self,
        mut account: Account,
        end: Result<Exit, Stop>,
        terminal: &mut Terminal,
    ) -> Result<Exit, Stop> {
        if let Err(stop) = &end {
            stop.tell(&mut account);
        }
        let told = match self.format {
            Format::Text => Ok(()),
            format => terminal.result(|out| render::run_report(out, &account, format)),
        };
        let tenant = self.tenant.as_deref();
        let name = account.tenant.as_ref().map(|tenant| tenant.name.as_str());
        let tenant = tenant.or(name).unwrap_or("unknown");
        for report in &self.reports {
            let path = report.path(tenant);
            if let Err(error) = report.write(&path, &account, terminal) {
                let (form, path) = (report.form(), path.display());
                terminal.tell(&format!(
                    "warning: the {form} report cannot be written to {path}: {error}"
                ));
            }
        }
        end.and_then(|exit| told.map(|()| exit))
    }
}

impl ReportFile {
    fn form(&self) -> String {
        word(self.format)
    }

    fn is_standard_output(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    fn names_tenant(&self) -> bool {
        self.path.to_string_lossy().contains(TENANT)
    }

    fn fits_several(&self) -> bool {
        match self.is_standard_output() {
            true => follows(self.format),
            false => self.names_tenant(),
        }
    }

    /// Where the report on this tenant goes.
    fn path(&self, tenant: &str) -> PathBuf {
        match self.path.to_str() {
            Some(path) => PathBuf::from(path.replace(TENANT, tenant)),
            None => self.path.clone(),
        }
    }

    fn write(&self, path: &Path, account: &Account, terminal: &mut Terminal) -> io::Result<()> {
        if self.is_standard_output() {
            let told = terminal.result(|out| render::run_report(out, account, self.format));
            return told.map_err(|stop| io::Error::other(stop.message));
        }
        if self.names_tenant() {
            path.parent().map_or(Ok(()), create_dir_all)?;
        }
        let mut file = BufWriter::new(File::create(path)?);
        render::run_report(&mut file, account, self.format)?;
        file.flush()
    }
}

impl Stop {
    /// There are several tenants, and what was asked for is about one.
    fn one_report_each(what: &str, format: Format) -> Self {
        let (form, ending) = (word(format), ending(format));
        Self::usage(
            format!("there are several tenants, and {what}"),
            format!("`--report {form}=reports/{TENANT}.{ending}` writes one for each"),
        )
    }
}

/// How files in this form usually end.
fn ending(format: Format) -> String {
    match format {
        Format::Markdown => "md".to_owned(),
        Format::Junit => "xml".to_owned(),
        Format::Text => "txt".to_owned(),
        Format::Json | Format::Html | Format::Sarif | Format::Github => word(format),
    }
}

/// Whether what is told of several tenants in this form can simply follow each other.
fn follows(format: Format) -> bool {
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
            .ok_or("write it as FORM=FILE, for example markdown=plan.md")?;
        let format = Format::from_str(form, false)
            .map_err(|_| format!("there is no form `{form}`; the forms are {}", forms()))?;
        Ok(Self {
            format,
            path: PathBuf::from(path),
        })
    }
}

fn forms() -> String {
    let words = Format::value_variants().iter().map(|format| word(*format));
    words.collect::<Vec<_>>().join(", ")
}

fn word(format: Format) -> String {
    let value = format.to_possible_value();
    value.map_or(String::new(), |value| value.get_name().to_owned())
}
