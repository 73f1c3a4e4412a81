//! Values: a type, a content, and marks. A value is immutable and cheap to clone. Making one, looking into one and comparing two is
//! here; what operators do with them is in [`ops`](crate::ops).

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::{Mark, Marks, Number, Type, set};

/// Something only Rust code understands.
pub type Capsule = Arc<dyn Any + Send + Sync>;

/// A value of the language. May be null, and may be unknown: a promise that there will be a value of this type.
#[derive(Clone)]
pub struct Value {
    ty: Type,
    kind: Kind,
    marks: Marks,
}

#[derive(Clone)]
enum Kind {
    Null,
    Unknown { not_null: bool },
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Elements(Arc<[Value]>),
    Entries(Arc<BTreeMap<Arc<str>, Value>>),
    Capsule(Capsule),
}

/// Making values.
impl Value {
    fn new(ty: Type, kind: Kind) -> Value {
        Value { ty, kind, marks: Marks::NONE }
    }

    /// The null of this type.
    pub fn null(ty: Type) -> Value {
        Value::new(ty, Kind::Null)
    }

    /// A value of this type that is not known yet and may turn out null.
    pub fn unknown(ty: Type) -> Value {
        Value::new(ty, Kind::Unknown { not_null: false })
    }

    /// A value of this type that is not known yet but will not be null.
    pub fn unknown_not_null(ty: Type) -> Value {
        Value::new(ty, Kind::Unknown { not_null: true })
    }

    /// A value of which not even the type is known.
    pub fn dynamic() -> Value {
        Value::unknown(Type::Dynamic)
    }

