//! The choices of a user about an output.

/// The format of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; described by schemas/plan.schema.json, report.schema.json and problems.schema.json.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For a browser: one self-contained page, with the journeys through the affected flows.
    Html,
    /// For test reports: one test case per declared object.
    Junit,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For annotations in GitHub Actions.
    Github,
}

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The steps.
    Steps,
    /// The steps, each with its requests.
    Requests,
}
