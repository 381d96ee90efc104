//! The rules that findings belong to. Their ids are stable: users filter, mute and look up by them.

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum ReportRule {
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
    VerifyMismatch,
    VerifyFailed,
    DriftMissing,
    DriftUnwanted,
    DriftChanged,
    DriftUnmanaged,
    RunIncomplete,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::render) enum Level {
    Error,
    Warning,
    Note,
}

/// The description of a rule.
pub(in crate::render) struct RuleInfo {
    pub(in crate::render) id: &'static str,
    pub(in crate::render) level: Level,
    /// Whether the object differs from the files, or an error keeps it from matching them.
    pub(in crate::render) fails: bool,
    pub(in crate::render) summary: &'static str,
    pub(in crate::render) help: &'static str,
}

impl ReportRule {
    pub(in crate::render) const ALL: [Self; 19] = [
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
        Self::VerifyMismatch,
        Self::VerifyFailed,
        Self::DriftMissing,
        Self::DriftUnwanted,
        Self::DriftChanged,
        Self::DriftUnmanaged,
        Self::RunIncomplete,
    ];

    /// The rules of drift, where each finding has its own level.
    pub(in crate::render) const DRIFT: [Self; 4] = [
        Self::DriftMissing,
        Self::DriftUnwanted,
        Self::DriftChanged,
        Self::DriftUnmanaged,
    ];

    pub(in crate::render) fn info(self) -> RuleInfo {
        let (id, level, fails, summary, help) = match self {
            Self::FileProblem => (
                "file-problem",
                Level::Error,
                true,
                "A file has an error.",
                "Fix the file as the message says. `entraflow validate` reports all problems offline.",
            ),
            Self::FileWarning => (
                "file-warning",
                Level::Warning,
                false,
                "A file is valid, but has a likely mistake.",
                "Follow the message. A warning stops no command.",
            ),
            Self::Objection => (
                "plan-objection",
                Level::Error,
                true,
                "A limit, a protection or a field that cannot be changed blocks the plan.",
                "Change the file, or allow the change with the option that the message names. No change is made until then.",
            ),
            Self::PendingCreate => (
                "pending-create",
                Level::Note,
                true,
                "A declared object does not exist in the tenant.",
                "`entraflow apply` creates it.",
            ),
            Self::PendingChange => (
                "pending-change",
                Level::Note,
                true,
                "An object in the tenant differs from the files.",
                "`entraflow apply` updates it.",
            ),
            Self::PendingReplace => (
                "pending-replace",
                Level::Warning,
                true,
                "An object must be deleted and recreated.",
                "`entraflow apply` does that. Everything about the object that the files do not declare is lost.",
            ),
            Self::PendingDelete => (
                "pending-delete",
                Level::Warning,
                true,
                "The tenant has an object that must be deleted.",
                "`entraflow apply` deletes it after a backup to .entraflow/backup.",
            ),
            Self::TenantWarning => (
                "tenant-warning",
                Level::Warning,
                false,
                "The tenant has a likely mistake.",
                "Follow the message. A warning stops no command.",
            ),
            Self::UnknownSecret => (
                "unknown-secret",
                Level::Note,
                false,
                "entraflow cannot tell whether the tenant has the secret that the files name.",
                "It is set with the next change of the object, or with --set-secrets KIND/NAME.",
            ),
            Self::Unmanaged => (
                "unmanaged",
                Level::Note,
                false,
                "The tenant has an object that no file declares.",
                "It is not changed. Declare it, or list it under `manage` and `ignore` in the tenant document.",
            ),
            Self::StepFailed => (
                "step-failed",
                Level::Error,
                true,
                "A step of the plan failed.",
                "Fix the cause and run the command again: entraflow re-reads the tenant and applies what remains.",
            ),
            Self::StepSkipped => (
                "step-skipped",
                Level::Warning,
                true,
                "A step was skipped: a step that it depends on did not succeed, or the run was interrupted.",
                "Fix the cause of the failed step and run the command again.",
            ),
            Self::VerifyMismatch => (
                "verify-mismatch",
                Level::Error,
                true,
                "After the apply, an object differs from the plan.",
                "Run the command again. If the difference remains, give the request id to Microsoft support.",
            ),
            Self::VerifyFailed => (
                "verify-failed",
                Level::Error,
                true,
                "The changed objects could not be read back.",
                "Run the command again: entraflow re-reads the tenant and applies what remains.",
            ),
            Self::DriftMissing => (
                "drift-missing",
                Level::Error,
                true,
                "A declared object does not exist in the tenant.",
                "`entraflow apply` creates it again.",
            ),
            Self::DriftUnwanted => (
                "drift-unwanted",
                Level::Error,
                true,
                "The tenant has an object that the files declare absent.",
                "`entraflow apply` deletes it.",
            ),
            Self::DriftChanged => (
                "drift-changed",
                Level::Warning,
                true,
                "An object in the tenant differs from the files.",
                "`entraflow apply` reverts it; or change the file. Rules under `manage` set the severity.",
            ),
            Self::DriftUnmanaged => (
                "drift-unmanaged",
                Level::Warning,
                true,
                "The tenant has an object that no file declares.",
                "Declare it, or list it under `manage` and `ignore` in the tenant document.",
            ),
            Self::RunIncomplete => (
                "run-incomplete",
                Level::Error,
                true,
                "The run did not complete.",
                "Fix the cause that the message names and run the command again.",
            ),
        };
        RuleInfo {
            id,
            level,
            fails,
            summary,
            help,
        }
    }
}

impl Level {
    /// The level in SARIF; annotations of GitHub call a note `notice`.
    pub(in crate::render) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