    /// A bool.
    pub fn bool(value: bool) -> Value {
        Value::new(Type::Bool, Kind::Bool(value))
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Value {
        Value::new(Type::Number, Kind::Number(value.into()))
    }

    /// A string, NFC-normalised.
    pub fn string(text: impl AsRef<str>) -> Value {
        Value::new(Type::String, Kind::String(normalised(text.as_ref())))
    }

    /// A string just as it is. For text that only passes through: in the language, texts that look the same must be equal.
    pub fn verbatim(text: impl Into<Arc<str>>) -> Value {
        Value::new(Type::String, Kind::String(text.into()))
    }

    /// A list. The elements must have type `element` already.
    pub fn list(element: Type, elements: Vec<Value>) -> Value {
        Value::new(Type::list(element), Kind::Elements(elements.into()))
    }

    /// A set: sorted, equal elements once. The elements must have type `element` already. Their marks become marks of the set, for
    /// two equal elements could not keep different ones.
    pub fn set(element: Type, elements: Vec<Value>) -> Value {
        let marks = elements.iter().fold(Marks::NONE, |marks, element| marks.union(&element.deep_marks()));
        let elements = if marks.is_empty() {
            elements
        } else {
            elements.into_iter().map(|element| element.without_marks()).collect()
        };
        Value::new(Type::set(element), Kind::Elements(set::arrange(elements).into())).with_marks(&marks)
    }

    /// A map. The elements must have type `element` already.
    pub fn map(element: Type, entries: BTreeMap<Arc<str>, Value>) -> Value {
        Value::new(Type::map(element), Kind::Entries(Arc::new(normalised_keys(entries))))
    }

    /// A tuple.
    pub fn tuple(elements: Vec<Value>) -> Value {
        let ty = Type::tuple(elements.iter().map(|element| element.ty.clone()));
        Value::new(ty, Kind::Elements(elements.into()))
    }

    /// An object.
    pub fn object(attributes: BTreeMap<Arc<str>, Value>) -> Value {
        let attributes = normalised_keys(attributes);
        let ty = Type::object(attributes.iter().map(|(name, value)| (name.clone(), value.ty.clone())));
        Value::new(ty, Kind::Entries(Arc::new(attributes)))
    }

    /// `{}`.
    pub fn empty_object() -> Value {
        Value::object(BTreeMap::new())
    }

    /// `[]`.
    pub fn empty_tuple() -> Value {
        Value::tuple(Vec::new())
    }

    /// Wraps what only Rust code understands; `kind` names what it is.
    pub fn capsule(kind: &'static str, content: Capsule) -> Value {
        Value::new(Type::Capsule(kind), Kind::Capsule(content))
    }
}

/// Looking into values. Marks are left aside except where they are named.
impl Value {
    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Whether it is known, itself; parts of it may be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown { .. })
    }

    /// Whether it and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown { .. } => false,
            Kind::Elements(elements) => elements.iter().all(Value::is_wholly_known),
            Kind::Entries(entries) => entries.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    /// Whether it is null or might turn out to be.
    pub fn may_be_null(&self) -> bool {
        matches!(self.kind, Kind::Null | Kind::Unknown { not_null: false })
    }

    /// The bool, if it is one, known and not null.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is one, known and not null.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The string, if it is one, known and not null.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a known list, set (in its order) or tuple.
    pub fn elements(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::Elements(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn entries(&self) -> Option<&BTreeMap<Arc<str>, Value>> {
        match &self.kind {
            Kind::Entries(entries) => Some(entries),
            _ => None,
        }
    }

    /// The attribute `name` of a known object.
    pub fn get_attr(&self, name: &str) -> Option<&Value> {
        match (&self.ty, &self.kind) {
            (Type::Object(_), Kind::Entries(entries)) => entries.get(name),
            _ => None,
        }
    }

    /// The content of a known capsule, if it is a `T`.
    pub fn as_capsule<T: Any + Send + Sync>(&self) -> Option<&T> {
        match &self.kind {
            Kind::Capsule(content) => content.downcast_ref(),
            _ => None,
        }
    }

    /// Whether its type has elements to iterate over. It may still be null or unknown.
    pub fn can_iterate(&self) -> bool {
        self.ty.is_collection() || matches!(self.ty, Type::Tuple(_) | Type::Object(_))
    }

    /// Key and element of everything in it, marked as the whole is: index and element of lists and tuples, key and element of
    /// maps and objects sorted by key, the element twice of sets. Nothing if it is null, unknown or has no elements.
    pub fn iter(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        let set = matches!(self.ty, Type::Set(_));
        let elements = self.elements().unwrap_or_default().iter().enumerate().map(move |(index, element)| {
            let key = if set { element.clone() } else { Value::number(index) };
            (key, element.clone())
        });
        let entries = self.entries().into_iter().flatten();
        elements
            .chain(entries.map(|(key, element)| (Value::string(key), element.clone())))
            .map(|(key, element)| (key.with_marks(&self.marks), element.with_marks(&self.marks)))
    }
}

/// Marks.
impl Value {
    /// Its own marks, without those of its parts.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Its own marks and those of all its parts.
    pub fn deep_marks(&self) -> Marks {
        match &self.kind {
            Kind::Elements(elements) => {
                elements.iter().fold(self.marks.clone(), |marks, element| marks.union(&element.deep_marks()))
            }
            Kind::Entries(entries) => {
                entries.values().fold(self.marks.clone(), |marks, element| marks.union(&element.deep_marks()))
            }
            _ => self.marks.clone(),
        }
    }

    /// The value with one more mark.
    pub fn marked(self, mark: Mark) -> Value {
        self.with_marks(&Marks::from(mark))
    }

    /// The value with these marks, too.
    pub fn with_marks(self, marks: &Marks) -> Value {
        if marks.is_empty() {
            return self;
        }
        Value { marks: self.marks.union(marks), ..self }
    }

    /// The value without marks, on it and on its parts.
    pub fn without_marks(&self) -> Value {
        if self.deep_marks().is_empty() {
            return self.clone();
        }
        let kind = match &self.kind {
            Kind::Elements(elements) => Kind::Elements(elements.iter().map(Value::without_marks).collect()),
            Kind::Entries(entries) => Kind::Entries(Arc::new(
                entries.iter().map(|(key, element)| (key.clone(), element.without_marks())).collect(),
            )),
            other => other.clone(),
        };
        Value::new(self.ty.clone(), kind)
    }
}

/// Comparing.
impl Value {
    /// The `==` of the language. Nothing is converted: values of different types are unequal, except that null equals null of any
    /// type. Unknown where the outcome depends on something unknown. Marked with all marks of both.
    pub fn equals(&self, other: &Value) -> Value {
        let marks = self.deep_marks().union(&other.deep_marks());
        match self.compare(other) {
            Some(equal) => Value::bool(equal),
            None => Value::unknown_not_null(Type::Bool),
        }
        .with_marks(&marks)
    }

    /// Whether they are equal; `None` if that is not known.
    fn compare(&self, other: &Value) -> Option<bool> {
        if (self.is_null() && !other.may_be_null()) || (other.is_null() && !self.may_be_null()) {
            return Some(false);
        }
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => Some(true),
            (Kind::Unknown { .. }, Kind::Unknown { .. }) | (Kind::Null, _) | (_, Kind::Null) => None,
            (Kind::Unknown { .. }, _) | (_, Kind::Unknown { .. }) => {
                let certain = !self.ty.has_dynamic() && !other.ty.has_dynamic() && self.ty != other.ty;
                certain.then_some(false)
            }
            (Kind::Elements(a), Kind::Elements(b)) => {
                if !same_kind(&self.ty, &other.ty) {
                    return Some(false);
                }
                if matches!(self.ty, Type::Set(_)) && !(self.is_wholly_known() && other.is_wholly_known()) {
                    return None;
                }
                if a.len() != b.len() {
                    return Some(false);
                }
                all_equal(a.iter().zip(b.iter()))
            }
            (Kind::Entries(a), Kind::Entries(b)) => {
                if !same_kind(&self.ty, &other.ty) || !a.keys().eq(b.keys()) {
                    return Some(false);
                }
                all_equal(a.values().zip(b.values()))
            }
            _ => Some(self == other),
        }
    }
}

