//! Tenants of any size: their files, and their live state.
//! Never measures anything.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use entraflow::desired::{self, Desired};
use entraflow::model::{Address, Resource, Resources, Value};
use tempfile::TempDir;

/// Documents per file.
const DOCUMENTS_PER_FILE: usize = 10;
/// The limit of API connectors per tenant in Graph.
const CONNECTORS: usize = 10;

/// The files of a tenant.
pub(crate) struct Files {
    directory: TempDir,
}

impl Files {
    /// A number of documents: connectors, one tenth attributes, the others user flows with items.
    pub(crate) fn of(documents: usize) -> Self {
        let attributes = documents / 10;
        Self::with(documents - attributes - CONNECTORS, attributes)
    }

    /// Numbers of user flows and attributes, and connectors.
    pub(crate) fn with(flows: usize, attributes: usize) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tenant.yaml"), TENANT).unwrap();
        let files = Self { directory };
        files.write("connectors", CONNECTORS, connector);
        files.write("attributes", attributes, attribute);
        files.write("flows", flows, |number| flow(number, attributes));
        files
    }

    fn write(&self, name: &str, count: usize, document: impl Fn(usize) -> String) {
        let directory = self.directory.path().join(name);
        fs::create_dir(&directory).unwrap();
        for first in (0..count).step_by(DOCUMENTS_PER_FILE) {
            let numbers = first..count.min(first + DOCUMENTS_PER_FILE);
            let documents: Vec<_> = numbers.map(&document).collect();
            let file = directory.join(format!("{first:06}.yaml"));
            fs::write(file, documents.join("---\n")).unwrap();
        }
    }

    /// The paths for the command line.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        vec![self.directory.path().to_owned()]
    }

    /// The desired state in the files.
    pub(crate) fn load(&self) -> Desired {
        load(&self.paths())
    }
}

/// Loads and checks the files.
pub(crate) fn load(paths: &[PathBuf]) -> Desired {
    let today = jiff::civil::date(2026, 11, 21);
    desired::load(paths, today).unwrap_or_else(|rejected| panic!("{:?}", rejected.problems))
}

/// The live state that matches the declared one, without shared memory; one object in each `changed` differs in one field.
pub(crate) fn live(declared: &Resources, changed: Option<usize>) -> Resources {
    let copy = |(number, (address, resource)): (usize, (&Address, &Resource))| {
        let mut copy = resource.restricted_to(resource);
        if changed.is_some_and(|changed| number % changed == 0) {
            change(&mut copy);
        }
        (Address::new(address.kind(), address.name()), copy)
    };
    declared.iter().enumerate().map(copy).collect()
}

/// Changes a text that is not create-only.
fn change(resource: &mut Resource) {
    let assignments = resource.items.get_mut("userAttributeAssignments");
    let first = assignments.and_then(|list| list.items.first_mut());
    let (fields, name) = match first {
        Some(first) => (&mut first.fields, "displayName"),
        None if resource.fields.contains_key("description") => {
            (&mut resource.fields, "description")
        }
        None => (&mut resource.fields, "targetUrl"),
    };
    let before = fields.insert(name.into(), Value::Text("https://other".to_owned()));
    assert!(before.is_some(), "nothing to change");
}

const TENANT: &str = "\
kind: tenant
name: bench
tenantId: bench.onmicrosoft.com
type: workforce
cloud: emulator
";

fn connector(number: usize) -> String {
    format!(
        "\
kind: apiConnector
displayName: Connector {number}
targetUrl: https://api.contoso.com/{number}
authenticationConfiguration: {{ type: basic, username: flow, password: {{ env: CONNECTOR_PASSWORD }} }}
"
    )
}

fn attribute(number: usize) -> String {
    format!(
        "\
kind: userFlowAttribute
displayName: Attribute {number}
dataType: string
description: What people say about number {number}
"
    )
}

/// A user flow with five items: a provider, a connector, two attributes and a language.
fn flow(number: usize, attributes: usize) -> String {
    let mut text = format!(
        "\
kind: b2xUserFlow
id: Flow{number:06}
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [EmailOtpSignup-OAUTH]
apiConnectorConfiguration:
  postAttributeCollection: Connector {}
userAttributeAssignments:
",
        number % CONNECTORS
    );
    for attribute in [
        "city".to_owned(),
        format!("Attribute {}", number % attributes),
    ] {
        let _ = writeln!(text, "  - userAttribute: {attribute}");
        text += "    displayName: Tell us your wish\n";
        text += "    isOptional: true\n";
        text += "    requiresVerification: false\n";
        text += "    userInputType: textBox\n";
    }
    text + "\
languages:
  - id: fr
    isEnabled: true
"
}
