mod sending;

use serde_json::json;

use super::*;
use crate::model::samples::{address, reference};
use crate::plan::PathTemplate;

const NEVER: EarlierFailures = EarlierFailures {
    lost: false,
    contended: false,
};
const LOST: EarlierFailures = EarlierFailures {
    lost: true,
    contended: false,
};
const CONTENDED: EarlierFailures = EarlierFailures {
    lost: false,
    contended: true,
};

fn call(method: Method) -> WriteRequest {
    WriteRequest {
        method,
        version: Version::V1,
        path: "/identity/things".to_owned(),
        body: None,
    }
}

fn error(kind: ErrorKind) -> GraphError {
    GraphError::before_request(kind, "a message")
}

fn contention() -> GraphError {
    let code = "Directory_ConcurrencyViolation";
    error(ErrorKind::Conflict).with_response(409, Some(code), None)
}

fn retried(error: GraphError) -> GraphError {
    error.with_retries(2, Duration::from_secs(1))
}

fn membership() -> MembershipProbe {
    MembershipProbe {
        list: PathTemplate(Vec::new()),
        member: reference("m"),
        key: "id".into(),
        empty_is_refused: false,
    }
}

fn member(membership: &MembershipProbe) -> Probe<'_> {
    Probe::Member {
        version: Version::V1,
        list: "/list".to_owned(),
        membership,
        id: ObjectId::new("m"),
    }
}

#[test]
fn request_is_sent_again_while_graph_does_not_see_what_it_refers_to() {
    let answer = |kind, status, code: &str, message: &str| {
        GraphError::before_request(kind, message).with_response(status, Some(code), None)
    };
    let missing = answer(
        ErrorKind::NotFound,
        404,
        "ResourceNotFound",
        "no such object",
    );
    assert!(is_unseen(&missing, true));
    assert!(!is_unseen(&missing, false));
    let bad = |code, message| answer(ErrorKind::BadRequest, 400, code, message);
    assert!(is_unseen(
        &bad("AADB2C99039", "The feature is not enabled."),
        false
    ));
    assert!(is_unseen(
        &bad("BadRequest", "The application id 'a' is invalid."),
        false
    ));
    assert!(!is_unseen(
        &bad("BadRequest", "The value is invalid."),
        true
    ));
}

#[test]
fn concurrent_change_is_contended_for_every_method_and_history() {
    for method in [Method::Post, Method::Patch, Method::Put, Method::Delete] {
        for earlier in [NEVER, LOST, CONTENDED] {
            let cause = Probe::None.failure_cause(&call(method), &contention(), earlier);
            assert_eq!(cause, FailureCause::Contended, "{method}");
        }
    }
}

#[test]
fn unknown_outcome_is_lost_only_for_post() {
    let unknown = || error(ErrorKind::Unreachable).with_unknown_outcome(true);
    let cause = |method| Probe::None.failure_cause(&call(method), &unknown(), NEVER);
    assert_eq!(cause(Method::Post), FailureCause::ResponseLost);
    for method in [Method::Patch, Method::Put, Method::Delete] {
        assert_eq!(cause(method), FailureCause::Rejected, "{method}");
    }
}

#[test]
fn not_found_on_delete_is_success_only_after_a_concurrent_change() {
    let cause =
        |method, kind, earlier| Probe::None.failure_cause(&call(method), &error(kind), earlier);
    let not_found = ErrorKind::NotFound;
    let deleted = FailureCause::AlreadyDeleted;
    assert_eq!(cause(Method::Delete, not_found, CONTENDED), deleted);
    for (method, kind, earlier) in [
        (Method::Delete, not_found, NEVER),
        (Method::Delete, not_found, LOST),
        (Method::Delete, ErrorKind::BadRequest, CONTENDED),
        (Method::Patch, not_found, CONTENDED),
        (Method::Post, not_found, CONTENDED),
    ] {
        let actual = cause(method, kind, earlier);
        assert_eq!(actual, FailureCause::Rejected, "{method} {kind:?}");
    }
}

