//! TLS: a client that trusts the certificate of the emulator plans and applies; other certificates are errors with a hint.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use entraflow::assumptions::{Assumptions, SignUpOff};
use entraflow::emulator::{self, Emulator, Options, Tls};
use entraflow::graph::{Cloud, Credential, Settings, connect};
use entraflow::model::Version;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::program::{Outcome, Program, command};

const TENANT: &str = "kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: userFlowAttribute
displayName: Loyalty number
dataType: string
";

/// The start of the error for an untrusted server.
const REFUSED: &str = "error: cannot sign in with a client secret: POST https://emulator/contoso.onmicrosoft.com/oauth2/v2.0/token: ";

struct Bench {
    files: TempDir,
    emulator: Emulator,
}

impl Bench {
    async fn start(tls: Option<Tls>, files: TempDir) -> Self {
        std::fs::write(files.path().join("tenant.yaml"), TENANT).unwrap();
        let options = Options {
            tls,
            assumptions: Assumptions::default().with(SignUpOff::Served),
            ..Options::default()
        };
        let emulator = emulator::start(options).await.unwrap();
        Self { files, emulator }
    }

    /// An emulator with a generated certificate, and its authority.
    async fn generated() -> (Self, PathBuf) {
        let files = tempfile::tempdir().unwrap();
        let ca_file = files.path().join("authority/ca.pem");
        let tls = Tls::Generated {
            ca_file: ca_file.clone(),
        };
        (Self::start(Some(tls), files).await, ca_file)
    }

    /// An emulator with a given certificate, and its authority.
    async fn with_certificate(change: impl Fn(&mut CertificateParams)) -> (Self, PathBuf) {
        let files = tempfile::tempdir().unwrap();
        let [certificate, key, ca_file] =
            ["cert.pem", "key.pem", "ca.pem"].map(|name| files.path().join(name));
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let trusted = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        change(&mut params);
        let own_key = KeyPair::generate().unwrap();
        let with_certificate = params.signed_by(&own_key, &issuer).unwrap();
        write(&certificate, "CERTIFICATE", with_certificate.der());
        write(&key, "PRIVATE KEY", own_key.serialized_der());
        write(&ca_file, "CERTIFICATE", trusted.der());
        let tls = Tls::Provided { certificate, key };
        (Self::start(Some(tls), files).await, ca_file)
    }

    /// Runs entraflow with a file of trusted authorities, and replaces the emulator's URL in the output.
    fn run(&self, ca_file: &str, url: &str, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", url)
            .with("ENTRAFLOW_CA_FILE", ca_file);
        let outcome = tokio::task::block_in_place(|| program.run(arguments.iter().copied()));
        let without = |text: String| text.replace(url, "https://emulator");
        Outcome {
            code: outcome.code,
            stdout: without(outcome.stdout),
            stderr: without(outcome.stderr),
        }
    }

