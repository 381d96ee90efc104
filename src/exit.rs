//! Every exit code, once.

/// How a run ended. The table in README.md is held to this one by a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to do, or done.
    Success,
    /// Something unexpected.
    Unexpected,
    /// The command line is wrong.
    Usage,
    /// The files have problems.
    Problems,
    /// A limit or a protection refused the plan, or another apply is running.
    Refused,
    /// The saved plan is stale, or the snapshot does not fit the files.
    Stale,
    /// The plan was applied in part, or the tenant is not as it should be.
    Partial,
    /// Sign-in or permission was refused.
    Denied,
    /// Graph is busy or out of reach, past the waiting limit.
    Unavailable,
    /// Changes are pending; only with `--exit-code`.
    Changes,
    /// The tenant is not as the files say; only from `drift`.
    Drift,
}

impl Exit {
    /// All ends, by code.
    pub const ALL: [Self; 11] = [
        Self::Success,
        Self::Unexpected,
        Self::Usage,
        Self::Problems,
        Self::Refused,
        Self::Stale,
        Self::Partial,
        Self::Denied,
        Self::Unavailable,
        Self::Changes,
        Self::Drift,
    ];

    /// The code that the process returns.
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
            Self::Changes => 10,
            Self::Drift => 11,
        }
    }

    /// What the code means, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "nothing to do, or done",
            Self::Unexpected => "something unexpected",
            Self::Usage => "the command line is wrong",
            Self::Problems => "the files have problems",
            Self::Refused => {
                "the plan has objections that must be settled first, or another apply is running"
            }
            Self::Stale => "the saved plan is stale, or the snapshot does not fit",
            Self::Partial => "applied in part, or the tenant is not as it should be",
            Self::Denied => "sign-in or permission was refused",
            Self::Unavailable => "Graph is busy or out of reach, past the waiting limit",
            Self::Changes => "changes are pending (only with --exit-code)",
            Self::Drift => "the tenant is not as the files say (only from drift)",
        }
    }
}

impl Exit {
    /// How bad an end is among those of several tenants: the worst is the end of the whole run. What nobody could foresee
    /// is worst, then what may have left a tenant half-way, what kept the run from it, and what it refused to do.
    pub fn gravity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Changes => 1,
            Self::Drift => 2,
            Self::Refused => 3,
            Self::Stale => 4,
            Self::Problems => 5,
            Self::Usage => 6,
            Self::Unavailable => 7,
            Self::Denied => 8,
            Self::Partial => 9,
            Self::Unexpected => 10,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
