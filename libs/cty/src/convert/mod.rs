//! Conversion of values to wanted types, with all the leniency the language has: text to number and back, tuples to lists, objects to
//! maps, attributes left out or filled in. Which type several values have in common is [`unify`](crate::unify())'s part; whether a type can become
//! another at all is answered by [`types`].

mod types;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use types::converted_type;

use crate::{Number, ObjectType, Path, Step, Type, Value, unify};

/// Why a value cannot become what was wanted, and which part of it is to blame.
#[derive(Clone, PartialEq, Debug)]
pub struct ConvertError {
    /// The part.
    pub path: Path,
    /// The reason, a phrase without capital or full stop.
    pub message: String,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ConvertError {}

impl ConvertError {
    fn new(message: impl Into<String>) -> ConvertError {
        ConvertError { path: Path::default(), message: message.into() }
    }

    /// The same error, one step further from the root.
    fn below(mut self, step: Step) -> ConvertError {
        self.path.0.insert(0, step);
        self
    }

    fn below_attribute(self, name: &Arc<str>) -> ConvertError {
        self.below(Step::Attr(name.clone()))
    }

    fn below_key(self, key: &Arc<str>) -> ConvertError {
        self.below(Step::Index(Value::string(key)))
    }

    fn below_index(self, index: usize) -> ConvertError {
        self.below(Step::Index(Value::number(index)))
    }
}

/// The value as one of type `want`. Where `want` is dynamic the value keeps its own type, except that elements of collections are
/// brought to one. Missing optional attributes get their defaults, and so do optional attributes that are null. Unknown stays unknown, null stays null, marks
/// stay where they are.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if want.is_dynamic() || (value.ty() == want && !want.has_optional()) {
        return Ok(value.clone());
    }
    if value.is_null() {
        return Ok(Value::null(converted_type(value.ty(), want)?).with_marks(value.marks()));
    }
    if !value.is_known() {
        let ty = converted_type(value.ty(), want)?;
        let unknown = if value.may_be_null() { Value::unknown(ty) } else { Value::unknown_not_null(ty) };
        return Ok(unknown.with_marks(value.marks()));
    }
    let converted = match want {
        Type::String | Type::Number | Type::Bool => primitive(value, want),
        Type::List(element) => {
            let (element, elements) = sequence(value, want, element)?;
            Ok(Value::list(element, elements))
        }
        Type::Set(element) => {
            let (element, elements) = sequence(value, want, element)?;
            Ok(Value::set(element, elements))
        }
        Type::Map(element) => map(value, want, element),
        Type::Tuple(wanted) => tuple(value, want, wanted),
        Type::Object(object_type) => object(value, want, object_type),
        Type::Dynamic | Type::Capsule(_) => Err(types::mismatch(want)),
    };
    Ok(converted?.with_marks(value.marks()))
}

fn primitive(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    match (want, value.as_str()) {
        (Type::String, _) => {
            if let Some(number) = value.as_number() {
                return Ok(Value::string(number.to_string()));
            }
            if let Some(bool) = value.as_bool() {
                return Ok(Value::string(if bool { "true" } else { "false" }));
            }
        }
        (Type::Number, Some(text)) => {
            return Number::parse(text)
                .map(Value::number)
                .ok_or_else(|| ConvertError::new("a number is required"));
        }
        (Type::Bool, Some(text)) => return bool_of(text),
        _ => {}
    }
    Err(types::mismatch(want))
}

fn bool_of(text: &str) -> Result<Value, ConvertError> {
    match text {
        "true" | "1" => Ok(Value::bool(true)),
        "false" | "0" => Ok(Value::bool(false)),
        other => Err(ConvertError::new(match other.to_ascii_lowercase().as_str() {
            "true" => "a bool is required; write \"true\" in lower case",
            "false" => "a bool is required; write \"false\" in lower case",
            _ => "a bool is required",
        })),
    }
}