    /// The error of a plan that trusts this file.
    fn plan_error(&self, ca_file: &Path) -> String {
        let outcome = self.run(ca_file.to_str().unwrap(), self.emulator.url(), &["plan"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (8, ""));
        outcome.stderr
    }
}

fn write(file: &Path, label: &str, der: &[u8]) {
    use x509_cert::der::pem::{LineEnding, encode_string};
    std::fs::write(file, encode_string(label, LineEnding::LF, der).unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_and_apply_work_over_tls() {
    let (bench, ca_file) = Bench::generated().await;
    let ca_file = ca_file.to_str().unwrap();
    let url = bench.emulator.url();
    assert!(url.starts_with("https://127.0.0.1:"));
    let localhost = url.replace("127.0.0.1", "localhost");
    let plan = ["plan", "--exit-code"];
    assert_eq!(bench.run(ca_file, url, &plan).code, 10);
    let applied = bench.run(ca_file, url, &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    assert_eq!(bench.run(ca_file, &localhost, &plan).code, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_of_an_unknown_authority_is_rejected() {
    let (bench, _) = Bench::generated().await;
    let (_other, ca_file) = Bench::generated().await;
    let output = |why: &str| {
        format!(
            "{REFUSED}the server's certificate is signed by an authority that is not trusted: invalid peer certificate: {why}
help: set ENTRAFLOW_CA_FILE to a PEM file with that authority: the one of a proxy that intercepts TLS, or the one that `entraflow emulator --tls` writes
"
        )
    };
    assert_eq!(bench.plan_error(&ca_file), output("UnknownIssuer"));
    let (bench, _) = Bench::with_certificate(|_| ()).await;
    let (_other, of_the_same_name) = Bench::with_certificate(|_| ()).await;
    assert_eq!(bench.plan_error(&of_the_same_name), output("BadSignature"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_certificate_is_rejected() {
    let (bench, ca_file) =
        Bench::with_certificate(|params| params.not_after = date_time_ymd(2026, 1, 1)).await;
    let output = bench.plan_error(&ca_file);
    let (before, after) = output.split_once(": verification time ").unwrap();
    assert_eq!(
        before.strip_prefix(REFUSED).unwrap(),
        "the server's certificate has expired: invalid peer certificate: certificate expired"
    );
    assert_eq!(
        after.split_once('\n').unwrap().1,
        "help: ask the operator of the server to renew it, and check the clock of this machine\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_for_another_host_is_rejected() {
    let (bench, ca_file) = Bench::with_certificate(|params| {
        *params = CertificateParams::new(["graph.example".to_owned()]).unwrap();
    })
    .await;
    assert_eq!(
        bench.plan_error(&ca_file),
        REFUSED.to_owned()
            + r#"the server's certificate is for another host: invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("graph.example")
help: use a host name in the certificate, or ask the operator of the server to add this one
"#
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_certificate_is_rejected_as_server_certificate() {
    let (bench, ca_file) =
        Bench::with_certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))
            .await;
    assert_eq!(
        bench.plan_error(&ca_file),
        REFUSED.to_owned()
            + "the server's certificate is not valid: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))
help: ask the operator of the server for a server certificate; that of an authority (CA:TRUE) is not accepted
"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_request_to_a_plain_emulator_has_a_hint() {
    let (_other, ca_file) = Bench::generated().await;
    let bench = Bench::start(None, tempfile::tempdir().unwrap()).await;
    let url = bench.emulator.url().replace("http:", "https:");
    let outcome = bench.run(ca_file.to_str().unwrap(), &url, &["plan"]);
    assert_eq!(
        outcome.stderr,
        REFUSED.to_owned()
            + "the server does not speak TLS: received corrupt message of type InvalidContentType
help: the address of an emulator without `--tls` starts with `http:`; otherwise check the proxy settings
"
    );
    assert_eq!(outcome.code, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_request_to_a_tls_emulator_has_a_hint() {
    let (bench, ca_file) = Bench::generated().await;
    let url = bench.emulator.url().replace("https:", "http:");
    let outcome = bench.run(ca_file.to_str().unwrap(), &url, &["plan"]);
    assert_eq!(
        outcome.stderr,
        REFUSED.to_owned()
            + "400: the response is text, not JSON: TLS is required: the URL has to begin with https:
help: the response may come from something other than Graph: check the proxy settings and `cloud`
help: correct ENTRAFLOW_EMULATOR, or unset it to use the embedded emulator
"
    );
    assert_eq!(outcome.code, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ca_file_without_certificates_is_rejected() {
    let bench = Bench::start(None, tempfile::tempdir().unwrap()).await;
    let outcome = bench.run("tenant.yaml", bench.emulator.url(), &["plan"]);
    assert_eq!(
        outcome.stderr,
        "error: cannot load certificate authorities from tenant.yaml: the file contains no PEM certificate
help: correct ENTRAFLOW_CA_FILE, or unset it
"
    );
    assert_eq!(outcome.code, 8);
}

#[tokio::test(start_paused = true)]
async fn dropped_tls_connections_are_retried() {
    let files = tempfile::tempdir().unwrap();
    let ca_file = files.path().join("ca.pem");
    let faults = ["closeBefore", "closeAfter", "truncated"];
    let fault = |effect| format!("GET /identity {effect}").parse().unwrap();
    let options = Options {
        faults: faults.map(fault).into(),
        assumptions: Assumptions::default().with(SignUpOff::Served),
        tls: Some(Tls::Generated {
            ca_file: ca_file.clone(),
        }),
        ..Options::default()
    };
    let emulator = emulator::start(options).await.unwrap();
    let url = emulator.url().to_owned();
    let settings = Settings {
        ca_file: Some(ca_file),
        ..Settings::new(Cloud::Emulator { url }, "contoso.onmicrosoft.com")
    };
    let session = connect(settings, Credential::emulator()).await.unwrap();
    let connectors = session
        .reader()
        .list(Version::V1, "/identity/apiConnectors")
        .await
        .unwrap();
    assert!(connectors.is_empty());
    assert_eq!(session.requests().requests, 4);
}

#[tokio::test]
async fn emulator_rejects_a_key_of_another_certificate() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name);
    let start = async |certificate: &str, key: &str| {
        let tls = Tls::Provided {
            certificate: file(certificate),
            key: file(key),
        };
        let options = Options {
            tls: Some(tls),
            ..Options::default()
        };
        let error = emulator::start(options).await.err().unwrap().to_string();
        error.replace(files.path().to_str().unwrap(), "DIR")
    };
    for name in ["one", "other"] {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        write(&file(name), "CERTIFICATE", certificate.der());
        write(
            &file(&format!("{name}.key")),
            "PRIVATE KEY",
            key.serialized_der(),
        );
    }
    assert_eq!(
        [
            start("one", "other.key").await,
            start("one", "one").await,
            start("nothing", "one.key").await,
            start("one.key", "one.key").await,
        ],
        [
            "cannot use the certificate with its key",
            "cannot read a PEM key from DIR/one",
            "cannot read a PEM certificate from DIR/nothing",
            "cannot read a PEM certificate from DIR/one.key",
        ]
    );
}

#[tokio::test]
async fn failed_start_keeps_the_authority_of_the_running_emulator() {
    let (bench, ca_file) = Bench::generated().await;
    let authority = std::fs::read_to_string(&ca_file).unwrap();
    let options = Options {
        port: bench
            .emulator
            .url()
            .rsplit(':')
            .next()
            .unwrap()
            .parse()
            .unwrap(),
        tls: Some(Tls::Generated {
            ca_file: ca_file.clone(),
        }),
        ..Options::default()
    };
    let error = emulator::start(options).await.err().unwrap();
    assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"));
    assert_eq!(std::fs::read_to_string(&ca_file).unwrap(), authority);
}

#[test]
fn emulator_command_writes_its_authority_and_shows_how_to_trust_it() {
    let files = tempfile::tempdir().unwrap();
    let (mut program, _trace) = command(files.path());
    let mut child = program
        .args(["emulator", "--port", "0", "--tls", "--data", "graph.json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let output: Vec<_> = lines.take(8).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let file = std::path::absolute(files.path().join("graph.json.ca.pem")).unwrap();
    let authority = std::fs::read_to_string(&file).unwrap();
    assert!(authority.starts_with("-----BEGIN CERTIFICATE-----\n"));
    let url = output[2].split_once("ENTRAFLOW_EMULATOR=").unwrap().1;
    let output = output
        .join("\n")
        .replace(url, "https://emulator")
        .replace(file.to_str().unwrap(), "FILE");
    assert_eq!(
        output,
        "Microsoft Graph for contoso.onmicrosoft.com: https://emulator/v1.0 and https://emulator/beta
Tokens: https://emulator/contoso.onmicrosoft.com/oauth2/v2.0/token (grant_type=client_credentials, scope=https://graph.microsoft.com/.default, any client_id and client_secret until an application has a secret, a key or roles)
For entraflow, with `cloud: emulator` in the tenant document: ENTRAFLOW_EMULATOR=https://emulator
Clients must trust the certificate authority in FILE:
  entraflow: ENTRAFLOW_CA_FILE=FILE
  Node.js: NODE_EXTRA_CA_CERTS=FILE
  OpenSSL, Python with httpx: SSL_CERT_FILE=FILE
  Python with requests: REQUESTS_CA_BUNDLE=FILE"
    );
}
