//! A saved plan survives a round trip through its text, and no other text is accepted as one.

use std::path::Path as FilePath;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::diff::ContentChange;
use crate::model::strategies::named;
use crate::model::{
    Encoding, FieldChange, Item, Items, ListSemantics, Method, Presence, RedactedText, SavedFile,
    Version,
};
use crate::plan::samples;
use crate::plan::{
    Action, MembershipProbe, Operation, PathTemplate, ReconcileItem, ReconcileList, Request,
    RequestBody, TargetTenant, TemplateSegment,
};

/// Texts with characters that need escaping in JSON or on terminals.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z/\"\\\\\n\u{0}\u{e9}\u{202e}\u{1f600}]{0,4}"
}

fn address() -> impl Strategy<Value = Address> {
    ("[a-zA-Z]{1,3}", "[a-zA-Z/ ]{1,3}").prop_map(|(kind, name)| Address::new(kind, name))
}

fn id() -> impl Strategy<Value = ObjectId> {
    text().prop_map(ObjectId::new)
}

fn reference() -> impl Strategy<Value = Reference> {
    prop_oneof![
        address().prop_map(Reference::Address),
        id().prop_map(Reference::Id),
    ]
}

fn secret() -> impl Strategy<Value = Secret> {
    let encoding = prop_oneof![Just(Encoding::Text), Just(Encoding::Base64)];
    (0..4, text(), encoding).prop_map(|(which, text, encoding)| match which {
        0 => Secret::Masked,
        1 => Secret::From(SecretSource::PlainText(RedactedText::new(""))),
        2 => Secret::From(SecretSource::File {
            file: text.into(),
            encoding,
            allow_unusual: which > 2,
        }),
        _ => Secret::From(SecretSource::Env {
            env: text,
            encoding,
            allow_unusual: which > 2,
        }),
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| Value::Number(number.into())),
        any::<f64>().prop_map(|number| Value::Number(
            serde_json::Number::from_f64(number).expect("it is finite")
        )),
        text().prop_map(Value::Text),
        reference().prop_map(Value::Reference),
        secret().prop_map(Value::Secret),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            named(text(), inner, 0..3).prop_map(Value::Map),
        ]
    })
}

fn fields() -> impl Strategy<Value = Fields> {
    named(text(), value(), 0..2)
}

fn request() -> impl Strategy<Value = Request> {
    let segment = prop_oneof![
        text().prop_map(|text| TemplateSegment::Literal(text.into())),
        text().prop_map(TemplateSegment::Name),
        reference().prop_map(TemplateSegment::Id),
    ];
    let body = prop_oneof![
        Just(RequestBody::None),
        fields().prop_map(RequestBody::Json),
        text().prop_map(RequestBody::Document),
        (text(), reference()).prop_map(|(collection, target)| RequestBody::Link {
            version: Version::Beta,
            collection: collection.into(),
            target
        }),
    ];
    let method = prop_oneof![
        Just(Method::Get),
        Just(Method::Post),
        Just(Method::Patch),
        Just(Method::Put),
        Just(Method::Delete),
    ];
    let path = || vec(segment.clone(), 0..3).prop_map(PathTemplate);
    let probe =
        (path(), reference(), any::<bool>()).prop_map(|(list, member, empty_is_refused)| {
            Box::new(MembershipProbe {
                list,
                member,
                key: "appId".into(),
                empty_is_refused,
            })
        });
    let optional = vec(text().prop_map(Into::into), 0..2);
    let members = (method, path(), body, option::of(probe), optional);
    members.prop_map(|(method, path, body, probe, optional)| Request {
        method,
        version: Version::V1,
        path,
        body,
        probe,
        optional,
    })
}

