//! The stages of a run, each as one function whose instructions `benches/instructions/run` counts with callgrind.
//!
//! The argument is the number of documents. A third of the objects are missing in the tenant, a third differ.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed bench stops, and benches print to the terminal"
)]

#[path = "../engine/stages.rs"]
mod stages;
#[path = "../engine/tenant.rs"]
mod tenant;

use std::collections::BTreeMap;
use std::hint::black_box;

use entraflow::desired::Desired;
use entraflow::diff::Change;
use entraflow::live::Live;
use entraflow::model::{Address, Resources};
use entraflow::plan::Plan;
use entraflow::render::{self, Format, RunReport};
use tenant::Files;

fn main() {
    let documents = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let Some(documents) = documents else {
        println!("benches/instructions/run counts the instructions of this program");
        return;
    };
    let files = Files::of(documents);
    let desired = count_load(&files);
    let live = stages::state(live(&desired.resources));
    black_box(count_diff(&desired, &live));
    let plan = count_plan(&desired, live);
    let report = stages::report(&desired, plan);
    for count in [count_text, count_json] {
        black_box(count(&report));
    }
}

/// The first object is missing, the second differs, the third is as declared, and so on.
fn live(declared: &Resources) -> Resources {
    let differing = tenant::live(declared, Some(1));
    let equal = tenant::live(declared, None);
    let both = differing.into_iter().zip(equal).enumerate();
    both.filter_map(|(number, (differing, equal))| match number % 3 {
        0 => None,
        1 => Some(differing),
        _ => Some(equal),
    })
    .collect()
}

#[inline(never)]
fn count_load(files: &Files) -> Desired {
    files.load()
}

#[inline(never)]
fn count_diff(desired: &Desired, live: &Live) -> BTreeMap<Address, Change> {
    entraflow::diff::diff(&desired.resources, &live.resources, &live.to_delete)
}

/// The comparison, too.
#[inline(never)]
fn count_plan(desired: &Desired, live: Live) -> Plan {
    stages::plan(desired, live)
}

#[inline(never)]
fn count_text(report: &RunReport) -> Vec<u8> {
    rendered(report, Format::Text)
}

#[inline(never)]
fn count_json(report: &RunReport) -> Vec<u8> {
    rendered(report, Format::Json)
}

fn rendered(report: &RunReport, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    render::run_report(&mut out, report, format).unwrap();
    out
}
