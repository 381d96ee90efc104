//! What goes into the text of a saved plan comes out of it again, and nothing else is taken for one.

use std::path::Path as FilePath;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::diff::ContentChange;
use crate::model::strategies::named;
use crate::model::{
    Discipline, Encoding, FieldChange, Hidden, Item, Items, Method, Presence, SavedFile, Version,
};
use crate::plan::{Action, Body, Fill, Mark, Part, Path, Request, Segment, Target, Work};

/// Texts with all that JSON and terminals find hard.
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
        1 => Secret::From(SecretSource::Clear(Hidden::new(""))),
        2 => Secret::From(SecretSource::File {
            file: text.into(),
            encoding,
        }),
        _ => Secret::From(SecretSource::Env {
            env: text,
            encoding,
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
        text().prop_map(Segment::Text),
        text().prop_map(Segment::Name),
        reference().prop_map(Segment::Id),
    ];
    let body = prop_oneof![
        Just(Body::None),
        fields().prop_map(Body::Json),
        text().prop_map(Body::Document),
        (text(), reference()).prop_map(|(collection, target)| Body::Link {
            version: Version::Beta,
            collection,
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
    let path = || vec(segment.clone(), 0..3).prop_map(Path);
    let mark = (path(), reference(), any::<bool>()).prop_map(|(list, member, empty_is_refused)| {
        Box::new(Mark {
            list,
            member,
            key: "appId".to_owned(),
            empty_is_refused,
        })
    });
    let parts = (method, path(), body, option::of(mark));
    parts.prop_map(|(method, path, body, mark)| Request {
        method,
        version: Version::V1,
        path,
        body,
        mark,
    })
}

fn work() -> impl Strategy<Value = Work> {
    let part = (reference(), request(), request()).prop_map(|(key, create, update)| Part {
        key,
        create,
        update,
    });
    let fill =
        (request(), vec(part, 0..2), option::of(request())).prop_map(|(read, parts, order)| {
            let list = read.path.clone();
            Work::Fill(Box::new(Fill {
                read,
                parts,
                list,
                order,
            }))
        });
    prop_oneof![request().prop_map(Work::One), fill]
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
            content,
            notes: vec![text],
            work,
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
        discipline: Discipline::Keyed,
        items,
    });
    (
        fields(),
        named(text(), btree_set(reference(), 0..2), 0..2),
        named(text(), option::of(reference()), 0..2),
        named(text(), items, 0..2),
    )
        .prop_map(|(fields, links, slots, items)| Resource {
            fields,
            links,
            slots,
            items,
        })
}

fn saved() -> impl Strategy<Value = Saved> {
    let asked = (
        btree_map(address(), resource(), 0..2),
        btree_set(address(), 0..2),
        btree_map(address(), id(), 0..2),
        option::of(0..9_usize),
    )
        .prop_map(|(resources, absent, pins, allow_deletes)| Asked {
            resources,
            allow_replace: absent.clone(),
            absent,
            pins,
            allow_deletes,
        });
    (asked, vec(step(), 0..3), text()).prop_map(|(asked, steps, text)| Saved {
        version: text.clone(),
        tenant: SavedTenant {
            document: text.clone().into(),
            tenant_id: text.clone(),
            r#type: TenantType::External,
            cloud: text.clone(),
        },
        made_in: text.into(),
        ids: asked.pins.clone(),
        asked,
        steps,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_read_is_what_was_written(saved in saved()) {
        let text = saved.write().unwrap();
        let (read, _) = Saved::read(&text).unwrap();
        prop_assert_eq!(&read, &saved);
        // Addresses and ids are equal in any case; their texts are not.
        prop_assert_eq!(read.write().unwrap(), text);
    }
}

fn small() -> Saved {
    let plan = Plan {
        target: Target {
            name: "t".into(),
            tenant_id: "t.example".into(),
            tenant_type: TenantType::Workforce,
            cloud: "nowhere".into(),
        },
        steps: Vec::new(),
        objections: Vec::new(),
        expected: Resources::new(),
        lost: Resources::new(),
        gone: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        unknown_secrets: BTreeSet::new(),
        ids: BTreeMap::new(),
    };
    let tenant = SavedTenant {
        document: "tenant.yaml".into(),
        tenant_id: "t.example".into(),
        r#type: TenantType::Workforce,
        cloud: "emulator".into(),
    };
    Saved::new(
        &plan,
        tenant,
        FilePath::new("/home").into(),
        Asked::default(),
    )
}

/// The error and its cause, as a user reads them.
fn told(text: &str) -> String {
    let error = Saved::read(text).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[test]
fn the_mark_and_the_format_come_first() {
    let text = small().write().unwrap();
    let start = "{\n  \"entraflowPlan\": \"made by `entraflow plan --out`; `entraflow apply` takes it only as it is\",\n  \"format\": 1,\n";
    assert_eq!(&text[..start.len()], start);
    assert_eq!(SavedFile::of(&text), Some(SavedFile::Plan));
}

#[test]
fn no_beginning_of_a_saved_plan_is_one() {
    let text = small().write().unwrap();
    for end in 0..text.trim_end().len() {
        assert!(Saved::read(&text[..end]).is_err(), "{end} bytes were taken");
    }
    assert_eq!(
        told(&text[..100]),
        "it is damaged, or not whole: EOF while parsing a string at line 3 column 3"
    );
}

#[test]
fn no_other_text_is_taken_for_a_saved_plan() {
    let text = small().write().unwrap();
    assert_eq!(told("[]"), "it is no saved plan");
    assert_eq!(told("{\"kind\": \"tenant\"}"), "it is no saved plan");
    assert_eq!(
        told(&text.replace("\"format\": 1", "\"format\": 2")),
        "its format is 2, and this entraflow reads format 1"
    );
    assert_eq!(
        told(&text.replace("t.example", "u.example")),
        "it is not as it was saved"
    );
    assert_eq!(
        told(&text.replace("\"digest\"", "\"digests\"")),
        "it is not as it was saved"
    );
}

#[test]
fn white_space_between_the_members_does_not_matter() {
    let text = small().write().unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(Saved::read(&json.to_string()).unwrap().0, small());
}

#[test]
fn a_member_that_is_not_known_is_refused_though_the_digest_is_right() {
    let mut document: Map<_, _> = serde_json::from_str(&small().write().unwrap()).unwrap();
    document.shift_remove("digest");
    document.insert("approvedBy".into(), "nobody".into());
    let Digest(digest) = digest(&document);
    document.insert("digest".into(), digest.into());
    assert_eq!(
        told(&Json::Object(document).to_string()),
        "this entraflow does not understand it: unknown field `approvedBy`, expected one of `version`, `tenant`, \
         `madeIn`, `asked`, `ids`, `steps`"
    );
}

#[test]
fn a_secret_in_clear_is_masked_where_nothing_sends_it_and_an_empty_one_stays() {
    let with = |secret: Secret| {
        let inner = Fields::from_iter([("password".into(), Value::Secret(secret))]);
        let fields = Fields::from_iter([("list".into(), Value::List(vec![Value::Map(inner)]))]);
        Asked {
            resources: Resources::from([(
                Address::new("thing", "a"),
                Resource {
                    fields,
                    ..Resource::default()
                },
            )]),
            ..Asked::default()
        }
    };
    let clear = |text: &str| Secret::From(SecretSource::Clear(Hidden::new(text)));
    assert_eq!(
        with(clear("hunter2")).without_clear_secrets(),
        with(Secret::Masked)
    );
    assert_eq!(with(clear("")).without_clear_secrets(), with(clear("")));
}
