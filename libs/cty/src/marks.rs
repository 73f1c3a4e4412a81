//! Marks: notes on values that travel through every operation to whatever is made of the value. What a mark says is up to who
//! sets it; this library only carries marks along and never drops one.

use std::sync::Arc;

use diag::Span;

/// One note: a name, and the place it speaks of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mark {
    /// What is noted.
    pub name: &'static str,
    /// Where it comes from.
    pub span: Option<Span>,
}

/// A set of marks. Most values have none, so none costs nothing, and next to no room: there may be very many values.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Marks(Option<Arc<Vec<Mark>>>);

impl Marks {
    /// No marks.
    pub const NONE: Marks = Marks(None);

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Mark> {
        self.0.iter().flat_map(|marks| marks.iter())
    }

    /// Whether a mark of this name is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|mark| mark.name == name)
    }

    /// Those of either.
    pub fn union(&self, other: &Marks) -> Marks {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => self.clone(),
            (Some(a), Some(b)) => a.iter().chain(b.iter()).cloned().collect(),
        }
    }
}

impl FromIterator<Mark> for Marks {
    fn from_iter<I: IntoIterator<Item = Mark>>(marks: I) -> Marks {
        let mut marks: Vec<Mark> = marks.into_iter().collect();
        marks.sort();
        marks.dedup();
        Marks(if marks.is_empty() { None } else { Some(Arc::new(marks)) })
    }
}

impl From<Mark> for Marks {
    fn from(mark: Mark) -> Marks {
        Marks::from_iter([mark])
    }
}
