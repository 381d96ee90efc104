//! The errors of the token endpoint.
//! Never decides when one is returned.

/// An error of the token endpoint.
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    /// The `error` of RFC 6749.
    pub(crate) error: &'static str,
    /// Number of the AADSTS code.
    pub(crate) number: u32,
    pub(crate) message: String,
}

impl OAuthError {
    pub(crate) fn new(
        status: u16,
        error: &'static str,
        number: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error,
            number,
            message: message.into(),
        }
    }
}
