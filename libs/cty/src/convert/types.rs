//! Conversion seen from the types alone: whether a value of one type could become another, and which type it would have then. Needed for values
//! that are not known yet or null.

use crate::convert::ConvertError;
use crate::{ObjectType, Type, unify};

pub(super) fn mismatch(want: &Type) -> ConvertError {
    ConvertError::new(format!("{} required", want.wanted_name()))
}

pub(super) fn check_length(given: usize, wanted: usize) -> Result<(), ConvertError> {
    if given == wanted {
        return Ok(());
    }
    let elements = if wanted == 1 { "element is" } else { "elements are" };
    Err(ConvertError::new(format!("{wanted} {elements} required, but there are {given}")))
}

/// All attributes that are missing and not optional, in one message.
pub(super) fn check_attributes(
    object: &ObjectType,
    given: impl Fn(&str) -> bool,
) -> Result<(), ConvertError> {
    let missing: Vec<String> = object
        .attributes
        .keys()
        .filter(|name| !object.optional.contains_key(*name) && !given(name))
        .map(|name| format!("\"{name}\""))
        .collect();
    match missing.split_last() {
        None => Ok(()),
        Some((name, [])) => Err(ConvertError::new(format!("attribute {name} is required"))),
        Some((last, others)) => {
            Err(ConvertError::new(format!("attributes {} and {last} are required", others.join(", "))))
        }
    }
}

/// The type a value of type `from` has after conversion to `want`, or why it cannot be converted. A value may still fail
/// where its type does not: not every string is a number.
pub fn converted_type(from: &Type, want: &Type) -> Result<Type, ConvertError> {
    match (from, want) {
        (_, Type::Dynamic) => Ok(from.clone()),
        (Type::Dynamic, _) => Ok(want.without_optional()),
        (Type::String, Type::Number | Type::Bool) | (Type::Number | Type::Bool, Type::String) => {
            Ok(want.clone())
        }
        (Type::List(from) | Type::Set(from), Type::List(want)) => Ok(Type::list(converted_type(from, want)?)),
        (Type::List(from) | Type::Set(from), Type::Set(want)) => Ok(Type::set(converted_type(from, want)?)),
        (Type::Tuple(from), Type::List(want)) => Ok(Type::list(elements(from, want)?)),
        (Type::Tuple(from), Type::Set(want)) => Ok(Type::set(elements(from, want)?)),
        (Type::Map(from), Type::Map(want)) => Ok(Type::map(converted_type(from, want)?)),
        (Type::Object(from), Type::Map(want)) => {
            let types = from
                .attributes
                .iter()
                .map(|(name, ty)| converted_type(ty, want).map_err(|error| error.below_key(name)))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Type::map(common(types, want)?))
        }
        (Type::Tuple(from), Type::Tuple(want)) => {
            check_length(from.len(), want.len())?;
            let types = from
                .iter()
                .zip(want.iter())
                .enumerate()
                .map(|(index, (from, want))| {
                    converted_type(from, want).map_err(|error| error.below_index(index))
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Type::tuple(types))
        }
        (Type::Object(from), Type::Object(want)) => {
            check_attributes(want, |name| from.attributes.contains_key(name))?;
            attributes(want, |name| from.attributes.get(name))
        }
        (Type::Map(from), Type::Object(want)) => attributes(want, |_| Some(from)),
        (from, want) if from == want => Ok(want.clone()),
        _ => Err(mismatch(want)),
    }
}

fn attributes<'a>(want: &ObjectType, given: impl Fn(&str) -> Option<&'a Type>) -> Result<Type, ConvertError> {
    let types = want
        .attributes
        .iter()
        .map(|(name, want)| {
            let ty = match given(name) {
                Some(from) => converted_type(from, want).map_err(|error| error.below_attribute(name))?,
                None => want.without_optional(),
            };
            Ok((name.clone(), ty))
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Type::object(types))
}

fn elements(from: &[Type], want: &Type) -> Result<Type, ConvertError> {
    let types = from
        .iter()
        .enumerate()
        .map(|(index, from)| converted_type(from, want).map_err(|error| error.below_index(index)))
        .collect::<Result<Vec<_>, _>>()?;
    common(types, want)
}

fn common(types: Vec<Type>, want: &Type) -> Result<Type, ConvertError> {
    if !want.has_dynamic() || types.is_empty() {
        return Ok(want.without_optional());
    }
    let typed: Vec<Type> = types.into_iter().filter(|ty| !ty.is_dynamic()).collect();
    if typed.is_empty() {
        return Ok(Type::Dynamic);
    }
    unify(&typed).ok_or_else(|| ConvertError::new("all elements must have one type in common"))
}
