use tempfile::TempDir;

use super::*;

const FIELD: &str = "clientSecret";

fn facebook() -> Address {
    Address::new("socialIdentityProvider", "Facebook-OAUTH")
}

fn contoso() -> LockTenant {
    LockTenant {
        id: "contoso.onmicrosoft.com".to_owned(),
        cloud: "global".to_owned(),
    }
}

struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("entraflow.lock")
    }

    fn load(&self) -> SecretFingerprints {
        SecretFingerprints::load(&self.path(), contoso()).unwrap()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// The error for a file with this text.
    fn error(&self, text: &str) -> String {
        std::fs::write(self.path(), text).unwrap();
        let error = SecretFingerprints::load(&self.path(), contoso()).unwrap_err();
        error
            .to_string()
            .replace(&self.path().display().to_string(), "entraflow.lock")
    }
}

fn compare(lock: &SecretFingerprints, secret: &str) -> FingerprintMatch {
    lock.compare(&facebook(), FIELD, &RedactedText::new(secret))
}

#[test]
fn fingerprints_follow_a_renamed_object_unless_its_new_name_has_some() {
    let directory = Directory::new();
    let mut lock = directory.load();
    let google = Address::new("socialIdentityProvider", "Google-OAUTH");
    assert!(!lock.rename(&google, &facebook()));
    lock.record(&google, FIELD, &RedactedText::new("one"));
    assert!(lock.rename(&google, &facebook()));
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Same);
    assert!(!lock.contains(&google, FIELD));
    lock.record(&google, FIELD, &RedactedText::new("two"));
    assert!(!lock.rename(&google, &facebook()));
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Same);
}

#[test]
fn saved_fingerprint_detects_a_changed_secret() {
    let directory = Directory::new();
    let mut lock = directory.load();
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Unknown);
    lock.record(&facebook(), FIELD, &RedactedText::new("one"));
    lock.save().unwrap();
    let lock = directory.load();
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Same);
    assert_eq!(compare(&lock, "two"), FingerprintMatch::Changed);
    assert!(!directory.text().contains("one\n"));
}

#[test]
fn file_has_one_line_for_each_secret_in_order() {
    let directory = Directory::new();
    let mut lock = directory.load();
    let odd = Address::new("apiConnector", "a \"b\": #\u{85}");
    for address in [&facebook(), &odd] {
        lock.mark_unconfirmed(address, FIELD);
    }
    lock.save().unwrap();
    let expected = "\
format: 2
tenant: \"contoso.onmicrosoft.com\"
cloud: \"global\"
secrets:
  \"apiConnector/a \\\"b\\\": #\\u0085 clientSecret\": \"unconfirmed\"
  \"socialIdentityProvider/Facebook-OAUTH clientSecret\": \"unconfirmed\"
";
    assert_eq!(directory.text(), format!("{HEADER}{expected}"));
    assert!(directory.load().is_unconfirmed(&odd, FIELD));
}

#[test]
fn secret_that_was_sent_without_a_clear_answer_counts_as_changed() {
    let directory = Directory::new();
    let mut lock = directory.load();
    lock.record(&facebook(), FIELD, &RedactedText::new("one"));
    let before = lock.mark_unconfirmed(&facebook(), FIELD);
    lock.remove(&facebook());
    lock.save().unwrap();
    let mut lock = directory.load();
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Changed);
    lock.restore(&facebook(), FIELD, before);
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Same);
    lock.remove(&facebook());
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Unknown);
}

#[test]
fn equal_secrets_have_different_fingerprints_of_known_costs() {
    let mut lock = Directory::new().load();
    lock.record(&facebook(), "a", &RedactedText::new("same"));
    lock.record(&facebook(), "b", &RedactedText::new("same"));
    let (a, b) = (lock.get(&facebook(), "a"), lock.get(&facebook(), "b"));
    assert_ne!(a, b);
    assert!(is_valid(a.unwrap()), "{a:?}");
}

