//! The sorts of findings, with names that stay: what people filter, mute and look up by.

/// A sort of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    FileProblem,
    FileWarning,
    Objection,
    PendingCreate,
    PendingChange,
    PendingReplace,
    PendingDelete,
    TenantWarning,
    UnknownSecret,
    Unmanaged,
    StepFailed,
    StepSkipped,
    NotAsAsked,
    NotReadBack,
    DriftMissing,
    DriftUnwanted,
    DriftChanged,
    DriftUnmanaged,
    Stopped,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Error,
    Warning,
    Note,
}

/// What is to be known of a sort of finding.
pub(super) struct Facts {
    pub(super) id: &'static str,
    pub(super) level: Level,
    /// Whether the object is other than the files say, or something keeps it from becoming so.
    pub(super) fails: bool,
    pub(super) summary: &'static str,
    pub(super) help: &'static str,
}

impl Rule {
    pub(super) const ALL: [Self; 19] = [
        Self::FileProblem,
        Self::FileWarning,
        Self::Objection,
        Self::PendingCreate,
        Self::PendingChange,
        Self::PendingReplace,
        Self::PendingDelete,
        Self::TenantWarning,
        Self::UnknownSecret,
        Self::Unmanaged,
        Self::StepFailed,
        Self::StepSkipped,
        Self::NotAsAsked,
        Self::NotReadBack,
        Self::DriftMissing,
        Self::DriftUnwanted,
        Self::DriftChanged,
        Self::DriftUnmanaged,
        Self::Stopped,
    ];

    /// Those of drift, which says of each finding how grave it is.
    pub(super) const DRIFT: [Self; 4] = [
        Self::DriftMissing,
        Self::DriftUnwanted,
        Self::DriftChanged,
        Self::DriftUnmanaged,
    ];

    pub(super) fn facts(self) -> Facts {
        let (id, level, fails, summary, help) = match self {
            Self::FileProblem => (
                "file-problem",
                Level::Error,
                true,
                "A file is not in order.",
                "Mend the file as the message says. `entraflow validate` finds all problems offline.",
            ),
            Self::FileWarning => (
                "file-warning",
                Level::Warning,
                false,
                "A file is in order and should still be looked at.",
                "Do what the message says; nothing is stopped by it.",
            ),
            Self::Objection => (
                "plan-objection",
                Level::Error,
                true,
                "A limit, a protection or a field that cannot change keeps the plan from running.",
                "Change the file, or allow it by name, as the message says. Nothing is sent until then.",
            ),
            Self::PendingCreate => (
                "pending-create",
                Level::Note,
                true,
                "The tenant lacks an object that the files declare.",
                "`entraflow apply` makes it.",
            ),
            Self::PendingChange => (
                "pending-change",
                Level::Note,
                true,
                "An object in the tenant differs from the files.",
                "`entraflow apply` changes it.",
            ),
            Self::PendingReplace => (
                "pending-replace",
                Level::Warning,
                true,
                "An object has to be deleted and made anew.",
                "`entraflow apply` does so. What the files do not say of the object is lost.",
            ),
            Self::PendingDelete => (
                "pending-delete",
                Level::Warning,
                true,
                "The tenant has an object that is not wanted.",
                "`entraflow apply` deletes it, and writes it down in .entraflow/backup before.",
            ),
            Self::TenantWarning => (
                "tenant-warning",
                Level::Warning,
                false,
                "Something in the tenant should be looked at.",
                "Do what the message says; nothing is stopped by it.",
            ),
            Self::UnknownSecret => (
                "unknown-secret",
                Level::Note,
                false,
                "Nobody can tell whether the tenant has the secret that the files name.",
                "It is set with the next change of the object, or with --set-secrets KIND/NAME.",
            ),
            Self::Unmanaged => (
                "unmanaged",
                Level::Note,
                false,
                "The tenant has an object that no file declares.",
                "It is left alone. Declare it, or list it under `manage` and `ignore` in the tenant document.",
            ),
            Self::StepFailed => (
                "step-failed",
                Level::Error,
                true,
                "Graph did not do a step of the plan.",
                "Mend the cause and run the same command again: it looks first, and does what is left.",
            ),
            Self::StepSkipped => (
                "step-skipped",
                Level::Warning,
                true,
                "A step was not tried, because one that it needs was not done.",
                "Mend the cause of the failed step and run the same command again.",
            ),
            Self::NotAsAsked => (
                "not-as-asked",
                Level::Error,
                true,
                "What was applied was read back, and is not as it was asked for.",
                "Run the same command again. If it stays, quote the request id to Microsoft's support.",
            ),
            Self::NotReadBack => (
                "not-read-back",
                Level::Error,
                true,
                "What was applied could not be read back.",
                "Run the same command again: it looks first.",
            ),
            Self::DriftMissing => (
                "drift-missing",
                Level::Error,
                true,
                "The files declare an object that is not in the tenant.",
                "`entraflow apply` makes it again.",
            ),
            Self::DriftUnwanted => (
                "drift-unwanted",
                Level::Error,
                true,
                "The tenant has an object that the files want gone.",
                "`entraflow apply` deletes it.",
            ),
            Self::DriftChanged => (
                "drift-changed",
                Level::Warning,
                true,
                "An object in the tenant is not as the files say.",
                "`entraflow apply` sets it back; or change the file. Rules under `manage` say how bad it is.",
            ),
            Self::DriftUnmanaged => (
                "drift-unmanaged",
                Level::Warning,
                true,
                "The tenant has an object that no file declares.",
                "Declare it, or list it under `manage` and `ignore` in the tenant document.",
            ),
            Self::Stopped => (
                "run-stopped",
                Level::Error,
                true,
                "The run ended before its end.",
                "Mend the cause that the message names and run the same command again.",
            ),
        };
        Facts {
            id,
            level,
            fails,
            summary,
            help,
        }
    }
}

impl Level {
    /// The word of SARIF; annotations of GitHub say `notice` for the last one.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
