//! What other programs call a thing, and how it is done here: words of Terraform, kubectl and the clouds' command lines.
//!
//! Data, and its look-up; the errors that show it are made elsewhere.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Commands of other programs.
const COMMANDS: &[(&str, &str)] = &[
    ("check", VALIDATE),
    (
        "console",
        "`entraflow explain KIND` describes a kind; `entraflow list` its objects",
    ),
    (
        "create",
        "`entraflow apply` creates what is new in the files",
    ),
    ("delete", DELETE),
    ("describe", LIST),
    ("destroy", DELETE),
    ("diff", "`entraflow plan` shows what apply would change"),
    (
        "edit",
        "edit the files; `entraflow plan` shows what apply would change",
    ),
    ("env", WORKSPACE),
    (
        "force-unlock",
        "an apply unlocks its tenant as it ends, however that happens",
    ),
    ("get", LIST),
    (
        "graph",
        "`entraflow diagram` draws flows and what they refer to",
    ),
    (
        "import",
        "`entraflow export` writes the objects of the tenant as files",
    ),
    ("lint", VALIDATE),
    ("login", LOGIN),
    ("logout", LOGIN),
    (
        "output",
        "`entraflow list --format json` has the objects with their ids",
    ),
    (
        "providers",
        "`entraflow explain` lists the kinds; there are no plugins",
    ),
    (
        "refresh",
        "every plan reads the tenant; `entraflow drift` shows what differs",
    ),
    (
        "state",
        "no state is kept; `entraflow list` shows the objects of the tenant",
    ),
    (
        "status",
        "`entraflow drift` shows how the tenant differs from the files",
    ),
    ("taint", REPLACE),
    (
        "test",
        "`entraflow emulator` is a tenant for tests; `validate` checks files",
    ),
    ("untaint", REPLACE),
    ("workspace", WORKSPACE),
];

const VALIDATE: &str = "`entraflow validate` checks the files, offline";
const LIST: &str = "`entraflow list` shows the objects of the tenant, with their ids";
const LOGIN: &str = "`entraflow whoami` signs in and shows as whom; no login is stored";
const DELETE: &str = "`ensure: absent` in a document makes apply delete its object";
const REPLACE: &str = "`--allow-replace KIND/NAME` replaces an object that Graph cannot change";
const WORKSPACE: &str = "each tenant has a directory: `entraflow plan DIR`";

/// Options of other programs, without their dashes.
const OPTIONS: &[(&str, &str)] = &[
    ("R", RECURSIVE),
    ("auto-approve", YES),
    (
        "chdir",
        "the directory comes without an option: `entraflow plan DIR`",
    ),
    (
        "check",
        "`entraflow fmt --check`, with two dashes, writes nothing",
    ),
    ("destroy", DELETE),
    ("detailed-exitcode", EXIT_CODE),
    ("dry", DRY_RUN),
    ("dry-run", DRY_RUN),
    ("dry_run", DRY_RUN),
    ("dryrun", DRY_RUN),
    ("f", PATH),
    ("file", PATH),
    ("filename", PATH),
    (
        "input",
        "no command asks without a terminal; `entraflow apply --yes` never does",
    ),
    ("json", FORMAT),
    (
        "lock",
        "an apply locks the directory of its tenant; a plan needs no lock",
    ),
    ("no-color", "`--color never`, or the variable NO_COLOR"),
    ("o", FORMAT),
    (
        "out",
        "`entraflow plan --out FILE`, with two dashes, saves the plan",
    ),
    ("output", FORMAT),
    (
        "parallelism",
        "`limits: { requestsPerMinute: N }` in the tenant document does that",
    ),
    ("plan", "`entraflow apply FILE` applies a saved plan"),
    ("recursive", RECURSIVE),
    (
        "refresh",
        "every plan reads the tenant; `--live FILE` takes a snapshot in its place",
    ),
    ("replace", REPLACE),
    ("target", ONLY),
    ("var", VALUES),
    ("var-file", VALUES),
    ("y", YES),
];

const DRY_RUN: &str = "`entraflow plan` shows what `apply` would do, and writes nothing";
const EXIT_CODE: &str = "`entraflow plan --exit-code` ends with 10 if changes are pending";
const FORMAT: &str = "`--format json` chooses the format of the output";
const ONLY: &str = "`--only KIND/NAME` selects objects, with what they need";
const PATH: &str = "a directory comes without an option, and `--only` is for a part of it";
const RECURSIVE: &str = "directories are read with all that is below them";
const VALUES: &str = "`values` in the tenant document sets `${values.NAME}` of the files";
const YES: &str = "`entraflow apply --yes` applies without asking";

