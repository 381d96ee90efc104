//! What the help of a command ends with: an example, and the variables that the command reads.
//!
//! The options that every command has name their variables themselves.

/// The variables of commands that sign in to a tenant.
const SIGN_IN: &[(&str, &str)] = &[
    ("AZURE_CLIENT_ID", "the app that signs in"),
    ("AZURE_CLIENT_SECRET", "its secret"),
    ("AZURE_CLIENT_CERTIFICATE_PATH", "or its certificate"),
    (
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "the password of that file",
    ),
    (
        "AZURE_FEDERATED_TOKEN_FILE",
        "or the file of a token of Kubernetes",
    ),
    ("ENTRAFLOW_FEDERATED_TOKEN", "or a token of another issuer"),
    (
        "ENTRAFLOW_ACCESS_TOKEN",
        "a token for Graph, in place of signing in",
    ),
    (
        "ENTRAFLOW_SIGN_IN",
        "browser or deviceCode: a person signs in",
    ),
    ("ENTRAFLOW_CA_FILE", "certificate authorities to trust, PEM"),
    ("ENTRAFLOW_EMULATOR", "the URL of a running emulator"),
    ("HTTPS_PROXY, NO_PROXY", "the proxy, and hosts without it"),
];

/// The end of the help of a command that reads no variables of its own.
pub(super) fn example(example: &str) -> String {
    format!("Example:\n  {example}")
}

/// The end of the help of a command that signs in to a tenant.
pub(super) fn signing_in(example: &str) -> String {
    let width = SIGN_IN.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    let rows = SIGN_IN.iter();
    let rows = rows.map(|(name, meaning)| format!("  {name:width$}  {meaning}"));
    let rows: Vec<_> = rows.collect();
    format!(
        "{}\n\nVariables:\n{}",
        self::example(example),
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn help_of_every_command_ends_with_an_example_that_the_program_accepts() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let example = help.lines().nth(1).unwrap_or_default().trim();
            assert!(
                example.starts_with(&format!("entraflow {name}")),
                "{name}: {help}"
            );
            let parsed = Cli::try_parse_from(example.split_whitespace());
            assert!(parsed.is_ok(), "{example}");
            assert!(help.lines().all(|line| line.len() <= 80), "{name}: {help}");
        }
    }

    #[test]
    fn variables_are_a_table_below_the_example() {
        let help = signing_in("entraflow whoami");
        let start = "Example:\n  entraflow whoami\n\nVariables:\n  AZURE_CLIENT_ID                    the app";
        assert!(help.starts_with(start), "{help}");
    }
}