#[test]
fn fingerprint_of_other_costs_is_refused() {
    let directory = Directory::new();
    let hash = "c2FsdHNhbHRzYWx0c2FsdA$4Zc3sYmTsWL8x0oZcOZ5cM0Kq1uC7pC0m7xq5m9l0pA";
    for costs in [
        "m=4194304,t=2,p=1",
        "m=19456,t=4000000000,p=1",
        "m=8,t=1,p=1",
    ] {
        let text = format!(
            "format: 2\ntenant: contoso.onmicrosoft.com\ncloud: global\nsecrets:\n  \"apiConnector/A b\": \"$argon2id$v=19${costs}${hash}\"\n"
        );
        let expected = "entraflow.lock has an invalid fingerprint for `apiConnector/A b`; restore the committed version, or \
                        delete the line: the secret counts as unknown then";
        assert_eq!(directory.error(&text), expected);
    }
}

#[test]
fn file_of_another_tenant_is_not_believed() {
    let directory = Directory::new();
    let mut lock = directory.load();
    lock.record(&facebook(), FIELD, &RedactedText::new("one"));
    lock.save().unwrap();
    let load = |id: &str, cloud: &str| {
        let tenant = LockTenant {
            id: id.to_owned(),
            cloud: cloud.to_owned(),
        };
        SecretFingerprints::load(&directory.path(), tenant).unwrap()
    };
    let same = load("Contoso.onmicrosoft.com", "global");
    assert_eq!(
        (compare(&same, "one"), same.other_tenant()),
        (FingerprintMatch::Same, None)
    );
    for other in [
        load("fabrikam.onmicrosoft.com", "global"),
        load("contoso.onmicrosoft.com", "china"),
    ] {
        assert_eq!(compare(&other, "one"), FingerprintMatch::Unknown);
        assert_eq!(other.other_tenant(), Some(&contoso()));
    }
}

#[test]
fn file_without_a_tenant_is_read_and_replaced() {
    let directory = Directory::new();
    let mut lock = directory.load();
    lock.record(&facebook(), FIELD, &RedactedText::new("one"));
    let fingerprint = lock.get(&facebook(), FIELD).unwrap();
    let text = format!(
        "format: 1\nsecrets:\n  {}:\n    {FIELD}: {fingerprint}\n",
        facebook()
    );
    std::fs::write(directory.path(), text).unwrap();
    let lock = directory.load();
    assert_eq!(compare(&lock, "one"), FingerprintMatch::Same);
    lock.save().unwrap();
    assert!(
        directory
            .text()
            .contains("format: 2\ntenant: \"contoso.onmicrosoft.com\"")
    );
    assert_eq!(compare(&directory.load(), "one"), FingerprintMatch::Same);
}

#[test]
fn merge_conflict_is_reported_with_its_line() {
    let directory = Directory::new();
    let conflict = |line| {
        format!(
            "entraflow.lock has a merge conflict at line {line}; keep one line for each secret, or none: the secret counts as \
             unknown then"
        )
    };
    let marked = "format: 2\nsecrets:\n<<<<<<< HEAD\n  \"a/b c\": \"x\"\n=======\n  \"a/b c\": \"y\"\n>>>>>>> other\n";
    assert_eq!(directory.error(marked), conflict(3));
    let twice = "format: 2\nsecrets:\n  \"a/b c\": \"x\"\n  \"a/b c\": \"y\"\n";
    assert_eq!(directory.error(twice), conflict(4));
}

#[test]
fn foreign_file_is_rejected_with_a_hint() {
    let directory = Directory::new();
    let expected = "entraflow.lock is not a lock file of entraflow; restore the committed version, or delete it to start over";
    assert_eq!(directory.error("secrets: 1\n"), expected);
    let expected = "entraflow.lock has format 3, and this version of entraflow reads format 2";
    assert_eq!(directory.error("format: 3\nsecrets: {}\n"), expected);
}

#[cfg(unix)]
#[test]
fn pipe_in_place_of_the_file_is_an_error_at_once() {
    let directory = Directory::new();
    let made = std::process::Command::new("mkfifo")
        .arg(directory.path())
        .status();
    assert!(made.unwrap().success());
    let error = SecretFingerprints::load(&directory.path(), contoso()).unwrap_err();
    assert!(error.to_string().ends_with("cannot be read or written"));
}

#[cfg(unix)]
#[test]
fn save_keeps_the_permissions_of_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new();
    directory.load().save().unwrap();
    let mode = || directory.path().metadata().unwrap().permissions().mode() & 0o777;
    assert_ne!(mode() & 0o044, 0, "others can read a new file");
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o640)).unwrap();
    directory.load().save().unwrap();
    assert_eq!(mode(), 0o640);
}
