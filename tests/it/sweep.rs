//! The coverage of slow tests: a sample by default, everything with `ENTRAFLOW_SLOW`, whose value is the number of random
//! fault schedules per example. `.ci/run` sets 250.

/// The number of schedules, if the environment sets it.
pub(crate) fn slow_schedules() -> Option<u64> {
    let value = std::env::var("ENTRAFLOW_SLOW").ok()?;
    Some(value.parse().unwrap_or_else(|_| {
        panic!("ENTRAFLOW_SLOW must be a number of schedules, such as 250, not {value}")
    }))
}

/// The number of random schedules per example.
pub(crate) fn schedules() -> u64 {
    slow_schedules().unwrap_or(15)
}

/// A sample of the requests: every one, or every tenth.
pub(crate) fn some<T>(requests: Vec<T>) -> impl Iterator<Item = T> {
    requests
        .into_iter()
        .step_by(if slow_schedules().is_some() { 1 } else { 10 })
}
