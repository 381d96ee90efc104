//! The candidate that is spelled most like an unknown word, for "did you mean".
//! Knows no words itself: the caller gives the candidates.

use std::collections::BTreeMap;

/// How many candidates are compared on each side of an unknown word in a sorted map.
const CANDIDATES: usize = 100;

/// Longer words are not typing errors, and the cost of a comparison is the product of both lengths.
const MAX_WORD_LENGTH: usize = 64;

/// The candidate that was probably meant: at most one letter in three is wrong, swapped or missing; case does not
/// count. Among equally near candidates the first.
pub fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > MAX_WORD_LENGTH {
        return None;
    }
    let allowed = (length / 3).max(1);
    candidates
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| {
            (
                strsim::osa_distance(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The keys around another one in a sorted map: candidates of which there are few, however large the map is, so that many
/// misspelt words take linear time.
pub fn around<'a, K: Ord, V>(map: &'a BTreeMap<K, V>, key: &'a K) -> impl Iterator<Item = &'a K> {
    let before = map.range(..key).rev().take(CANDIDATES);
    let after = map.range(key..).take(CANDIDATES);
    before.chain(after).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const FIELDS: [&str; 4] = ["displayName", "description", "dataType", "id"];

    #[test]
    fn did_you_mean_tolerates_wrong_and_swapped_letters_and_case() {
        for (word, meant) in [
            ("dispalyName", Some("displayName")),
            ("DATATYPE", Some("dataType")),
            ("descripton", Some("description")),
            ("ids", Some("id")),
            ("clientSecret", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(word, FIELDS.into_iter()), meant, "{word}");
        }
    }

    #[test]
    fn around_limits_the_candidates_on_each_side() {
        let map: BTreeMap<_, _> = (0..10_000).map(|number| (number, ())).collect();
        let near: BTreeSet<_> = around(&map, &5000).copied().collect();
        assert_eq!(near, (4900..5100).collect());
        assert_eq!(around(&map, &-1).count(), CANDIDATES);
    }

    #[test]
    fn did_you_mean_takes_the_first_of_two_equally_near() {
        assert_eq!(did_you_mean("ac", ["ab", "ad"].into_iter()), Some("ab"));
    }
}
