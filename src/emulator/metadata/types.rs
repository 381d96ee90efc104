//! The types of the user-flow family as data: which properties exist, of which type, and who may write them when.
//! Never looks at a request or an answer: `check` and `view` do. The types themselves are in `type_table`.

use crate::emulator::metadata::tables::TABLES;

/// A complex or entity type.
pub(crate) struct Type {
    /// Name without namespace, as the metadata writes it.
    pub(crate) name: &'static str,
    pub(crate) base: Option<&'static str>,
    /// A body of an abstract type has to name a derived one in `@odata.type`.
    pub(crate) is_abstract: bool,
    pub(crate) properties: &'static [Property],
}

/// One property of a type.
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    /// Comes back as asterisks.
    pub(crate) secret: bool,
    /// Exists in beta only.
    pub(crate) beta: bool,
    /// Exists in beta only, but answers of v1.0 show it all the same.
    pub(crate) shown_early: bool,
    /// Answers write the enum value in PascalCase, as the pages show.
    pub(crate) pascal: bool,
}

/// What a property holds.
pub(crate) enum Kind {
    String,
    Boolean,
    Single,
    Int32,
    Int64,
    Int32s,
    Enum(&'static [&'static str]),
    Strings,
    Complex(&'static str),
    Complexes(&'static str),
    /// A navigation property to one object; bodies name it by `id` or `@odata.id`.
    Reference(&'static str),
    /// A navigation property to many objects.
    References(&'static str),
}

/// When a property may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Always,
    OnCreate,
    Never,
}

impl Type {
    /// The property of this name, compared without regard to case, own ones before inherited ones.
    pub(crate) fn property(&'static self, name: &str) -> Option<&'static Property> {
        let own = self
            .properties
            .iter()
            .find(|property| property.name.eq_ignore_ascii_case(name));
        own.or_else(|| self.base.and_then(named)?.property(name))
    }

    /// Every property, inherited ones last and without those that the type states anew.
    pub(crate) fn all_properties(&'static self) -> Vec<&'static Property> {
        let mut all: Vec<_> = self.properties.iter().collect();
        for inherited in self
            .base
            .and_then(named)
            .map(Type::all_properties)
            .unwrap_or_default()
        {
            if all.iter().all(|own| own.name != inherited.name) {
                all.push(inherited);
            }
        }
        all
    }

    /// Whether this type is `ancestor` or derives from it.
    pub(crate) fn is_a(&'static self, ancestor: &str) -> bool {
        self.name == ancestor
            || self
                .base
                .and_then(named)
                .is_some_and(|base| base.is_a(ancestor))
    }

    /// The value of `@odata.type`.
    pub(crate) fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.name)
    }
}

/// The type that an `@odata.type` or a cast segment means: with or without `#`, in any case, with the short namespace
/// of the SDKs or the long one of the draft pages.
pub(crate) fn named(name: &str) -> Option<&'static Type> {
    let lower = name.trim_start_matches('#').to_ascii_lowercase();
    let bare = [
        "microsoft.graph.",
        "graph.",
        "microsoft.cpim.api.datamodels.",
    ]
    .iter()
    .find_map(|namespace| lower.strip_prefix(namespace))
    .unwrap_or(&lower);
    // Names that pages use for a type which the metadata calls otherwise.
    let bare = match bare {
        "builtinuserflowattribute" => "identityBuiltInUserFlowAttribute",
        "customuserflowattribute" => "identityCustomUserFlowAttribute",
        "invokeuserflowaction" => "invokeUserFlowListener",
        other => other,
    };
    TABLES
        .into_iter()
        .flatten()
        .find(|candidate| candidate.name.eq_ignore_ascii_case(bare))
}
