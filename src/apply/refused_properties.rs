//! Properties that Graph refuses in a create: the create is sent once more without them, and the steps that follow link them.
//! Never decides which properties Graph may refuse: the plan does.

use std::borrow::Cow;

use super::Run;
use super::pending_request::PendingRequest;
use crate::model::Name;
use crate::plan::{Operation, Request, Step};

/// Omits the properties that Graph may refuse. Whether there were any.
pub(super) fn omit_optional(request: &mut Cow<'_, Request>) -> bool {
    let omitted = !request.optional.is_empty();
    if omitted {
        request.to_mut().omit(|_| true);
    }
    omitted
}

impl Run<'_> {
    /// Omits the properties that Graph has refused in another create of the same kind.
    pub(super) fn omit_refused(&self, pending: &mut PendingRequest<'_>) {
        let step = &self.plan.steps[pending.step];
        let Some(refused) = self.refused_at_creation.get(step.address.kind()) else {
            return;
        };
        let is_refused = |name: &Name| refused.contains(name);
        if pending.request.optional.iter().any(is_refused) {
            pending.request.to_mut().omit(is_refused);
        }
    }

    /// Records the properties that a create was sent without. Graph accepted it, so they were the reason for the refusal.
    pub(super) fn record_omitted(&mut self, step: &Step, sent: &Request) {
        let Operation::Request(planned) = &step.operation else {
            return;
        };
        let is_omitted = |name: &&Name| !sent.optional.contains(name);
        let omitted = planned.optional.iter().filter(is_omitted).cloned();
        let omitted: Vec<_> = omitted.collect();
        if omitted.is_empty() {
            return;
        }
        let kind = step.address.kind().to_owned();
        let refused = self.refused_at_creation.entry(kind).or_default();
        refused.extend(omitted.iter().cloned());
        self.omitted.insert(step.address.clone(), omitted);
    }

    /// Whether the create was sent without the references that this step links.
    pub(super) fn was_omitted(&self, step: &Step) -> bool {
        let omitted = self.omitted.get(&step.address);
        omitted.is_some_and(|names| names.iter().any(|name| **name == *step.part))
    }
}
