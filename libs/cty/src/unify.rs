//! The one type that values of several types can all become: what a conditional yields whichever arm is taken, what the elements
//! of a list are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::convert::converted_type;
use crate::{ObjectType, Type};

/// The type all of `types` convert to, if there is one; `Dynamic` for none. Objects with the same attributes unify attribute by
/// attribute, others to a map; tuples of the same length element by element, others to a list. Of other types the most general one is taken
/// to which all convert. A type that is not known yet fits into any primitive, but leaves open what compound types become.
pub fn unify(types: &[Type]) -> Option<Type> {
    let Some((first, rest)) = types.split_first() else { return Some(Type::Dynamic) };
    if types.iter().any(Type::has_optional) {
        // Values have all attributes of their types.
        return unify(&types.iter().map(Type::without_optional).collect::<Vec<_>>());
    }
    if rest.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let count = |test: fn(&Type) -> bool| types.iter().filter(|ty| test(ty)).count();
    let total = types.len();
    let dynamics = count(Type::is_dynamic);
    let maps = count(|ty| matches!(ty, Type::Map(_)));
    let lists = count(|ty| matches!(ty, Type::List(_)));
    let sets = count(|ty| matches!(ty, Type::Set(_)));
    let objects = count(|ty| matches!(ty, Type::Object(_)));
    let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
    if objects > 0 && tuples > 0 {
        return None;
    }
    let of_a_kind =
        [maps + objects, lists + tuples, sets].into_iter().any(|n| n > 0 && n + dynamics == total);
    if of_a_kind && dynamics > 0 {
        let typed: Vec<Type> = types.iter().filter(|ty| !ty.is_dynamic()).cloned().collect();
        return unify(&typed).map(|_| Type::Dynamic);
    }
    if maps + objects == total {
        return if maps == 0 { unify_objects(types) } else { unify_to_map(types) };
    }
    if lists + tuples == total {
        return if lists == 0 { unify_tuples(types) } else { unify_to_list(types) };
    }
    if sets == total {
        return unify_elements(types).map(Type::set);
    }
    // "Any" would take everything, and then nothing could be said about the elements of a collection.
    let mut preferred: Vec<&Type> = types.iter().filter(|ty| !ty.is_dynamic()).collect();
    preferred.sort_by_key(|ty| generality(ty));
    preferred.into_iter().find(|want| types.iter().all(|ty| converted_type(ty, want).is_ok())).cloned()
}

/// Types that more others convert to without loss come first.
fn generality(ty: &Type) -> u8 {
    match ty {
        Type::String => 0,
        Type::List(_) | Type::Map(_) => 1,
        Type::Set(_) => 2,
        Type::Tuple(_) | Type::Object(_) => 3,
        Type::Number | Type::Bool | Type::Capsule(_) | Type::Dynamic => 4,
    }
}

fn unify_objects(types: &[Type]) -> Option<Type> {
    let objects: Vec<&Arc<ObjectType>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    let first = objects.first()?;
    if !objects.iter().all(|object| object.attributes.keys().eq(first.attributes.keys())) {
        return unify_to_map(types);
    }
    let attributes = first.attributes.keys().map(|name| {
        let types: Vec<Type> =
            objects.iter().filter_map(|object| object.attributes.get(name).cloned()).collect();
        Some((name.clone(), unify(&types)?))
    });
    Some(Type::object(attributes.collect::<Option<BTreeMap<_, _>>>()?))
}

fn unify_tuples(types: &[Type]) -> Option<Type> {
    let tuples: Vec<&Arc<[Type]>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(elements) => Some(elements),
            _ => None,
        })
        .collect();
    let first = tuples.first()?;
    if !tuples.iter().all(|tuple| tuple.len() == first.len()) {
        return unify_to_list(types);
    }
    let elements = (0..first.len()).map(|index| {
        let types: Vec<Type> = tuples.iter().filter_map(|tuple| tuple.get(index).cloned()).collect();
        unify(&types)
    });
    Some(Type::tuple(elements.collect::<Option<Vec<_>>>()?))
}

fn unify_to_map(types: &[Type]) -> Option<Type> {
    unify_elements(types).map(Type::map)
}

fn unify_to_list(types: &[Type]) -> Option<Type> {
    unify_elements(types).map(Type::list)
}

/// What all elements and attributes of all these types have in common.
fn unify_elements(types: &[Type]) -> Option<Type> {
    let mut all = Vec::new();
    for ty in types {
        match ty {
            Type::List(element) | Type::Set(element) | Type::Map(element) => all.push(Type::clone(element)),
            Type::Tuple(elements) => all.extend(elements.iter().cloned()),
            Type::Object(object) => all.extend(object.attributes.values().cloned()),
            _ => {}
        }
    }
    unify(&all)
}
