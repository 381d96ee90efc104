//! Signing in by the program: the method that the tenant document chooses, and the output of `whoami`.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::Path;

use entraflow::emulator::{self, Emulator, Options};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::program::Program;
use crate::schemas;
use crate::scripted::{Scripted, answer, json as replied};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [Google-OAUTH]
---
kind: socialIdentityProvider
identityProviderType: Google
displayName: Google
clientId: \"1\"
clientSecret: { env: GOOGLE }
";

struct Workspace {
    directory: TempDir,
    emulator: Emulator,
    _runtime: Runtime,
}

impl Workspace {
    /// A tenant whose document contains this `auth`.
    fn with(auth: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let document = TENANT.replacen("cloud: emulator\n", &format!("cloud: emulator\n{auth}"), 1);
        fs::write(directory.path().join("tenant.yaml"), document).unwrap();
        let runtime = Runtime::new().unwrap();
        let tenant = "contoso-dev.onmicrosoft.com".to_owned();
        let options = Options {
            tenant,
            ..Options::default()
        };
        let emulator = runtime.block_on(emulator::start(options)).unwrap();
        Self {
            directory,
            emulator,
            _runtime: runtime,
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn program(&self) -> Program {
        Program::new(self.path()).with("ENTRAFLOW_EMULATOR", self.emulator.url())
    }

    /// Installs `script` as the program `az` and returns a PATH that has it first. Needs `sh`, so Unix only.
    #[cfg(unix)]
    fn install_az(&self, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let directory = self.path().join("bin");
        fs::create_dir(&directory).unwrap();
        let file = directory.join("az");
        fs::write(&file, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        format!("{}:/usr/bin:/bin", directory.display())
    }

    /// The text without the values that differ between runs.
    fn normalize(&self, text: &str) -> String {
        let text = text.replace(self.emulator.url(), "http://emulator");
        let lines = text.lines().map(|line| match line.trim_start() {
            trimmed
                if trimmed.starts_with("token    expires at ") && line.ends_with(" minutes") =>
            {
                "  token    expires at …".to_owned()
            }
            _ => line.to_owned(),
        });
        lines.map(|line| line + "\n").collect()
    }
}

#[test]
fn whoami_shows_identity_and_permissions() {
    let workspace = Workspace::with("auth: { type: accessToken, token: { env: TOKEN } }\n");
    let token = workspace
        .emulator
        .token(&["IdentityUserFlow.ReadWrite.All"]);
    let outcome = workspace.program().with("TOKEN", &token).run(["whoami"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(
        workspace.normalize(&outcome.stdout),
        "\
The app 00000000-0000-0000-0000-000000000000
  tenant   contoso-dev (workforce, contoso-dev.onmicrosoft.com, id 07578eec-65f1-5e63-84b7-e0d22e0c27c4)
  cloud    the local emulator (http://emulator)
  sign-in  an access token
  token    expires at …

The token grants
  IdentityUserFlow.ReadWrite.All

The files of contoso-dev require
  to plan   missing  IdentityProvider.Read.All
                     socialIdentityProvider
  to plan   granted  IdentityUserFlow.Read.All
                     b2xUserFlow
  to apply  missing  IdentityProvider.ReadWrite.All
                     socialIdentityProvider
  to apply  granted  IdentityUserFlow.ReadWrite.All
                     b2xUserFlow

Optional
  drift --who  missing  AuditLog.Read.All, to show who made a change

To get the missing permissions, ask an administrator to add to the app 00000000-0000-0000-0000-000000000000, at API \
permissions, the application permissions of Microsoft Graph IdentityProvider.ReadWrite.All, and to grant admin consent.
"
    );
}

/// The output of `whoami --format json`, validated against its schema.
fn whoami_json(workspace: &Workspace, token: &str) -> Value {
    let program = workspace.program().with("TOKEN", token);
    let outcome = program.run(["whoami", "--format", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let output = serde_json::from_str(&outcome.stdout).unwrap();
    let errors: Vec<_> = schemas::validator("whoami.schema.json")
        .iter_errors(&output)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    output
}

#[test]
fn whoami_json_lists_missing_permissions() {
    let workspace = Workspace::with("auth: { type: accessToken, token: { env: TOKEN } }\n");
    let token = workspace
        .emulator
        .token(&["IdentityUserFlow.ReadWrite.All"]);
    let output = whoami_json(&workspace, &token);
    assert_eq!(output["entraflowReport"], "whoami");
    assert_eq!(output["sufficient"], false);
    assert_eq!(
        output["identity"]["permissions"],
        json!(["IdentityUserFlow.ReadWrite.All"])
    );
    assert_eq!(
        output["requiredPermissions"][0],
        json!({
            "command": "plan",
            "permission": "IdentityProvider.Read.All",
            "kinds": ["socialIdentityProvider"],
            "granted": false,
        })
    );
    let needed = [
        "IdentityUserFlow.ReadWrite.All",
        "IdentityProvider.ReadWrite.All",
    ];
    let output = whoami_json(&workspace, &workspace.emulator.token(&needed));
    assert_eq!(
        (&output["sufficient"], &output["consent"]),
        (&json!(true), &Value::Null)
    );
    let output = whoami_json(&workspace, "opaque");
    assert_eq!(
        (&output["sufficient"], &output["identity"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn whoami_reports_an_opaque_token() {
    let workspace = Workspace::with("auth: { type: accessToken }\n");
    let outcome = workspace
        .program()
        .with("ENTRAFLOW_ACCESS_TOKEN", "opaque")
        .run(["whoami"]);
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.stderr,
        "note: the token is opaque: missing permissions show only when Graph refuses a request\n"
    );
    assert_eq!(
        workspace.normalize(&outcome.stdout),
        "\
Unknown identity: the access token is opaque
  tenant   contoso-dev (workforce, contoso-dev.onmicrosoft.com)
  cloud    the local emulator (http://emulator)
  sign-in  an access token

The files of contoso-dev require
  to plan   IdentityProvider.Read.All
            socialIdentityProvider
  to plan   IdentityUserFlow.Read.All
            b2xUserFlow
  to apply  IdentityProvider.ReadWrite.All
            socialIdentityProvider
  to apply  IdentityUserFlow.ReadWrite.All
            b2xUserFlow

Optional
  drift --who  AuditLog.Read.All, to show who made a change
"
    );
}

#[cfg(unix)]
#[test]
fn azure_cli_is_called_with_the_tenant() {
    let workspace = Workspace::with("auth: { type: azureCli }\n");
    let token = workspace.emulator.token(&[
        "IdentityUserFlow.ReadWrite.All",
        "IdentityProvider.ReadWrite.All",
    ]);
    let path = workspace.install_az(&format!(
        "echo \"$@\" > asked\necho '{{\"accessToken\": \"{token}\", \"expires_on\": 9999999999, \"tokenType\": \"Bearer\"}}'\n"
    ));
    let outcome = workspace.program().with("PATH", &path).run(["plan", "-v"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        fs::read_to_string(workspace.path().join("asked")).unwrap(),
        "account get-access-token --output json --scope https://graph.microsoft.com/.default --tenant contoso-dev.onmicrosoft.com\n"
    );
    assert!(!outcome.stdout.contains(&token) && !outcome.stderr.contains(&token));
}

#[cfg(unix)]
#[test]
fn azure_cli_without_sign_in_has_a_hint() {
    let workspace = Workspace::with("auth: { type: azureCli }\n");
    let path = workspace
        .install_az("echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n");
    let outcome = workspace.program().with("PATH", &path).run(["plan"]);
    assert_eq!(outcome.code, 7);
    assert_eq!(workspace.normalize(&outcome.stderr), "\
error: cannot sign in with Azure CLI: `az account get-access-token`: Please run 'az login' to setup account.
help: run `az login`, or `az login --service-principal` as an app
");
}

#[test]
fn missing_azure_cli_has_a_hint() {
    let workspace = Workspace::with("auth: { type: azureCli }\n");
    let outcome = workspace.program().with("PATH", "/nowhere").run(["plan"]);
    assert_eq!(outcome.code, 7);
    assert_eq!(
        workspace.normalize(&outcome.stderr),
        "\
error: cannot sign in with Azure CLI: cannot start `az`: No such file or directory (os error 2)
help: install Azure CLI, or choose another method with `auth` in the tenant document
"
    );
}

#[test]
fn certificate_from_file_or_variable_signs_in() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/keys");
    let workspace = Workspace::with(
        "auth:\n  type: clientCertificate\n  clientId: 5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001\n  certificate: { file: app.pfx }\n  \
         password: { env: PASSWORD }\n",
    );
    fs::copy(keys.join("app.pfx"), workspace.path().join("app.pfx")).unwrap();
    let outcome = workspace
        .program()
        .with("PASSWORD", "open-sesame")
        .with("GOOGLE", "correct-horse")
        .run(["plan"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let document = fs::read_to_string(workspace.path().join("tenant.yaml")).unwrap();
    let document = document.replace("{ file: app.pfx }", "{ env: CERTIFICATE }");
    fs::write(workspace.path().join("tenant.yaml"), document).unwrap();
    let pem = fs::read_to_string(keys.join("app.pem")).unwrap();
    let outcome = workspace
        .program()
        .with("PASSWORD", "of another file")
        .with("CERTIFICATE", &pem)
        .with("GOOGLE", "correct-horse")
        .run(["plan"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn token_of_another_tenant_is_rejected() {
    let workspace = Workspace::with("auth: { type: accessToken }\n");
    let document = fs::read_to_string(workspace.path().join("tenant.yaml")).unwrap();
    let other = "tenantId: 11111111-1111-1111-1111-111111111111";
    fs::write(
        workspace.path().join("tenant.yaml"),
        document.replace("tenantId: contoso-dev.onmicrosoft.com", other),
    )
    .unwrap();
    let token = workspace.emulator.token(&[]);
    let outcome = workspace
        .program()
        .with("ENTRAFLOW_ACCESS_TOKEN", &token)
        .run(["plan"]);
    assert_eq!(outcome.code, 7);
    assert_eq!(workspace.normalize(&outcome.stderr), "\
error: the token is for the tenant 07578eec-65f1-5e63-84b7-e0d22e0c27c4, but the files declare 11111111-1111-1111-1111-111111111111
help: sign in to that tenant, or correct `tenantId` in the tenant document
");
}

/// A tenant in Microsoft's global cloud with this `auth`.
fn microsoft_cloud(auth: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    let limits = "limits: { maxWaitSeconds: 0 }";
    let document = TENANT.replacen(
        "cloud: emulator",
        &format!("cloud: global\nauth: {auth}\n{limits}"),
        1,
    );
    fs::write(directory.path().join("tenant.yaml"), document).unwrap();
    directory
}

#[test]
fn microsoft_clouds_are_reached_through_the_proxy() {
    let directory = microsoft_cloud("{ type: clientSecret, clientSecret: { env: SECRET } }");
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Scripted::start());
    let ask = "CONNECT login.microsoftonline.com:443";
    proxy.on(ask, answer(403, &[], ""));
    let outcome = Program::new(directory.path())
        .with("AZURE_CLIENT_ID", "5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001")
        .with("SECRET", "s3cret")
        .with("HTTPS_PROXY", &proxy.url)
        .run(["plan"]);
    assert_eq!(outcome.code, 8, "{}", outcome.stderr);
    assert_eq!(proxy.finish_lines(), [ask]);
}

#[test]
fn managed_identity_bypasses_the_proxy() {
    let directory = microsoft_cloud("{ type: managedIdentity }");
    let runtime = Runtime::new().unwrap();
    let (machine, proxy) =
        runtime.block_on(async { (Scripted::start().await, Scripted::start().await) });
    let ask = "GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com";
    let token = json!({"access_token": "opaque", "expires_in": 3600});
    machine.on(ask, replied(200, token));
    let outcome = Program::new(directory.path())
        .with("IDENTITY_ENDPOINT", &format!("{}/msi/token", machine.url))
        .with("IDENTITY_HEADER", "h3ader")
        .with("HTTP_PROXY", &proxy.url)
        .with("HTTPS_PROXY", &proxy.url)
        .run(["whoami"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(proxy.finish().is_empty());
    let seen = machine.finish();
    assert_eq!(seen[0].headers["x-identity-header"], "h3ader");
    assert!(seen[0].headers["user-agent"].starts_with("entraflow/"));
}
