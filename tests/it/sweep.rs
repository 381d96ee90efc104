//! How far the slow tests go: a part of the way by default, all of it with `ENTRAFLOW_SLOW`, whose value is the number
//! of random schedules that each example meets. `.ci/run` says 250.

/// The number of schedules, where the environment asks for the whole way.
pub(crate) fn asked() -> Option<u64> {
    let asked = std::env::var("ENTRAFLOW_SLOW").ok()?;
    Some(asked.parse().unwrap_or_else(|_| {
        panic!("ENTRAFLOW_SLOW is a number of schedules, such as 250, and not {asked}")
    }))
}

/// How many random schedules each example meets.
pub(crate) fn schedules() -> u64 {
    asked().unwrap_or(15)
}

/// Those of the requests that something happens to: every one, or every tenth.
pub(crate) fn some<T>(requests: Vec<T>) -> impl Iterator<Item = T> {
    requests
        .into_iter()
        .step_by(if asked().is_some() { 1 } else { 10 })
}