/// Whether two compound types may have equal values: collections need the same element type, for tuples and objects the parts decide.
fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            a == b || a.has_dynamic() || b.has_dynamic()
        }
        (Type::Tuple(_), Type::Tuple(_)) | (Type::Object(_), Type::Object(_)) => true,
        _ => false,
    }
}

/// One certain difference decides, whatever is unknown beside it.
fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut result = Some(true);
    for (a, b) in pairs.by_ref() {
        match a.compare(b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

/// Structural equality: same type, same content, unknown equals unknown. Marks do not count. The `==` of the language is
/// [`equals`](Value::equals).
impl Value {
    /// About how many bytes the value would take if it shared nothing with itself, as it does when it is written down. Once that is
    /// more than `limit` the rest is not looked at.
    pub fn weight(&self, limit: usize) -> usize {
        /// A number, a name, an empty list.
        const PART: usize = 96;
        let add = |sum: usize, part: &Value| if sum > limit { sum } else { sum + part.weight(limit - sum) };
        match &self.kind {
            Kind::String(text) => PART + text.len(),
            Kind::Elements(elements) => elements.iter().fold(PART, add),
            Kind::Entries(entries) => entries
                .iter()
                .fold(PART, |sum, (key, value)| add(sum.saturating_add(PART + key.len()), value)),
            _ => PART,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        if self.ty != other.ty {
            return false;
        }
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Unknown { not_null: a }, Kind::Unknown { not_null: b }) => a == b,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a == b,
            (Kind::String(a), Kind::String(b)) => a == b,
            (Kind::Elements(a), Kind::Elements(b)) => a == b,
            (Kind::Entries(a), Kind::Entries(b)) => a == b,
            (Kind::Capsule(a), Kind::Capsule(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Value {}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Null => write!(f, "null({})", self.ty)?,
            Kind::Unknown { not_null } => {
                write!(f, "unknown({}{})", self.ty, if *not_null { ", not null" } else { "" })?;
            }
            Kind::Bool(value) => write!(f, "{value}")?,
            Kind::Number(number) => write!(f, "{number}")?,
            Kind::String(text) => write!(f, "{text:?}")?,
            Kind::Elements(elements) => {
                if let Type::List(element) | Type::Set(element) = &self.ty {
                    let kind = if matches!(self.ty, Type::List(_)) { "list" } else { "set" };
                    write!(f, "{kind}({element})")?;
                }
                f.debug_list().entries(elements.iter()).finish()?;
            }
            Kind::Entries(entries) => {
                if let Type::Map(element) = &self.ty {
                    write!(f, "map({element})")?;
                }
                f.debug_map().entries(entries.iter()).finish()?;
            }
            Kind::Capsule(_) => write!(f, "capsule({})", self.ty)?,
        }
        for mark in self.marks.iter() {
            write!(f, "#{}", mark.name)?;
        }
        Ok(())
    }
}

fn is_normalised(text: &str) -> bool {
    text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

fn normalised(text: &str) -> Arc<str> {
    if is_normalised(text) { Arc::from(text) } else { text.nfc().collect::<String>().into() }
}

fn normalised_keys(entries: BTreeMap<Arc<str>, Value>) -> BTreeMap<Arc<str>, Value> {
    if entries.keys().all(|key| is_normalised(key)) {
        return entries;
    }
    entries.into_iter().map(|(key, value)| (normalised(&key), value)).collect()
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::bool(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        Value::number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::string(text)
    }
}
