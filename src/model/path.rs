//! `FieldPath`: the path from an object to a value inside it, `userAttributeAssignments[city].isOptional`.
//!
//! A path does not imply that the value exists.

use std::fmt;

/// The path from an object to a field, a member of a set or an item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<PathSegment>);

/// One segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSegment {
    /// A field, by name.
    Field(String),
    /// A member of a set or an item of a list, by name.
    Item(String),
}

impl FieldPath {
    /// The path to a field, written with dots between the names.
    pub fn of_fields(dotted: &str) -> Self {
        let names = dotted.split('.').filter(|name| !name.is_empty());
        Self(
            names
                .map(|name| PathSegment::Field(name.to_owned()))
                .collect(),
        )
    }

    /// This path, extended by fields written with dots between the names.
    pub fn fields(&self, dotted: &str) -> Self {
        let Self(more) = Self::of_fields(dotted);
        Self(self.0.iter().cloned().chain(more).collect())
    }

    /// This path, extended by a field whose name may contain dots.
    pub fn field(&self, name: &str) -> Self {
        self.then(PathSegment::Field(name.to_owned()))
    }

    /// This path, extended by a member or an item.
    pub fn item(&self, name: &str) -> Self {
        self.then(PathSegment::Item(name.to_owned()))
    }

    fn then(&self, segment: PathSegment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// The segments, in order.
    pub fn segments(&self) -> &[PathSegment] {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                PathSegment::Field(name) if index == 0 => out.write_str(name)?,
                PathSegment::Field(name) => write!(out, ".{name}")?,
                PathSegment::Item(name) => write!(out, "[{name}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_path_displays_dots_and_brackets() {
        let path = FieldPath::of_fields("languages")
            .item("fr")
            .fields("a.b")
            .field("c.d");
        assert_eq!(path.to_string(), "languages[fr].a.b.c.d");
        assert_eq!(path.segments().len(), 5);
    }
}
