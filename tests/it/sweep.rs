//! The coverage of slow tests: a sample by default, everything with `ENTRAFLOW_SLOW`, whose value is the number of random
//! fault schedules per example. `.ci/run` sets 250.

/// The part of the sweep over assumptions that `ENTRAFLOW_SWEEP` names: `all`, or `2/8` for the second of eight parts.
fn part() -> Option<(usize, usize)> {
    let value = std::env::var("ENTRAFLOW_SWEEP").ok()?;
    if value == "all" {
        return Some((1, 1));
    }
    let part = value
        .split_once('/')
        .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    let part = part.filter(|(part, of)| (1..=*of).contains(part));
    Some(
        part.unwrap_or_else(|| {
            panic!("ENTRAFLOW_SWEEP must be `all` or such as `2/8`, not {value}")
        }),
    )
}

/// Whether all scenarios are swept.
pub(crate) fn is_whole() -> bool {
    part().is_some()
}

/// The items that this run is to sweep.
pub(crate) fn share<T>(items: Vec<T>) -> Vec<T> {
    let (part, of) = part().unwrap_or((1, 1));
    items.into_iter().skip(part - 1).step_by(of).collect()
}

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

/// The seeds of the schedules of a Graph that misbehaves: few by default, as many as `ENTRAFLOW_SLOW` says, or 2,000 with
/// `ENTRAFLOW_SWEEP=all`. `ENTRAFLOW_SWEEP=1/4` is the first of four shards of these, and `ENTRAFLOW_SEED` one seed.
pub(crate) fn seeds() -> Box<dyn Iterator<Item = u64>> {
    if let Ok(seed) = std::env::var("ENTRAFLOW_SEED") {
        return Box::new(std::iter::once(seed.parse().unwrap()));
    }
    match shard() {
        Some((shard, shards)) => {
            Box::new((0..SWEEP).filter(move |seed| seed / 3 % shards == shard - 1))
        }
        None => Box::new(0..slow_schedules().unwrap_or(15)),
    }
}

/// The number of schedules of a whole sweep.
const SWEEP: u64 = 2000;

/// The shard of the sweep, from 1, and how many there are, if the environment asks for a sweep.
pub(crate) fn shard() -> Option<(u64, u64)> {
    let value = std::env::var("ENTRAFLOW_SWEEP").ok()?;
    let (shard, shards) = match value.as_str() {
        "all" => (1, 1),
        shard => shard
            .split_once('/')
            .and_then(|(shard, shards)| Some((shard.parse().ok()?, shards.parse().ok()?)))
            .unwrap_or_else(|| panic!("ENTRAFLOW_SWEEP must be `all` or a shard, such as 1/4")),
    };
    Some((shard, shards))
}