#[test]
fn conflict_of_a_create_is_a_lost_response_only_if_it_was_sent_before() {
    let address = address("thing/a");
    let cause = |error: &GraphError, earlier| {
        Probe::Object(&address).failure_cause(&call(Method::Post), error, earlier)
    };
    let conflict = error(ErrorKind::Conflict);
    assert_eq!(cause(&conflict, NEVER), FailureCause::Rejected);
    assert_eq!(cause(&conflict, CONTENDED), FailureCause::Rejected);
    assert_eq!(cause(&conflict, LOST), FailureCause::ResponseLost);
    let again = retried(error(ErrorKind::Conflict));
    assert_eq!(cause(&again, NEVER), FailureCause::ResponseLost);
    let other = retried(error(ErrorKind::BadRequest));
    assert_eq!(cause(&other, LOST), FailureCause::Rejected);
}

#[test]
fn conflict_of_a_new_member_may_mean_that_it_exists() {
    let membership = membership();
    let cause =
        |method, kind| member(&membership).failure_cause(&call(method), &error(kind), NEVER);
    let lost = FailureCause::ResponseLost;
    assert_eq!(cause(Method::Post, ErrorKind::Conflict), lost);
    for (method, kind) in [
        (Method::Put, ErrorKind::Conflict),
        (Method::Post, ErrorKind::BadRequest),
    ] {
        assert_eq!(cause(method, kind), FailureCause::Rejected);
    }
    let unprobed = Probe::None;
    let conflict = retried(error(ErrorKind::Conflict));
    let cause = unprobed.failure_cause(&call(Method::Post), &conflict, LOST);
    assert_eq!(cause, FailureCause::Rejected);
}

#[test]
fn poll_lasts_for_the_rest_of_the_wait_after_a_lost_response() {
    let seconds = Duration::from_secs;
    let limit = |earlier: EarlierFailures, cause, waited| {
        earlier.poll_limit(cause, seconds(10), seconds(waited))
    };
    assert_eq!(limit(NEVER, FailureCause::ResponseLost, 0), seconds(10));
    assert_eq!(limit(LOST, FailureCause::ResponseLost, 4), seconds(6));
    assert_eq!(limit(NEVER, FailureCause::ResponseLost, 11), seconds(0));
}

#[test]
fn poll_after_a_concurrent_change_waits_only_if_a_response_was_lost() {
    let wait = Duration::from_secs(10);
    let limit = |earlier: EarlierFailures, waited| {
        earlier.poll_limit(FailureCause::Contended, wait, waited)
    };
    assert_eq!(limit(NEVER, Duration::ZERO), Duration::ZERO);
    assert_eq!(limit(CONTENDED, Duration::ZERO), Duration::ZERO);
    assert_eq!(limit(LOST, Duration::ZERO), wait);
    assert_eq!(limit(LOST, Duration::from_secs(4)), wait);
}

#[test]
fn request_is_sent_again_once_after_a_lost_response_and_after_each_contention() {
    let mut earlier = NEVER;
    assert!(earlier.may_send_after(FailureCause::Contended));
    assert!(earlier.may_send_after(FailureCause::Contended));
    assert_eq!((earlier.lost, earlier.contended), (false, true));
    assert!(earlier.may_send_after(FailureCause::ResponseLost));
    assert_eq!((earlier.lost, earlier.contended), (true, true));
    assert!(!earlier.may_send_after(FailureCause::ResponseLost));
    assert!(earlier.may_send_after(FailureCause::Contended));
    for cause in [FailureCause::Rejected, FailureCause::AlreadyDeleted] {
        assert!(!NEVER.clone().may_send_after(cause));
    }
}

#[test]
fn id_is_that_of_the_response_or_of_the_known_member() {
    let answer = GraphResponse::saved(json!({ "id": "returned", "appId": "other" }));
    let empty = GraphResponse::saved(json!(null));
    let membership = membership();
    for (name, id) in [("apiConnector/a", "returned"), ("application/a", "other")] {
        let address = address(name);
        let object = Probe::Object(&address);
        assert_eq!(object.id_in(&answer), Some(ObjectId::new(id)));
        assert_eq!(object.id_in(&empty), None);
    }
    for answer in [&answer, &empty] {
        let id = member(&membership).id_in(answer);
        assert_eq!(id, Some(ObjectId::new("m")));
        assert_eq!(Probe::None.id_in(answer), None);
    }
}
