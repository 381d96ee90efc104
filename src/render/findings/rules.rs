//! The rules that findings belong to. Their ids are stable: users filter, mute and look up by them.

use crate::dangers::DangerRule;
use crate::model::Severity;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum ReportRule {
    FileProblem,
    FileWarning,
    FileNote,
    Objection,
    RehearsalFailed,
    RehearsalDoubt,
    PendingCreate,
    PendingChange,
    PendingReplace,
    PendingDelete,
    TenantWarning,
    TenantNote,
    UnknownSecret,
    Unmanaged,
    StepFailed,
    StepSkipped,
    VerifyMismatch,
    VerifyFailed,
    DriftMissing,
    DriftAmbiguous,
    DriftUnwanted,
    DriftChanged,
    DriftUnmanaged,
    SignInFailed,
    RunIncomplete,
    Danger(DangerRule),
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::render) enum Level {
    Error,
    Warning,
    Note,
}

/// The description of a rule.
#[derive(Clone, Copy)]
pub(in crate::render) struct RuleInfo {
    rule: ReportRule,
    pub(in crate::render) id: &'static str,
    pub(in crate::render) level: Level,
    /// Whether the object differs from the files, or an error keeps it from matching them.
    pub(in crate::render) fails: bool,
    pub(in crate::render) summary: &'static str,
    pub(in crate::render) help: &'static str,
}

impl ReportRule {
    /// All rules.
    pub(in crate::render) fn all() -> impl Iterator<Item = Self> {
        let dangers = DangerRule::ALL.into_iter().map(Self::Danger);
        RULES.iter().map(|info| info.rule).chain(dangers)
    }

    /// The position among all rules.
    pub(in crate::render) fn index(self) -> usize {
        Self::all().take_while(|rule| *rule != self).count()
    }

    /// The rules of drift, where each finding has its own level.
    pub(in crate::render) const DRIFT: [Self; 5] = [
        Self::DriftMissing,
        Self::DriftAmbiguous,
        Self::DriftUnwanted,
        Self::DriftChanged,
        Self::DriftUnmanaged,
    ];

    /// Whether an apply will change the object, and nothing is wrong.
    pub(in crate::render) fn is_pending(self) -> bool {
        matches!(
            self,
            Self::PendingCreate | Self::PendingChange | Self::PendingReplace | Self::PendingDelete
        )
    }

    /// The description of the rule.
    pub(in crate::render) fn info(self) -> RuleInfo {
        match self {
            Self::Danger(rule) => danger(rule),
            _ => RULES[self.index()],
        }
    }
}

fn danger(rule: DangerRule) -> RuleInfo {
    RuleInfo {
        rule: ReportRule::Danger(rule),
        id: rule.as_str(),
        level: match rule.severity() {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Note => Level::Note,
        },
        fails: false,
        summary: rule.summary(),
        help: "Review it before the apply. `limits: { dangers: refuse }` refuses it, `--allow-danger` lets it pass.",
    }
}

