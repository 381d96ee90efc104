//! `FieldRole`: what a field means for the safety of a change, so that `dangers` needs to know no kind.
//! Judges nothing.

/// What a field means for the people who sign in, or for the data that they enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRole {
    /// The place that receives data, or a part of its address.
    Endpoint,
    /// The issuer of tokens; its path names a tenant.
    Issuer,
    /// A secret that is sent to the endpoint or to the issuer.
    Credential,
    /// Whether people can sign up.
    SignUp,
    /// Whether people must enter a value.
    Required,
    /// Whether people need not enter a value.
    Optional,
    /// The ways to sign in.
    SignIn,
    /// The applications that use a flow.
    Applications,
}

impl FieldRole {
    /// The role that a schema names.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "endpoint" => Self::Endpoint,
            "issuer" => Self::Issuer,
            "credential" => Self::Credential,
            "signUp" => Self::SignUp,
            "required" => Self::Required,
            "optional" => Self::Optional,
            "signIn" => Self::SignIn,
            "applications" => Self::Applications,
            _ => return None,
        })
    }
}
