//! The values of `--assume`: NAME=ANSWER of a row of the table of assumptions.

use std::ffi::OsStr;

use clap_complete::CompletionCandidate;

use crate::assumptions::{self, Choice};
use crate::problem::did_you_mean;

/// Parses NAME=ANSWER. The error names the word that was probably meant, and all that are possible.
pub(super) fn choice(text: &str) -> Result<Choice, String> {
    text.parse::<Choice>().map_err(|error| {
        let (word, candidates) = error.candidates();
        let nearest = did_you_mean(word, candidates.iter().copied());
        let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?"));
        let candidates = candidates.join(", ");
        let nearest = nearest.unwrap_or_default();
        format!("{error}{nearest}\n\n  [possible: {candidates}]")
    })
}

/// The completions of `current`: names while there is no `=`, then the answers of that name.
pub(super) fn choices(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let named = assumptions::table().flat_map(|row| {
        let answers = row.answers.iter();
        answers.map(move |answer| (format!("{}={}", row.name, answer.name), answer.effect))
    });
    named
        .filter(|(choice, _)| choice.starts_with(current.as_ref()))
        .map(|(choice, effect)| CompletionCandidate::new(choice).help(Some(effect.into())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_names_the_probable_word_and_all_others() {
        let message = |text: &str| choice(text).unwrap_err();
        let wrong = message("expand=refussed");
        let expected = "`refussed` is not an answer of expand; did you mean `refused`?\n\n  [possible: served, refused]";
        assert_eq!(wrong, expected);
        let wrong = message("page-sise=20");
        assert!(wrong.starts_with("unknown assumption `page-sise`; did you mean `page-size`?"));
        assert!(wrong.contains("expand, parallel-creates, "), "{wrong}");
        assert!(choice("page-size=20").is_ok());
    }

    #[test]
    fn choices_complete_names_and_answers() {
        let values = |current: &str| -> Vec<String> {
            let found = choices(OsStr::new(current)).into_iter();
            found
                .map(|it| it.get_value().to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(values("expand=r"), ["expand=refused"]);
        assert_eq!(
            values("parallel-c"),
            ["parallel-creates=served", "parallel-creates=refused"]
        );
        assert!(values("").len() > 50);
    }
}
