//! The parts of an object that are read and written apart from it: links, single references, contained lists.
//!
//! Plain data. `live` reads the parts, `plan` turns their changes into requests.

use crate::model::{ListSemantics, Value, Version};

/// The parts of an object that are read, and mostly written, apart from its own properties.
pub struct Parts {
    /// Links: sets of references to other objects.
    pub links: &'static [Link],
    /// Single references to other objects.
    pub single_refs: &'static [SingleRefs],
    /// Contained lists.
    pub lists: &'static [List],
    /// The path of the list of uploaded certificates.
    pub certificates: Option<&'static str>,
}

impl Parts {
    /// For objects without such parts.
    pub const NONE: Self = Self {
        links: &[],
        single_refs: &[],
        lists: &[],
        certificates: None,
    };
}

/// A link: a set of references, changed one member at a time.
pub struct Link {
    /// The field in the file.
    pub field: &'static str,
    /// The version in which the path is documented.
    pub version: Version,
    /// The path below the object.
    pub path: &'static str,
    /// How members are added and removed.
    pub member: Member,
    /// Whether the create request contains the members.
    pub at_creation: AtCreation,
    /// Whether Graph returns 400 instead of an empty list.
    pub empty_is_refused: bool,
    /// Whether an object can be a member of one set only.
    pub exclusive: bool,
    /// Whether a listing of the objects contains the members, so that no extra request is needed.
    pub is_listed: bool,
}

impl Link {
    /// The defaults, from which each link differs.
    pub const PLAIN: Self = Self {
        field: "",
        version: Version::V1,
        path: "",
        member: Member::Ref,
        at_creation: AtCreation::Never,
        empty_is_refused: false,
        exclusive: false,
        is_listed: false,
    };

    /// The properties on the path from the object to the members in a listing, without the type casts of the request
    /// path.
    pub fn listing_path(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.path.split('/');
        steps.filter(|step| !step.starts_with("microsoft.graph."))
    }

    /// The property that identifies a member.
    pub fn key(&self) -> &'static str {
        match self.member {
            Member::Ref => "id",
            Member::Object(key) => key,
        }
    }
}

/// Whether the create request of an object contains its references.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AtCreation {
    /// It does not.
    Never,
    /// It contains them at the path of the field, and Graph keeps them.
    Kept,
    /// It contains them as objects with an id, and Graph may ignore them: those that it did not keep are linked afterwards.
    Attempted,
}

/// How members of a link are added and removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `POST $ref` and `DELETE {id}/$ref`.
    Ref,
    /// `POST` of an object with the id in this property, and `DELETE {id}`.
    Object(&'static str),
}

/// Single references to other objects, set by `PUT {step}/$ref`.
pub struct SingleRefs {
    /// The field in the file; its own fields are the steps.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// The query that reading requires.
    pub query: &'static str,
    /// Whether the create request contains the references.
    pub at_creation: AtCreation,
}

/// A contained list.
pub struct List {
    /// The field in the file.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// The key field of an item.
    pub key: &'static str,
    /// How the list is merged.
    pub semantics: ListSemantics,
    /// How items are created and updated.
    pub methods: WriteMethods,
    /// Fields that Graph requires to create an item, although a file may omit them.
    pub defaults: &'static [(&'static str, ImplicitValue)],
    /// Whether items can be deleted.
    pub removable: bool,
    /// How the order is read and set.
    pub order: Option<Order>,
    /// The documents of each item.
    pub contents: Option<Contents>,
    /// The field of the object that must be true before Graph accepts items.
    pub switch: Option<&'static str>,
    /// The message if a file requires an operation that Graph does not offer.
    pub limits: &'static str,
}

/// How the items of a list are created and updated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WriteMethods {
    /// `POST` to the list creates an item, `PATCH` updates it.
    PostAndPatch,
    /// `PUT` creates and updates an item.
    Put,
    /// Graph documents no method.
    None,
}

/// The value of a field that Graph requires to create an item, if the file omits it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ImplicitValue {
    /// `false`.
    False,
    /// `[]`.
    EmptyList,
}

impl ImplicitValue {
    /// The value.
    pub fn value(self) -> Value {
        match self {
            Self::False => Value::Bool(false),
            Self::EmptyList => Value::List(Vec::new()),
        }
    }
}

/// How the order of a list is read and set.
pub struct Order {
    /// The function that returns the order.
    pub read: &'static str,
    /// The action that sets it.
    pub write: &'static str,
    /// The property with the order in the action's body.
    pub wrapper: &'static str,
}

/// The documents of an item, each a media stream.
pub struct Contents {
    /// The field in the file: a map from names to documents.
    pub field: &'static str,
    /// The path below the item.
    pub path: &'static str,
    /// The document that Graph returns if there is none, as text in normal form.
    pub empty: &'static str,
}
