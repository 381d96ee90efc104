//! The coverage of slow tests: a sample by default, more with `ENTRAFLOW_SLOW`, as `.ci/run` sets it, and everything with
//! `ENTRAFLOW_SWEEP`.

/// The number of schedules of a Graph that misbehaves in a whole sweep.
const SWEEP: u64 = 2000;

/// The shard of the whole sweep that `ENTRAFLOW_SWEEP` names: `all`, or `2/8` for the second of eight.
fn shard() -> Option<(usize, usize)> {
    let value = std::env::var("ENTRAFLOW_SWEEP").ok()?;
    if value == "all" {
        return Some((1, 1));
    }
    let shard = value
        .split_once('/')
        .and_then(|(shard, of)| Some((shard.parse().ok()?, of.parse().ok()?)));
    let shard = shard.filter(|(shard, of)| (1..=*of).contains(shard));
    let invalid = || panic!("ENTRAFLOW_SWEEP must be `all` or such as `2/8`, not {value}");
    Some(shard.unwrap_or_else(invalid))
}

/// Whether everything is swept.
pub(crate) fn is_whole() -> bool {
    shard().is_some()
}

/// The items that this run is to sweep.
pub(crate) fn share<T>(items: Vec<T>) -> Vec<T> {
    let (shard, of) = shard().unwrap_or((1, 1));
    items.into_iter().skip(shard - 1).step_by(of).collect()
}

/// The number that `ENTRAFLOW_SLOW` sets.
fn slow() -> Option<u64> {
    let value = std::env::var("ENTRAFLOW_SLOW").ok()?;
    let invalid = || panic!("ENTRAFLOW_SLOW must be a number of schedules, not {value}");
    Some(value.parse().unwrap_or_else(|_| invalid()))
}

/// Whether more than a sample is to run.
pub(crate) fn is_slow() -> bool {
    is_whole() || slow().is_some()
}

/// The number of random schedules for each example and answer of Graph: these share the number of `ENTRAFLOW_SLOW`.
pub(crate) fn schedules() -> u64 {
    match is_whole() {
        true => 250,
        false => slow().map_or(15, |slow| slow * 2 / 5),
    }
}

/// A sample of the requests: every tenth, every third with `ENTRAFLOW_SLOW`, all in a sweep. `failure` numbers the kinds of
/// failures that are tried at requests, so that each request meets one of three.
pub(crate) fn some<T>(requests: Vec<T>, failure: usize) -> impl Iterator<Item = T> {
    let step = match (is_whole(), slow()) {
        (true, _) => 1,
        (false, Some(_)) => 3,
        (false, None) => 10,
    };
    requests.into_iter().skip(failure % step).step_by(step)
}

/// The seeds of the schedules of a Graph that misbehaves; `ENTRAFLOW_SEED` is the only one.
pub(crate) fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("ENTRAFLOW_SEED") {
        return vec![seed.parse().unwrap()];
    }
    match is_whole() {
        true => share((0..SWEEP).collect()),
        false => (0..slow().unwrap_or(15)).collect(),
    }
}
