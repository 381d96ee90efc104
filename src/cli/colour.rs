//! Whether a stream gets colours.

use std::ffi::OsString;
use std::fs::File;
use std::io::IsTerminal;

use clap::ValueEnum;

/// CI services whose logs show colours, by a variable that each sets: GitHub Actions, GitLab, Azure Pipelines.
const SERVICES: [&str; 3] = ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"];

/// When to use colours.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// What a stream leads to.
#[derive(Clone, Copy)]
pub(super) enum Destination {
    Terminal,
    File,
    Pipe,
}

impl Destination {
    #[cfg(unix)]
    pub(super) fn of(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Self {
        let handle = stream.as_fd().try_clone_to_owned();
        Self::from_file(stream.is_terminal(), handle.map(File::from))
    }

    #[cfg(windows)]
    pub(super) fn of(stream: &(impl IsTerminal + std::os::windows::io::AsHandle)) -> Self {
        let handle = stream.as_handle().try_clone_to_owned();
        Self::from_file(stream.is_terminal(), handle.map(File::from))
    }

    fn from_file(is_terminal: bool, file: std::io::Result<File>) -> Self {
        let is_file = || {
            file.and_then(|file| file.metadata())
                .is_ok_and(|it| it.is_file())
        };
        match is_terminal {
            true => Self::Terminal,
            false if is_file() => Self::File,
            false => Self::Pipe,
        }
    }
}

impl ColourChoice {
    /// Whether a stream gets colours. `auto`: on a terminal, and in the log of a CI service, which reads a pipe.
    pub(super) fn allows(
        self,
        destination: Destination,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> bool {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let forced = variable("CLICOLOR_FORCE");
        let is_forced = || forced.is_some_and(|value| !value.is_empty() && value != "0");
        match (self, destination) {
            (Self::Always, _) => true,
            (Self::Never, _) => false,
            (Self::Auto, _) if is_set("NO_COLOR") => false,
            (Self::Auto, _) if is_forced() => true,
            (Self::Auto, Destination::Terminal) => true,
            (Self::Auto, Destination::File) => false,
            (Self::Auto, Destination::Pipe) => SERVICES.into_iter().any(is_set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(choice: ColourChoice, destination: Destination, set: &[(&str, &str)]) -> bool {
        choice.allows(destination, &|name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn auto_follows_the_destination_and_the_variables() {
        use Destination::{File, Pipe, Terminal};
        for (destination, set, expected) in [
            (Terminal, &[][..], true),
            (Terminal, &[("NO_COLOR", "")], true),
            (Terminal, &[("NO_COLOR", "1")], false),
            (
                Terminal,
                &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
                false,
            ),
            (Pipe, &[], false),
            (Pipe, &[("CI", "true")], false),
            (Pipe, &[("GITHUB_ACTIONS", "true")], true),
            (Pipe, &[("GITLAB_CI", "true")], true),
            (Pipe, &[("TF_BUILD", "True")], true),
            (Pipe, &[("TF_BUILD", "True"), ("NO_COLOR", "1")], false),
            (Pipe, &[("CLICOLOR_FORCE", "0")], false),
            (Pipe, &[("CLICOLOR_FORCE", "1")], true),
            (File, &[("GITHUB_ACTIONS", "true")], false),
            (File, &[("CLICOLOR_FORCE", "1")], true),
        ] {
            assert_eq!(
                allows(ColourChoice::Auto, destination, set),
                expected,
                "{set:?}"
            );
        }
    }

    #[test]
    fn always_and_never_ignore_the_variables() {
        let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
        assert!(allows(ColourChoice::Always, Destination::File, &[no]));
        assert!(!allows(
            ColourChoice::Never,
            Destination::Terminal,
            &[force]
        ));
    }

    #[test]
    fn destination_of_a_regular_file_is_a_file() {
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(Destination::of(&file), Destination::File));
    }
}