/// The converted elements of list, set or tuple, and the type that all of them have.
fn sequence(value: &Value, want: &Type, element: &Type) -> Result<(Type, Vec<Value>), ConvertError> {
    let Some(elements) = value.elements() else { return Err(types::mismatch(want)) };
    let converted = elements
        .iter()
        .enumerate()
        .map(|(index, value)| convert(value, element).map_err(|error| error.below_index(index)))
        .collect::<Result<Vec<Value>, _>>()?;
    let ty = element_type(value.ty(), element, &converted)?;
    let elements = if element.has_dynamic() {
        converted
            .iter()
            .enumerate()
            .map(|(index, value)| convert(value, &ty).map_err(|error| error.below_index(index)))
            .collect::<Result<_, _>>()?
    } else {
        converted
    };
    Ok((ty, elements))
}

/// What the elements of a collection have in common, if the wish leaves it open.
fn element_type<'a>(
    from: &Type,
    wanted: &Type,
    elements: impl IntoIterator<Item = &'a Value>,
) -> Result<Type, ConvertError> {
    if !wanted.has_dynamic() {
        return Ok(wanted.without_optional());
    }
    let types: Vec<Type> = elements.into_iter().map(|element| element.ty().clone()).collect();
    if types.is_empty() {
        // Nothing to go by but the old element type.
        let old = from.element().filter(|old| !old.is_dynamic());
        return match old {
            Some(old) => converted_type(old, wanted),
            None => Ok(wanted.without_optional()),
        };
    }
    // What is null or unknown without a type follows the others.
    let typed: Vec<Type> = types.into_iter().filter(|ty| !ty.is_dynamic()).collect();
    if typed.is_empty() {
        return Ok(Type::Dynamic);
    }
    unify(&typed).ok_or_else(|| ConvertError::new("all elements must have one type in common"))
}

fn map(value: &Value, want: &Type, element: &Type) -> Result<Value, ConvertError> {
    let Some(entries) = value.entries() else { return Err(types::mismatch(want)) };
    let convert_all = |entries: &BTreeMap<Arc<str>, Value>, ty: &Type| {
        entries
            .iter()
            .map(|(key, value)| match convert(value, ty) {
                Ok(value) => Ok((key.clone(), value)),
                Err(error) => Err(error.below_key(key)),
            })
            .collect::<Result<BTreeMap<_, _>, ConvertError>>()
    };
    let converted = convert_all(entries, element)?;
    let ty = element_type(value.ty(), element, converted.values())?;
    let converted = if element.has_dynamic() { convert_all(&converted, &ty)? } else { converted };
    Ok(Value::map(ty, converted))
}

fn tuple(value: &Value, want: &Type, wanted: &[Type]) -> Result<Value, ConvertError> {
    let (Type::Tuple(_), Some(elements)) = (value.ty(), value.elements()) else {
        return Err(types::mismatch(want));
    };
    types::check_length(elements.len(), wanted.len())?;
    let elements = elements
        .iter()
        .zip(wanted)
        .enumerate()
        .map(|(index, (value, ty))| convert(value, ty).map_err(|error| error.below_index(index)))
        .collect::<Result<_, _>>()?;
    Ok(Value::tuple(elements))
}

fn object(value: &Value, want: &Type, object: &ObjectType) -> Result<Value, ConvertError> {
    let Some(entries) = value.entries() else { return Err(types::mismatch(want)) };
    types::check_attributes(object, |name| entries.contains_key(name))?;
    let from_map = matches!(value.ty(), Type::Map(_));
    let attributes = object
        .attributes
        .iter()
        .map(|(name, ty)| {
            let default = object.optional.get(name).and_then(Option::as_ref);
            let given = entries.get(name);
            let converted = match (given, default) {
                (Some(given), Some(default)) if given.is_null() => {
                    convert(default, ty).map(|value| value.with_marks(given.marks()))
                }
                (Some(given), _) => convert(given, ty),
                (None, Some(default)) => convert(default, ty),
                (None, None) => Ok(Value::null(ty.without_optional())),
            };
            match converted {
                Ok(value) => Ok((name.clone(), value)),
                Err(error) if from_map => Err(error.below_key(name)),
                Err(error) => Err(error.below_attribute(name)),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Value::object(attributes))
}
