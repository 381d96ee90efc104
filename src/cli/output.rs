//! In which forms a run tells what it came to: text at once for people, all else whole and at the end.
//!
//! A report is written whatever became of the run, and whatever becomes of the report, the run's end stays its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
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
    #[arg(long = "report", value_name = "FORM=FILE")]
    reports: Vec<ReportFile>,
}

/// A report that is wanted.
#[derive(Clone)]
struct ReportFile {
    format: Format,
    path: PathBuf,
}

impl Output {
    /// Refuses what holds only one tenant: of several, text and JSON documents can follow each other.
    pub(super) fn fits_several(&self) -> Result<(), Stop> {
        match self.format {
            _ if !self.reports.is_empty() => {
                Err(Stop::one_tenant_only("a report is about one tenant"))
            }
            Format::Text | Format::Json => Ok(()),
            format => {
                let why = format!("the form {} is about one tenant", word(format));
                Err(Stop::one_tenant_only(&why))
            }
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
            format => terminal.result(|out| render::account(out, &account, format)),
        };
        for report in &self.reports {
            if let Err(error) = report.write(&account, terminal) {
                let (form, path) = (report.form(), report.path.display());
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

    fn write(&self, account: &Account, terminal: &mut Terminal) -> io::Result<()> {
        if self.path.as_os_str() == "-" {
            let told = terminal.result(|out| render::account(out, account, self.format));
            return told.map_err(|stop| io::Error::other(stop.message));
        }
        let mut file = BufWriter::new(File::create(&self.path)?);
        render::account(&mut file, account, self.format)?;
        file.flush()
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
