//! Types: what a value is, and what a value is asked to be. In the second role `Dynamic` means "any" and objects may have
//! optional attributes. Parsing of type expressions is left to the language.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::Value;

/// The type of a value, or the type a value shall be converted to. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// Not known yet; as a wish: any.
    Dynamic,
    /// True or false.
    Bool,
    /// See [`Number`](crate::Number).
    Number,
    /// Unicode text, NFC-normalised.
    String,
    /// Elements of one type, in order.
    List(Arc<Type>),
    /// Distinct elements of one type, without order.
    Set(Arc<Type>),
    /// Elements of one type, by string keys.
    Map(Arc<Type>),
    /// A fixed number of elements, each with its own type.
    Tuple(Arc<[Type]>),
    /// A fixed set of attributes, each with its own type.
    Object(Arc<ObjectType>),
    /// Something the language only passes on, by the name of its kind.
    Capsule(&'static str),
}

/// The attributes of an object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectType {
    /// All attributes, optional ones too.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// Which attributes may be missing, and what they are then: the default, or null. Only in types that are asked for; the type of
    /// a value has none.
    pub optional: BTreeMap<Arc<str>, Option<Value>>,
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// A tuple of these.
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Type {
        Type::Tuple(elements.into_iter().collect())
    }

    /// An object with these attributes, none optional.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Type {
        let attributes = attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        Type::Object(Arc::new(ObjectType { attributes, optional: BTreeMap::new() }))
    }

    /// Whether it is bool, number or string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether it is list, set or map: elements of one type, however many.
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// Whether it is the type of what is not known, itself.
    pub fn is_dynamic(&self) -> bool {
        matches!(self, Type::Dynamic)
    }

    /// Whether a dynamic type is anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        self.any(&|ty| ty.is_dynamic())
    }

    /// Whether an object anywhere in it has an optional attribute.
    pub fn has_optional(&self) -> bool {
        self.any(&|ty| matches!(ty, Type::Object(object) if !object.optional.is_empty()))
    }

    fn any(&self, test: &dyn Fn(&Type) -> bool) -> bool {
        test(self)
            || match self {
                Type::List(element) | Type::Set(element) | Type::Map(element) => element.any(test),
                Type::Tuple(elements) => elements.iter().any(|ty| ty.any(test)),
                Type::Object(object) => object.attributes.values().any(|ty| ty.any(test)),
                Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Capsule(_) => false,
            }
    }

    /// The type that values converted to this one have: no attribute is optional any more.
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Type::List(element) => Type::list(element.without_optional()),
            Type::Set(element) => Type::set(element.without_optional()),
            Type::Map(element) => Type::map(element.without_optional()),
            Type::Tuple(elements) => Type::tuple(elements.iter().map(Type::without_optional)),
            Type::Object(object) => {
                Type::object(object.attributes.iter().map(|(name, ty)| (name.clone(), ty.without_optional())))
            }
            Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Capsule(_) => self.clone(),
        }
    }

    /// The element type of list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            _ => None,
        }
    }

    /// The type of attribute `name`, if this is an object that has it.
    pub fn attribute(&self, name: &str) -> Option<&Type> {
        match self {
            Type::Object(object) => object.attributes.get(name),
            _ => None,
        }
    }

    /// The name for people: `list of string`, `number`, `dynamic`, `object`, `tuple`.
    pub fn friendly_name(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(element) => format!("list of {}", element.friendly_name()),
            Type::Set(element) => format!("set of {}", element.friendly_name()),
            Type::Map(element) => format!("map of {}", element.friendly_name()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
            Type::Capsule(name) => (*name).into(),
        }
    }

    /// The name for people where a type is asked for: as [`friendly_name`](Type::friendly_name), but `any type` for dynamic.
    pub fn wanted_name(&self) -> String {
        match self {
            Type::Dynamic => "any type".into(),
            Type::List(element) if element.is_dynamic() => "list of any single type".into(),
            Type::Set(element) if element.is_dynamic() => "set of any single type".into(),
            Type::Map(element) if element.is_dynamic() => "map of any single type".into(),
            other => other.friendly_name(),
        }
    }
}

/// The type expression: `list(string)`, `object({a=string,b=optional(number)})`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(element) => write!(f, "list({element})"),
            Type::Set(element) => write!(f, "set({element})"),
            Type::Map(element) => write!(f, "map({element})"),
            Type::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (index, element) in elements.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{element}")?;
                }
                f.write_str("])")
            }
            Type::Object(object) => {
                f.write_str("object({")?;
                for (index, (name, ty)) in object.attributes.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    match object.optional.get(name) {
                        None => write!(f, "{comma}{name}={ty}")?,
                        Some(_) => write!(f, "{comma}{name}=optional({ty})")?,
                    }
                }
                f.write_str("})")
            }
            Type::Capsule(name) => f.write_str(name),
        }
    }
}
