//! Findings, each with its severity, its place in the files, both sides and the help.

use crate::render::findings::{Level, ReportFinding, SectionEntry};
use crate::render::markup::Markup;

pub(super) fn entry(list: &mut Markup, entry: &SectionEntry<'_>) {
    match entry {
        SectionEntry::Finding(finding) => {
            list.element("div", &[("class", class(finding.level))], |block| {
                self::finding(block, finding);
            });
        }
        SectionEntry::Problem(level, excerpt) => {
            list.element("pre", &[("class", class(*level))], |pre| {
                super::text(pre, excerpt);
            });
        }
    }
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Error => "finding error",
        Level::Warning => "finding warning",
        Level::Note => "finding note",
    }
}

fn finding(block: &mut Markup, finding: &ReportFinding<'_>) {
    block.element("p", &[], |line| {
        line.leaf("strong", &[], finding.level.as_str());
        if let Some(place) = finding.file_and_line() {
            line.text(" ");
            line.leaf("code", &[], &place);
        }
        line.text(&format!(" {}", finding.message));
    });
    if let Some([files, tenant]) = &finding.sides {
        block.element("table", &[], |table| {
            table.element("tr", &[], |row| {
                side(row, ("files", "old"), "del", files);
                side(row, ("tenant", "new"), "ins", tenant);
            });
        });
    }
    let remarks: Vec<_> = finding.remarks().collect();
    if !remarks.is_empty() {
        block.element("pre", &[], |pre| super::changes::lines(pre, &remarks));
    }
}

/// A side of a difference, with its name.
fn side(row: &mut Markup, (name, class): (&str, &'static str), element: &'static str, value: &str) {
    row.element("td", &[("class", class)], |cell| {
        cell.leaf("span", &[("class", "faint")], name);
        cell.text(" ");
        cell.leaf(element, &[], value);
    });
}
