//! A token from Azure CLI, for the account of `az login`.
//! Never prompts, and never signs in.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::graph::auth::access_token::{AccessToken, lifetime_until};
use crate::graph::auth::claims::Identity;
use crate::graph::error::{ErrorKind, GraphError};

/// Azure CLI starts slowly and may have to contact Entra.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The name of the executable.
pub(crate) const PROGRAM: &str = if cfg!(windows) { "az.cmd" } else { "az" };

pub(crate) async fn token(scope: &str, tenant: &str) -> Result<AccessToken, GraphError> {
    let mut command = Command::new(PROGRAM);
    command
        .args([
            "account",
            "get-access-token",
            "--output",
            "json",
            "--scope",
            scope,
        ])
        .args(["--tenant", tenant])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let failed = |message: &str| GraphError::before_request(ErrorKind::SignIn, message);
    let output = timeout(TIMEOUT, command.output())
        .await
        .map_err(|_| failed("`az account get-access-token` timed out"))?
        .map_err(|error| {
            let error = failed("cannot start `az`").with_source(error);
            error.with_hint(
                "install Azure CLI, or choose another method with `auth` in the tenant document",
            )
        })?;
    if !output.status.success() {
        return Err(cli_error(&String::from_utf8_lossy(&output.stderr)));
    }
    let output: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("`az account get-access-token` printed invalid JSON"))?;
    let value = output["accessToken"].as_str();
    let value = value.ok_or_else(|| failed("`az account get-access-token` printed no token"))?;
    // Older versions print the expiry only in local time; the claims of the token are exact.
    let expiry = || Identity::parse(value)?.expires.map(Timestamp::as_second);
    let expires_on = output["expires_on"].as_i64().or_else(expiry);
    Ok(AccessToken::with_lifetime(
        value,
        expires_on.map(lifetime_until).unwrap_or_default(),
    ))
}

/// The error that Azure CLI printed, with its AADSTS code if it has one.
fn cli_error(stderr: &str) -> GraphError {
    let stderr = stderr.trim().trim_start_matches("ERROR: ");
    let code = stderr.find("AADSTS").map(|at| {
        let end = stderr[at + 6..].find(|c: char| !c.is_ascii_digit());
        &stderr[at..end.map_or(stderr.len(), |end| at + 6 + end)]
    });
    let message = stderr.split("Trace ID:").next().unwrap_or_default();
    let error = GraphError::before_request(
        ErrorKind::SignIn,
        format!("`az account get-access-token`: {message}"),
    );
    match code {
        Some(code) => error.with_code(code),
        None => error.with_hint("run `az login`, or `az login --service-principal` as an app"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aadsts_code_is_parsed_from_the_output() {
        let error = cli_error("ERROR: AADSTS700082: The refresh token has expired. Trace ID: x\n");
        assert_eq!(error.code(), Some("AADSTS700082"));
        assert_eq!(
            error.to_string(),
            "`az account get-access-token`: AADSTS700082: The refresh token has expired."
        );
        assert_eq!(cli_error("AADSTS1").code(), Some("AADSTS1"));
    }
}
