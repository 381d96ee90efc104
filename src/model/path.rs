//! `FieldPath`: the way from an object to something inside it, `userAttributeAssignments[city].isOptional`.
//!
//! It says nothing of what is there, or whether anything is.

use std::fmt;

/// The way from an object to a field, a member of a set or a part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<Turn>);

/// One turn of a way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// To a field of this name.
    Field(String),
    /// To the member or part of this name.
    Item(String),
}

impl FieldPath {
    /// The way to a field, its names divided by dots.
    pub fn of_fields(dotted: &str) -> Self {
        let names = dotted.split('.').filter(|name| !name.is_empty());
        Self(names.map(|name| Turn::Field(name.to_owned())).collect())
    }

    /// The way on to a field, its names divided by dots.
    pub fn fields(&self, dotted: &str) -> Self {
        let Self(more) = Self::of_fields(dotted);
        Self(self.0.iter().cloned().chain(more).collect())
    }

    /// The way on to a field whose name may hold dots.
    pub fn field(&self, name: &str) -> Self {
        self.then(Turn::Field(name.to_owned()))
    }

    /// The way on to a member or part.
    pub fn item(&self, name: &str) -> Self {
        self.then(Turn::Item(name.to_owned()))
    }

    fn then(&self, turn: Turn) -> Self {
        Self(self.0.iter().cloned().chain([turn]).collect())
    }

    /// The turns, in order.
    pub fn turns(&self) -> &[Turn] {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, turn) in self.0.iter().enumerate() {
            match turn {
                Turn::Field(name) if index == 0 => out.write_str(name)?,
                Turn::Field(name) => write!(out, ".{name}")?,
                Turn::Item(name) => write!(out, "[{name}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_people_read_it() {
        let path = FieldPath::of_fields("languages")
            .item("fr")
            .fields("a.b")
            .field("c.d");
        assert_eq!(path.to_string(), "languages[fr].a.b.c.d");
        assert_eq!(path.turns().len(), 5);
    }
}