/// Variables of Terraform's providers for Azure, and what takes their place.
const VARIABLES: &[(&str, &str)] = &[
    ("ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
    ("ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
    (
        "ARM_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PATH",
    ),
    (
        "ARM_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    ),
    ("ARM_OIDC_TOKEN", "ENTRAFLOW_FEDERATED_TOKEN"),
    ("ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
    ("ARM_TENANT_ID", "`tenantId` of the tenant document"),
];

/// Puts the way of entraflow in place of clap's guesses at a word of another program. For other unknown options clap's
/// advice to write `--` before them is dropped.
pub(super) fn correct_tip(error: &mut clap::Error, arguments: &[OsString]) {
    let unknown = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    let sentence = match (
        unknown(ContextKind::InvalidSubcommand),
        unknown(ContextKind::InvalidArg),
    ) {
        (Some(command), _) => sentence(COMMANDS, &command),
        (None, Some(option)) if error.kind() == ErrorKind::UnknownArgument => {
            error.remove(ContextKind::Suggested);
            let typed = typed(&option, arguments);
            typed
                .and_then(|typed| sentence(OPTIONS, typed.trim_start_matches('-')))
                .or_else(|| sentence(OPTIONS, option.trim_start_matches('-')))
        }
        (None, _) => return,
    };
    if let Some(sentence) = sentence {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        let tip = ContextValue::StyledStrs(vec![sentence.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
}

/// The word with an unknown option, without its value: clap reads `-out` as the options `-o`, `-u` and `-t`.
fn typed<'a>(option: &str, arguments: &'a [OsString]) -> Option<&'a str> {
    let letter = option.strip_prefix('-').filter(|rest| rest.len() == 1);
    let words = arguments.iter().filter_map(|word| word.to_str());
    let mut names = words.map(|word| word.split_once('=').map_or(word, |(name, _)| name));
    names.find(|name| match letter {
        Some(letter) => name
            .strip_prefix('-')
            .is_some_and(|letters| !letters.starts_with('-') && letters.contains(letter)),
        None => *name == option,
    })
}

fn sentence(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == word);
    found.map(|(_, sentence)| *sentence)
}

/// What to set in place of the variables of Terraform that are set.
pub(super) fn terraform_variables(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let set = VARIABLES
        .iter()
        .filter(|(name, _)| variable(name).is_some());
    let pairs: Vec<_> = set
        .map(|(name, ours)| format!("{ours} in place of {name}"))
        .collect();
    (!pairs.is_empty()).then(|| format!("entraflow reads {}", pairs.join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// The columns of a tip on a line of 80, after the label of clap.
    const WIDTH: usize = 80 - "  tip: ".len();

    /// The tip for a line that the program does not accept.
    fn tip(line: &str) -> Option<String> {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let mut error = Cli::command().try_get_matches_from(&arguments).err()?;
        correct_tip(&mut error, &arguments);
        let text = error.render().to_string();
        let tips = text.lines().filter_map(|line| line.strip_prefix("  tip: "));
        Some(tips.collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn every_command_of_other_programs_gets_its_sentence_on_one_line() {
        for (command, sentence) in COMMANDS {
            let tip = tip(&format!("entraflow {command}"));
            assert_eq!(tip.as_deref(), Some(*sentence));
            assert!(sentence.len() <= WIDTH, "{sentence}");
        }
    }

    #[test]
    fn every_option_of_other_programs_gets_its_sentence_on_one_line() {
        for (option, sentence) in OPTIONS {
            let short = format!("entraflow plan -{option}");
            assert_eq!(tip(&short).as_deref(), Some(*sentence), "{option}");
            assert_eq!(tip(&format!("{short}=x")).as_deref(), Some(*sentence));
            let long = format!("entraflow plan --{option}=x");
            let is_long = option.len() > 1;
            if let Some(tip) = tip(&long).filter(|_| is_long) {
                assert_eq!(tip, *sentence, "{long}");
            }
            assert!(sentence.len() <= WIDTH, "{sentence}");
        }
    }

    #[test]
    fn option_among_others_is_found_and_a_misspelt_one_keeps_its_suggestion() {
        assert_eq!(
            tip("entraflow apply -v -auto-approve").as_deref(),
            Some(YES)
        );
        assert_eq!(tip("entraflow plan -vo json").as_deref(), Some(FORMAT));
        assert_eq!(
            tip("entraflow plan --reqests").as_deref(),
            Some("a similar argument exists: '--requests'")
        );
        assert_eq!(tip("entraflow plan -x").as_deref(), Some(""));
    }

    #[test]
    fn terraform_variables_are_named_with_what_takes_their_place() {
        let only = |names: &'static [&str]| {
            terraform_variables(&|name| names.contains(&name).then(String::new))
        };
        assert_eq!(only(&["AZURE_CLIENT_ID"]), None);
        let expected = "entraflow reads AZURE_CLIENT_ID in place of ARM_CLIENT_ID, \
                        `tenantId` of the tenant document in place of ARM_TENANT_ID";
        assert_eq!(
            only(&["ARM_TENANT_ID", "ARM_CLIENT_ID"]).as_deref(),
            Some(expected)
        );
    }
}
