//! The exit codes: their values, meanings and severities.

/// The result of a run. A test compares the table in README.md with this enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// No changes, or all changes applied.
    Success,
    /// An unexpected error.
    Unexpected,
    /// The command line is invalid.
    Usage,
    /// The files have errors.
    Problems,
    /// The plan has objections, an apply found several objects of one name, or another apply is running.
    Refused,
    /// The plan is stale, or the snapshot does not match the files.
    Stale,
    /// The plan was applied in part, or the tenant differs from it.
    Partial,
    /// Sign-in failed, or a permission is missing.
    Denied,
    /// Graph is busy or unreachable, past the waiting limit.
    Unavailable,
    /// All is done but for parts of objects that Graph refuses to read.
    Incomplete,
    /// Changes are pending; only with `--exit-code`.
    Changes,
    /// The tenant differs from the files; only from `drift` and `check-sign-in`.
    Drift,
}

impl Exit {
    /// All results, by code.
    pub const ALL: [Self; 12] = [
        Self::Success,
        Self::Unexpected,
        Self::Usage,
        Self::Problems,
        Self::Refused,
        Self::Stale,
        Self::Partial,
        Self::Denied,
        Self::Unavailable,
        Self::Incomplete,
        Self::Changes,
        Self::Drift,
    ];

    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Problems => 3,
            Self::Refused => 4,
            Self::Stale => 5,
            Self::Partial => 6,
            Self::Denied => 7,
            Self::Unavailable => 8,
            Self::Incomplete => 9,
            Self::Changes => 10,
            Self::Drift => 11,
        }
    }

    /// The meaning of the code, in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "no changes, or all changes applied",
            Self::Unexpected => "unexpected error",
            Self::Usage => "the command line is invalid",
            Self::Problems => "the files have errors",
            Self::Refused => {
                "the plan has objections, several objects have one name, or another apply is running"
            }
            Self::Stale => "the plan is stale, or the snapshot does not match the files",
            Self::Partial => "the plan was applied in part, or the tenant differs from it",
            Self::Denied => "sign-in failed, or a permission is missing",
            Self::Unavailable => "Graph is busy or unreachable, past the waiting limit",
            Self::Incomplete => "complete but for what could not be read",
            Self::Changes => "changes are pending (only with --exit-code)",
            Self::Drift => "the tenant differs from the files (only from drift and check-sign-in)",
        }
    }
}

impl Exit {
    /// The rank of a result among those of several tenants: the highest is the result of the whole run. Unexpected errors
    /// rank first, then partly applied plans, failures before the apply, and refusals.
    pub fn severity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Changes => 1,
            Self::Drift => 2,
            Self::Incomplete => 3,
            Self::Refused => 4,
            Self::Stale => 5,
            Self::Problems => 6,
            Self::Usage => 7,
            Self::Unavailable => 8,
            Self::Denied => 9,
            Self::Partial => 10,
            Self::Unexpected => 11,
        }
    }

    /// The result if this many declared parts could not be read: only a success becomes an incomplete one.
    pub fn but_for(self, left_out: usize) -> Self {
        match self {
            Self::Success if left_out > 0 => Self::Incomplete,
            other => other,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
