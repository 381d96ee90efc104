//! Whole texts before and after formatting, and idempotence as a property.

use proptest::prelude::*;

use super::*;

fn formatted(text: &str) -> String {
    let formatted = format("a.yaml", text).unwrap();
    assert_eq!(
        format("a.yaml", &formatted).unwrap(),
        formatted,
        "formatting is not idempotent"
    );
    formatted
}

#[test]
fn format_orders_keys_with_their_comments_and_indents_by_two() {
    let text = "\
# About the file.

userFlowTypeVersion: 1   # the only one
# What it does.
userFlowType:   signUp


kind: b2xUserFlow
languages:
- pages:
    # about it
    selfasserted1_1: { file: a.json }
      # deep
  # which
  id: fr
-    id: de
# the name
id: Partner
apiConnectorConfiguration:
       postFederationSignup: |
            A
              B
---
# of the tenant
unknown: 1
name: contoso   
kind: tenant
";
    let expected = "\
# About the file.

kind: b2xUserFlow
# the name
id: Partner
# What it does.
userFlowType:   signUp
userFlowTypeVersion: 1   # the only one
apiConnectorConfiguration:
  postFederationSignup: |
       A
         B
languages:
  # which
  - id: fr
    pages:
      # about it
      selfasserted1_1: { file: a.json }
        # deep
  - id: de
---
# of the tenant
kind: tenant
name: contoso
unknown: 1
";
    assert_eq!(formatted(text), expected);
}

#[test]
fn format_rejects_anchors_tags_and_other_unusual_syntax() {
    for text in [
        "kind: &a tenant\nname: *a\n",
        "kind: !!str tenant\n",
        "%YAML 1.2\n---\nkind: tenant\n",
        "--- {kind: tenant}\n",
        "? kind\n: tenant\n",
        "kind: tenant\n...\n",
        "kind: tenant\na:\n-\n- b\n",
    ] {
        let outcome = format("a.yaml", text);
        assert!(
            matches!(outcome, Err(Unformatted::Unusual)),
            "{text}: {outcome:?}"
        );
    }
}

/// Lines that often form YAML, with various indentations.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-d]: [a-d1]",
        "(kind|id|ensure|userFlowType|languages|pages|userAttributeAssignments):",
        "(kind: b2xUserFlow|id: x|ensure: absent|isEnabled: true)( # why)?",
        "- [a-d]",
        "- (id|pages|isEnabled): [a-d]",
        "# [a-d]{1,3}",
        "[a-d]: (\\||>)",
        "[a-d]: [{\\[]",
        "[\\]}]",
        "- - [a-d]",
        "---",
        "",
        "[a-d] *",
        "\"[a-d]: \\\\n\": '[a-d]"
    ];
    let indented = (0..4usize, line).prop_map(|(depth, line)| " ".repeat(depth * 2) + &line);
    prop::collection::vec(indented, 1..12).prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn format_is_idempotent(text in lines()) {
        if let Ok(once) = format("a.yaml", &text) {
            let twice = format("a.yaml", &once);
            prop_assert_eq!(twice.ok(), Some(once.clone()), "{}", once);
        }
    }
}
