//! The stages of a run, without a network.
//! Never measures anything.

use entraflow::desired::Desired;
use entraflow::engine::{self, Overrides};
use entraflow::live::Live;
use entraflow::model::{Address, ObjectId, Resources};
use entraflow::plan::Plan;
use entraflow::render::{PlanWithCost, ReadStats, RequestEstimate, RunReport};

/// The live state of a tenant that has these objects.
pub(crate) fn state(resources: Resources) -> Live {
    let id = |address: &Address| (address.clone(), ObjectId::new(address.name()));
    Live {
        ids: resources.keys().map(id).collect(),
        resources,
        ..Live::default()
    }
}

/// Compares the two sides and plans the way from one to the other.
pub(crate) fn plan(desired: &Desired, live: Live) -> Plan {
    let target = engine::target(&desired.tenant, "bench");
    engine::plan_from(desired, &Overrides::default(), &target, live).unwrap()
}

/// The report of a plan.
pub(crate) fn report(desired: &Desired, plan: Plan) -> RunReport {
    let mut report = RunReport::new("plan", &[]);
    report.record_desired(desired);
    let reading = ReadStats::Graph {
        requests: 0,
        round_trips: 0,
    };
    let cost = RequestEstimate {
        reading,
        verify: 0,
        verify_round_trips: 0,
    };
    report.planned = Some(PlanWithCost { plan, cost });
    report
}