/// The descriptions of all other rules.
const RULES: [RuleInfo; 25] = [
    RuleInfo {
        rule: ReportRule::FileProblem,
        id: "file-problem",
        level: Level::Error,
        fails: true,
        summary: "A file has an error.",
        help: "Fix the file as the message says. `entraflow validate` reports all problems offline.",
    },
    RuleInfo {
        rule: ReportRule::FileWarning,
        id: "file-warning",
        level: Level::Warning,
        fails: false,
        summary: "A file is valid, but has a likely mistake.",
        help: "Follow the message. A warning stops no command.",
    },
    RuleInfo {
        rule: ReportRule::FileNote,
        id: "file-note",
        level: Level::Note,
        fails: false,
        summary: "A file or directory holds no document.",
        help: "A line in .entraflowignore leaves out the file without a note.",
    },
    RuleInfo {
        rule: ReportRule::Objection,
        id: "plan-objection",
        level: Level::Error,
        fails: true,
        summary: "A limit, a protection or a field that cannot be changed blocks the plan.",
        help: "Change the file, or allow the change with the option that the message names. No change is made until then.",
    },
    RuleInfo {
        rule: ReportRule::RehearsalFailed,
        id: "rehearsal-failed",
        level: Level::Error,
        fails: true,
        summary: "In a local copy of the tenant, a step fails or the result is not as the files say.",
        help: "Change the files. `entraflow apply --no-rehearse` applies the plan nevertheless.",
    },
    RuleInfo {
        rule: ReportRule::RehearsalDoubt,
        id: "rehearsal-doubt",
        level: Level::Warning,
        fails: false,
        summary: "Whether a step succeeds rests on what is not known of Microsoft Graph.",
        help: "docs/assumptions.md has the question and the answers. `entraflow probe` can settle some of them.",
    },
    RuleInfo {
        rule: ReportRule::PendingCreate,
        id: "pending-create",
        level: Level::Note,
        fails: true,
        summary: "A declared object does not exist in the tenant.",
        help: "`entraflow apply` creates it.",
    },
    RuleInfo {
        rule: ReportRule::PendingChange,
        id: "pending-change",
        level: Level::Note,
        fails: true,
        summary: "An object in the tenant differs from the files.",
        help: "`entraflow apply` updates it.",
    },
    RuleInfo {
        rule: ReportRule::PendingReplace,
        id: "pending-replace",
        level: Level::Warning,
        fails: true,
        summary: "An object must be deleted and recreated.",
        help: "`entraflow apply` does that. Everything about the object that the files do not declare is lost.",
    },
    RuleInfo {
        rule: ReportRule::PendingDelete,
        id: "pending-delete",
        level: Level::Warning,
        fails: true,
        summary: "The tenant has an object that must be deleted.",
        help: "`entraflow apply` deletes it after a backup to .entraflow/backup.",
    },
    RuleInfo {
        rule: ReportRule::TenantWarning,
        id: "tenant-warning",
        level: Level::Warning,
        fails: false,
        summary: "The tenant has a likely mistake.",
        help: "Follow the message. A warning stops no command.",
    },
    RuleInfo {
        rule: ReportRule::TenantNote,
        id: "tenant-note",
        level: Level::Note,
        fails: false,
        summary: "Something is right and may be meant otherwise.",
        help: "Follow the message if it applies.",
    },
    RuleInfo {
        rule: ReportRule::UnknownSecret,
        id: "unknown-secret",
        level: Level::Note,
        fails: false,
        summary: "A secret could not be compared with the one last applied.",
        help: "`entraflow apply` sends it if it can read it and it is not the one last applied.",
    },
    RuleInfo {
        rule: ReportRule::Unmanaged,
        id: "unmanaged",
        level: Level::Note,
        fails: false,
        summary: "The tenant has an object that no file declares.",
        help: "It is not changed. Declare it, or list it under `manage` and `ignore` in the tenant document.",
    },
    RuleInfo {
        rule: ReportRule::StepFailed,
        id: "step-failed",
        level: Level::Error,
        fails: true,
        summary: "A step of the plan failed.",
        help: "Fix the cause and run the command again: entraflow re-reads the tenant and applies what remains.",
    },
    RuleInfo {
        rule: ReportRule::StepSkipped,
        id: "step-skipped",
        level: Level::Warning,
        fails: true,
        summary: "A step was skipped: a step that it depends on did not succeed, or the run was interrupted.",
        help: "Fix the cause of the failed step and run the command again.",
    },
    RuleInfo {
        rule: ReportRule::VerifyMismatch,
        id: "verify-mismatch",
        level: Level::Error,
        fails: true,
        summary: "After the apply, an object differs from the plan.",
        help: "Run the command again. If the difference remains, give the request id to Microsoft support.",
    },
    RuleInfo {
        rule: ReportRule::VerifyFailed,
        id: "verify-failed",
        level: Level::Error,
        fails: true,
        summary: "The changed objects could not be read back.",
        help: "Run the command again: entraflow re-reads the tenant and applies what remains.",
    },
    RuleInfo {
        rule: ReportRule::DriftMissing,
        id: "drift-missing",
        level: Level::Error,
        fails: true,
        summary: "A declared object does not exist in the tenant.",
        help: "`entraflow apply` creates it again.",
    },
    RuleInfo {
        rule: ReportRule::DriftAmbiguous,
        id: "drift-ambiguous",
        level: Level::Error,
        fails: true,
        summary: "Several live objects have the name of a declared object.",
        help: "Choose one with `id:` in its document, or delete one that nothing refers to with `--allow-delete KIND/ID`.",
    },
    RuleInfo {
        rule: ReportRule::DriftUnwanted,
        id: "drift-unwanted",
        level: Level::Error,
        fails: true,
        summary: "The tenant has an object that the files declare absent.",
        help: "`entraflow apply` deletes it.",
    },
    RuleInfo {
        rule: ReportRule::DriftChanged,
        id: "drift-changed",
        level: Level::Warning,
        fails: true,
        summary: "An object in the tenant differs from the files.",
        help: "`entraflow apply` reverts it; or change the file. Rules under `manage` set the severity.",
    },
    RuleInfo {
        rule: ReportRule::DriftUnmanaged,
        id: "drift-unmanaged",
        level: Level::Warning,
        fails: true,
        summary: "The tenant has an object that no file declares.",
        help: "Declare it, or list it under `manage` and `ignore` in the tenant document.",
    },
    RuleInfo {
        rule: ReportRule::SignInFailed,
        id: "sign-in-failed",
        level: Level::Error,
        fails: true,
        summary: "People cannot sign in through a user flow.",
        help: "Open the address in a browser. `entraflow check-sign-in` checks it again.",
    },
    RuleInfo {
        rule: ReportRule::RunIncomplete,
        id: "run-incomplete",
        level: Level::Error,
        fails: true,
        summary: "The run did not complete.",
        help: "Fix the cause that the message names and run the command again.",
    },
];

impl Level {
    /// The level in SARIF; annotations of GitHub call a note `notice`.
    pub(in crate::render) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rules_have_one_description_and_one_id_each() {
        let mut ids = BTreeSet::new();
        for (index, rule) in ReportRule::all().enumerate() {
            let info = rule.info();
            assert_eq!((info.rule, rule.index()), (rule, index), "{}", info.id);
            assert!(ids.insert(info.id), "{}", info.id);
        }
        assert_eq!(ids.len(), RULES.len() + DangerRule::ALL.len());
    }
}