fn work() -> impl Strategy<Value = Operation> {
    let part =
        (reference(), request(), request()).prop_map(|(key, create, update)| ReconcileItem {
            key,
            create,
            update,
        });
    let fill =
        (request(), vec(part, 0..2), option::of(request())).prop_map(|(read, items, order)| {
            let list = read.path.clone();
            Operation::ReconcileList(Box::new(ReconcileList {
                read,
                items,
                list,
                order,
            }))
        });
    prop_oneof![
        request().prop_map(|request| Operation::Request(Box::new(request))),
        fill
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let change =
        (text(), option::of(value()), option::of(value())).prop_map(|(path, before, after)| {
            FieldChange {
                path,
                before,
                after,
            }
        });
    let content =
        (text(), option::of(text()), option::of(text())).prop_map(|(name, before, after)| {
            ContentChange {
                name,
                before,
                after,
            }
        });
    let changes = vec(change, 0..2);
    (
        address(),
        text(),
        text(),
        changes,
        option::of(content),
        work(),
    )
        .prop_map(|(address, part, text, changes, content, work)| Step {
            address,
            action: Action::Reorder,
            part,
            changes,
            content: content.map(Box::new),
            notes: vec![text],
            operation: work,
        })
}

fn resource() -> impl Strategy<Value = Resource> {
    let contents = named(text(), option::of(text()), 0..2);
    let item = (reference(), fields(), contents).prop_map(|(key, fields, contents)| Item {
        key,
        presence: Presence::Absent,
        fields,
        contents,
    });
    let items = vec(item, 0..2).prop_map(|items| Items {
        semantics: ListSemantics::Keyed,
        items,
    });
    (
        fields(),
        named(text(), btree_set(reference(), 0..2), 0..2),
        named(text(), option::of(reference()), 0..2),
        named(text(), items, 0..2),
    )
        .prop_map(|(fields, links, single_refs, items)| Resource {
            fields,
            links,
            single_refs,
            items,
        })
}

fn saved() -> impl Strategy<Value = SavedPlan> {
    let input = (
        btree_map(address(), resource(), 0..2),
        btree_set(address(), 0..2),
        btree_map(address(), id(), 0..2),
        option::of(0..9_usize),
    )
        .prop_map(|(resources, absent, pins, allow_deletes)| SavedInput {
            resources,
            allow_delete: absent.clone(),
            allow_replace: absent.clone(),
            absent,
            pins,
            allow_deletes,
            refuse_dangers: allow_deletes.is_some(),
            allow_dangers: DangerRule::ALL
                .into_iter()
                .take(allow_deletes.unwrap_or(0))
                .collect(),
            only: Vec::new(),
            renames: BTreeMap::new(),
        });
    (input, vec(step(), 0..3), text()).prop_map(|(input, steps, text)| SavedPlan {
        version: text.clone(),
        created: text.clone(),
        tenant: SavedTenant {
            name: text.clone(),
            document: text.clone().into(),
            tenant_id: text.clone(),
            r#type: TenantType::External,
            cloud: text.clone(),
        },
        working_directory: text.clone().into(),
        ids: input.pins.clone(),
        remarks: SavedRemarks {
            dangers: input
                .absent
                .iter()
                .map(|address| Danger {
                    rule: DangerRule::ObjectDeleted,
                    address: address.clone(),
                    message: "is deleted".to_owned(),
                })
                .collect(),
            warnings: vec![text],
            unmanaged: input.absent.clone(),
            ..SavedRemarks::default()
        },
        input,
        steps,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn saved_plan_round_trips(saved in saved()) {
        let text = saved.write().unwrap();
        let (read, _) = SavedPlan::read(&text).unwrap();
        prop_assert_eq!(&read, &saved);
        // Addresses and ids are equal in any case; their texts are not.
        prop_assert_eq!(read.write().unwrap(), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn saved_plan_is_shown_with_its_steps_and_ids(saved in saved()) {
        let plan = saved.to_plan(samples::target());
        prop_assert_eq!(&plan.steps, &saved.steps);
        prop_assert_eq!(saved.stale(&plan), None);
        for address in plan.expected.keys().chain(&plan.deleted) {
            prop_assert!(saved.steps.iter().any(|step| step.address == *address));
        }
    }
}

fn small() -> SavedPlan {
    let plan = Plan {
        target: TargetTenant {
            name: "t".into(),
            tenant_id: "t.example".into(),
            tenant_type: TenantType::Workforce,
            cloud_name: crate::kinds::CloudName::Global,
            cloud: "nowhere".into(),
        },
        steps: Vec::new(),
        dangers: Vec::new(),
        objections: Vec::new(),
        expected: Resources::new(),
        changed_state: Resources::new(),
        discarded_state: Resources::new(),
        discarded_json: BTreeMap::new(),
        deleted: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        secrets_to_compare: Vec::new(),
        rotated_since: BTreeMap::new(),
        left_out: Vec::new(),
        selection: Default::default(),
        ids: BTreeMap::new(),
    };
    let tenant = SavedTenant {
        name: "t".into(),
        document: "tenant.yaml".into(),
        tenant_id: "t.example".into(),
        r#type: TenantType::Workforce,
        cloud: "emulator".into(),
    };
    SavedPlan::new(
        &plan,
        tenant,
        FilePath::new("/home").into(),
        SavedInput::default(),
        jiff::Timestamp::UNIX_EPOCH,
    )
}

/// The error and its cause, as a user reads them.
fn error_of(text: &str) -> String {
    let error = SavedPlan::read(text).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[test]
fn header_and_format_come_first() {
    let text = small().write().unwrap();
    let start = "{\n  \"entraflowPlan\": \"written by `entraflow plan --out`; any edit invalidates it\",\n  \"format\": 2,\n";
    assert_eq!(&text[..start.len()], start);
    assert_eq!(SavedFile::of(&text), Some(SavedFile::Plan));
}

#[test]
fn truncated_saved_plan_is_rejected() {
    let text = small().write().unwrap();
    for end in 0..text.trim_end().len() {
        assert!(
            SavedPlan::read(&text[..end]).is_err(),
            "{end} bytes were accepted"
        );
    }
    assert_eq!(
        error_of(&text[..86]),
        "it is damaged or incomplete: EOF while parsing a string at line 3 column 3"
    );
}

#[test]
fn other_text_is_rejected() {
    let text = small().write().unwrap();
    assert_eq!(error_of("[]"), "it is not a saved plan");
    assert_eq!(error_of("{\"kind\": \"tenant\"}"), "it is not a saved plan");
    assert_eq!(
        error_of(&text.replace("\"format\": 2", "\"format\": 3")),
        "its format is 3, and this version of entraflow reads format 2"
    );
    assert_eq!(
        error_of(&text.replace("t.example", "u.example")),
        "it was changed after it was saved"
    );
    assert_eq!(
        error_of(&text.replace("\"digest\"", "\"digests\"")),
        "it was changed after it was saved"
    );
}

#[test]
fn whitespace_between_members_does_not_matter() {
    let text = small().write().unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(SavedPlan::read(&json.to_string()).unwrap().0, small());
}

#[test]
fn unknown_member_is_rejected_despite_valid_digest() {
    let mut document: Map<_, _> = serde_json::from_str(&small().write().unwrap()).unwrap();
    document.shift_remove("digest");
    document.insert("approvedBy".into(), "someone".into());
    let Digest(digest) = digest(&document);
    document.insert("digest".into(), digest.into());
    assert_eq!(
        error_of(&Json::Object(document).to_string()),
        "this version of entraflow cannot read it: unknown field `approvedBy`, expected one of `version`, `created`, `tenant`, \
         `workingDirectory`, `input`, `ids`, `steps`, `remarks`"
    );
}

#[test]
fn plaintext_secret_is_masked_and_an_empty_one_kept() {
    let with = |secret: Secret| {
        let inner = Fields::from_iter([("password".into(), Value::Secret(secret))]);
        let fields = Fields::from_iter([("list".into(), Value::List(vec![Value::Map(inner)]))]);
        SavedInput {
            resources: Resources::from([(
                Address::new("thing", "a"),
                Resource {
                    fields,
                    ..Resource::default()
                },
            )]),
            ..SavedInput::default()
        }
    };
    let clear = |text: &str| Secret::From(SecretSource::PlainText(RedactedText::new(text)));
    assert_eq!(
        with(clear("hunter2")).without_plaintext_secrets(),
        with(Secret::Masked)
    );
    assert_eq!(with(clear("")).without_plaintext_secrets(), with(clear("")));
}

/// A plan with these steps, in which `apiConnector/A` has this id.
fn current(steps: &[(&str, Action, &str)], id: &str) -> Plan {
    let steps = steps.iter();
    let steps = steps.map(|(name, action, part)| samples::step_of(name, *action, part));
    let mut plan = samples::plan(steps.collect());
    let known: Address = "apiConnector/A".parse().unwrap();
    if let Some(first) = plan.steps.first_mut() {
        let path = PathTemplate(Vec::new()).id(&Reference::Address(known.clone()));
        first.operation = Operation::Request(Box::new(Request::without_body(
            Method::Delete,
            Version::V1,
            path,
        )));
    }
    plan.ids.insert(known, ObjectId::new(id));
    plan
}

/// How a plan differs from the saved form of another one: removed and added steps, and ids.
fn staleness(saved: &Plan, now: &Plan) -> Option<(Vec<usize>, Vec<usize>, Vec<String>)> {
    let tenant = small().tenant;
    let saved = SavedPlan::new(
        saved,
        tenant,
        PathBuf::new(),
        SavedInput::default(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    let stale = saved.stale(now)?;
    assert_eq!(stale.saved_steps, saved.steps);
    let recreated = stale.recreated.iter();
    let recreated = recreated.map(|(address, then, now)| {
        let (then, now) = (then.as_str(), now.as_str());
        format!("{address} {then} {now}")
    });
    Some((stale.removed, stale.added, recreated.collect()))
}

const STEPS: [(&str, Action, &str); 3] = [
    ("apiConnector/A", Action::Delete, ""),
    ("apiConnector/B", Action::Update, ""),
    ("apiConnector/B", Action::Add, "part"),
];

#[test]
fn plan_is_stale_if_any_step_or_id_differs() {
    let saved = current(&STEPS, "a");
    assert_eq!(staleness(&saved, &saved), None);
    let mut noted = saved.clone();
    noted.steps[0].notes = vec!["expires in 3 days".to_owned()];
    assert_eq!(staleness(&saved, &noted), None, "notes do not count");
    let recreated = vec!["apiConnector/A a new".to_owned()];
    let now = current(&STEPS, "new");
    assert_eq!(staleness(&saved, &now), Some((vec![], vec![], recreated)));
    let fewer = current(&STEPS[..2], "a");
    assert_eq!(staleness(&saved, &fewer), Some((vec![2], vec![], vec![])));
    assert_eq!(staleness(&fewer, &saved), Some((vec![], vec![2], vec![])));
    let mut reordered = saved.clone();
    reordered.steps.swap(1, 2);
    let same_steps = Some((vec![], vec![], vec![]));
    assert_eq!(staleness(&saved, &reordered), same_steps);
}

#[test]
fn step_is_the_same_only_if_every_part_is() {
    let saved = current(&STEPS, "a");
    let change = |edit: &dyn Fn(&mut Step)| {
        let mut now = saved.clone();
        edit(&mut now.steps[1]);
        staleness(&saved, &now)
    };
    let differs = || Some((vec![1], vec![1], vec![]));
    let other = "apiConnector/C".parse::<Address>().unwrap();
    assert_eq!(change(&|step| step.address = other.clone()), differs());
    assert_eq!(change(&|step| step.action = Action::Link), differs());
    assert_eq!(change(&|step| step.part = "x".to_owned()), differs());
    let changed = FieldChange {
        path: "targetUrl".to_owned(),
        before: None,
        after: None,
    };
    assert_eq!(
        change(&|step| step.changes = vec![changed.clone()]),
        differs()
    );
    let content = ContentChange {
        name: "page".to_owned(),
        before: None,
        after: None,
    };
    assert_eq!(
        change(&|step| step.content = Some(Box::new(content.clone()))),
        differs()
    );
    let path = PathTemplate(Vec::new()).literal("/x");
    let operation = Operation::Request(Box::new(Request::without_body(
        Method::Delete,
        Version::V1,
        path,
    )));
    assert_eq!(
        change(&|step| step.operation = operation.clone()),
        differs()
    );
}

#[test]
fn plaintext_secrets_are_those_that_requests_send_and_that_are_not_empty() {
    let with = |secret: SecretSource| {
        let mut plan = current(&STEPS, "a");
        let value = Value::Secret(Secret::From(secret));
        let body = Fields::from_iter([("password".into(), value)]);
        let path = PathTemplate(Vec::new());
        let request = Request::json(Method::Post, Version::V1, path, body);
        plan.steps[1].operation = Operation::Request(Box::new(request));
        plaintext_secrets(&plan).len()
    };
    let plain = |text: &str| SecretSource::PlainText(RedactedText::new(text));
    assert_eq!(with(plain("hunter2")), 1);
    assert_eq!(with(plain("")), 0);
    let env = SecretSource::Env {
        env: "PASSWORD".to_owned(),
        encoding: Encoding::Text,
        allow_unusual: false,
    };
    assert_eq!(with(env), 0);
}

#[test]
fn reopened_plan_says_what_the_plan_said() {
    let address: Address = "apiConnector/a".parse().unwrap();
    let mut plan = crate::plan::samples::plan(Vec::new());
    plan.warnings.push("a warning".to_owned());
    plan.notes.push("a note".to_owned());
    plan.unmanaged.insert(address.clone());
    plan.selection.left_out.insert(address);
    let tenant = SavedTenant {
        name: "t".into(),
        document: "tenant.yaml".into(),
        tenant_id: "t.example".into(),
        r#type: TenantType::Workforce,
        cloud: "emulator".into(),
    };
    let (home, input) = (FilePath::new("/home").into(), SavedInput::default());
    let saved = SavedPlan::new(&plan, tenant, home, input, jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(saved.to_plan(plan.target.clone()), plan);
}
