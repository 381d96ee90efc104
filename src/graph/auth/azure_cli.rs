//! Azure CLI: whoever is signed in there with `az login`.
//! Never asks anything of the user: it signs in nobody.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::graph::auth::access_token::{AccessToken, life_until};
use crate::graph::auth::claims::Identity;
use crate::graph::error::{ErrorKind, GraphError};

/// Azure CLI starts slowly, and may have to ask Entra.
const LONGEST: Duration = Duration::from_secs(60);

/// The name of the program.
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
    let failed = |message: &str| GraphError::setup(ErrorKind::SignIn, message);
    let output = timeout(LONGEST, command.output())
        .await
        .map_err(|_| failed("`az account get-access-token` does not come to an end"))?
        .map_err(|error| {
            let error = failed("`az` cannot be started").caused_by(error);
            error.with_hint(
                "install Azure CLI, or choose another way with `auth` in the tenant document",
            )
        })?;
    if !output.status.success() {
        return Err(refusal(&String::from_utf8_lossy(&output.stderr)));
    }
    let answer: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("`az account get-access-token` says something else than a token"))?;
    let value = answer["accessToken"].as_str();
    let value = value.ok_or_else(|| failed("`az account get-access-token` gives no token"))?;
    // Older versions tell the end in local time only; the token itself knows better.
    let claimed = || Identity::read(value)?.expires.map(Timestamp::as_second);
    let end = answer["expires_on"].as_i64().or_else(claimed);
    Ok(AccessToken::living(
        value,
        end.map(life_until).unwrap_or_default(),
    ))
}

/// What Azure CLI says about a failure, with the AADSTS code if it names one.
fn refusal(said: &str) -> GraphError {
    let said = said.trim().trim_start_matches("ERROR: ");
    let code = said.find("AADSTS").map(|at| {
        let end = said[at + 6..].find(|c: char| !c.is_ascii_digit());
        &said[at..end.map_or(said.len(), |end| at + 6 + end)]
    });
    let first = said.split("Trace ID:").next().unwrap_or_default();
    let error = GraphError::setup(
        ErrorKind::SignIn,
        format!("`az account get-access-token`: {first}"),
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
    fn the_code_is_taken_out_of_what_azure_cli_says() {
        let error = refusal("ERROR: AADSTS700082: The refresh token has expired. Trace ID: x\n");
        assert_eq!(error.code(), Some("AADSTS700082"));
        assert_eq!(
            error.to_string(),
            "`az account get-access-token`: AADSTS700082: The refresh token has expired."
        );
        assert_eq!(refusal("AADSTS1").code(), Some("AADSTS1"));
    }
}
