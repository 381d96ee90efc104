//! A type of the emulated API: its properties, their types, and when requests may write them.
//! Holds no type itself: `tables` does.

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
    pub(crate) property_type: PropertyType,
    pub(crate) mutability: Mutability,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    /// The value of a policy that was not changed, as text.
    pub(crate) default: Option<&'static str>,
    /// Reads return asterisks.
    pub(crate) secret: bool,
    /// Exists in beta only.
    pub(crate) beta: bool,
    /// Exists in beta only, but responses of v1.0 return it too.
    pub(crate) returned_in_v1: bool,
    /// Responses write the enum value in PascalCase, as the pages show.
    pub(crate) pascal_case: bool,
}

/// The type of a property.
pub(crate) enum PropertyType {
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
pub(crate) enum Mutability {
    Always,
    OnCreate,
    Never,
}

impl Type {
    /// The value of `@odata.type`.
    pub(crate) fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.name)
    }
}
