//! The id of an object that a plan deleted is not used for a later request of that plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use entraflow::apply::report::StepOutcome;
use entraflow::apply::{ApplyEvent, Secrets, apply};
use entraflow::kinds::TenantType;
use entraflow::model::{Address, Method, ObjectId, Reference, Resources, Version};
use entraflow::plan::{
    Action, Operation, PathTemplate, Plan, Request, Step, TargetTenant, TemplateSegment,
};

use crate::scripted::{Scripted, answer};

/// A step with one request to the connector itself.
fn step(address: &Address, action: Action, method: Method) -> Step {
    let collection = TemplateSegment::Literal("/identity/apiConnectors/".into());
    let id = TemplateSegment::Id(Reference::Address(address.clone()));
    Step {
        address: address.clone(),
        action,
        part: String::new(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        operation: Operation::Request(Box::new(Request::without_body(
            method,
            Version::V1,
            PathTemplate(vec![collection, id]),
        ))),
    }
}

fn plan(address: &Address, steps: Vec<Step>) -> Plan {
    Plan {
        target: TargetTenant {
            name: "contoso".to_owned(),
            tenant_id: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            cloud: "a scripted server".to_owned(),
        },
        steps,
        objections: Vec::new(),
        expected: Resources::new(),
        discarded_state: Resources::new(),
        discarded_json: BTreeMap::new(),
        deleted: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        left_out: Vec::new(),
        warnings: Vec::new(),
        unknown_secrets: BTreeSet::new(),
        ids: BTreeMap::from([(address.clone(), ObjectId::new("old"))]),
    }
}

#[tokio::test(start_paused = true)]
async fn id_of_a_deleted_object_is_not_used_again() {
    let graph = Scripted::start().await;
    graph.on(
        "DELETE /v1.0/identity/apiConnectors/old",
        answer(204, &[], ""),
    );
    let writer = graph.session().await.writer();
    let address = Address::new("apiConnector", "Check");
    let steps = vec![
        step(&address, Action::Delete, Method::Delete),
        step(&address, Action::Update, Method::Patch),
    ];
    let plan = plan(&address, steps);
    let secrets = Secrets::read(&plan, Path::new(""), &|_| None).unwrap();
    let mut observer = |_: ApplyEvent<'_>| {};
    let report = apply(
        &writer,
        &plan,
        &secrets,
        Duration::ZERO,
        &|| true,
        &mut observer,
    );
    let outcomes = report.await.outcomes;
    assert_eq!(outcomes[0], StepOutcome::Done);
    let StepOutcome::Failed(failure) = &outcomes[1] else {
        panic!("{:?}", outcomes[1]);
    };
    assert_eq!(
        failure.message,
        "apiConnector/Check has no id in the tenant"
    );
    assert_eq!(
        graph.finish_lines(),
        ["DELETE /v1.0/identity/apiConnectors/old"]
    );
}
