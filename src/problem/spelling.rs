//! The nearest spelling of a word that is not known.
//! Knows no words itself: the candidates are given.

/// Longer words are not typing errors, and comparing them would cost their lengths multiplied.
const LONGEST: usize = 64;

/// The candidate that was probably meant: at most one letter in three is wrong, swapped or missing, and case does
/// not count. Of several that are equally near, the first.
pub fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > LONGEST {
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

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 4] = ["displayName", "description", "dataType", "id"];

    #[test]
    fn a_word_with_a_letter_wrong_swapped_or_in_other_case_is_recognised() {
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
    fn of_two_equally_near_the_first_is_taken() {
        assert_eq!(did_you_mean("ac", ["ab", "ad"].into_iter()), Some("ab"));
    }
}
