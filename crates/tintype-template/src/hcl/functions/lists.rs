//! Lists out of lists: put together, cut, cleaned, turned round, sorted.

use cty::{Type, Value, convert, unify};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, elements, room_for, value, wanted, whole};

pub(super) fn functions() -> Vec<Function> {
    let any_list = Type::list(Type::Dynamic);
    vec![
        Function::new("concat", Type::Dynamic, concat)
            .doc("The elements of all lists and tuples, one after another.")
            .variadic(Param::new("lists", Type::Dynamic))
            .returns(concat_type)
            .examples(&[(r#"jsonencode(concat([1], ["a"], []))"#, r#"[1,"a"]"#)]),
        Function::new("flatten", Type::Dynamic, flatten)
            .doc("The elements of a list, and in place of lists, sets and tuples in it their elements, at any depth.")
            .takes(Param::new("list", Type::Dynamic))
            .examples(&[("jsonencode(flatten([[1, 2], [3, [4, []]], 5]))", "[1,2,3,4,5]")]),
        Function::new("distinct", Type::Dynamic, distinct)
            .doc("The list without elements that equal an earlier one.")
            .takes(Param::new("list", any_list.clone()))
            .returns(same_type)
            .examples(&[(r#"join("", distinct(["b", "a", "b", "c", "a"]))"#, "bac")]),
        Function::new("compact", Type::list(Type::String), |args, _| {
            let strings = elements(args, 0)?;
            if !strings.iter().all(Value::is_known) {
                return Ok(Value::unknown_not_null(Type::list(Type::String)));
            }
            let kept = strings.iter().filter(|string| string.as_str().is_some_and(|text| !text.is_empty()));
            Ok(Value::list(Type::String, kept.cloned().collect()))
        })
        .doc("The list without empty strings and nulls.")
        .param("list", Type::list(Type::String))
        .examples(&[(r#"join(",", compact(["a", "", "b", null]))"#, "a,b")]),
        Function::new("chunklist", Type::Dynamic, chunklist)
            .doc("The list cut into lists of that many elements; the last may be shorter. With size 0 all are in one.")
            .takes(Param::new("list", any_list))
            .param("size", Type::Number)
            .returns(|args| Ok(Type::list(value(args, 0)?.ty().clone())))
            .examples(&[("jsonencode(chunklist([1, 2, 3], 2))", "[[1,2],[3]]")]),
        Function::new("reverse", Type::Dynamic, |args, _| {
            Ok(sequence(&reverse_type(args)?, elements(args, 0)?.iter().rev().cloned().collect()))
        })
        .doc("The elements in opposite order.")
        .takes(Param::new("list", Type::Dynamic))
        .returns(reverse_type)
        .examples(&[("jsonencode(reverse([1, 2, 3]))", "[3,2,1]")]),
        Function::new("slice", Type::Dynamic, |args, _| {
            let all = elements(args, 0)?;
            let (start, end) = bounds(args, Some(all.len()))?.unwrap_or((0, all.len()));
            let part = all.get(start..end).unwrap_or_default();
            Ok(sequence(value(args, 0)?.ty(), part.to_vec()))
        })
        .doc("The elements from the start index up to but without the end index.")
        .takes(Param::new("list", Type::Dynamic))
        .param("start", Type::Number)
        .param("end", Type::Number)
        .returns(slice_type)
        .examples(&[(r#"join("", slice(["a", "b", "c", "d"], 1, 3))"#, "bc")]),
        Function::new("sort", Type::list(Type::String), sort)
            .doc("The strings of the list in the order of their bytes.")
            .param("list", Type::list(Type::String))
            .examples(&[(r#"join(" ", sort(["b", "a", "C", "10", "9"]))"#, "10 9 C a b")]),
    ]
}

/// A list or tuple of the kind `like` is.
fn sequence(like: &Type, elements: Vec<Value>) -> Value {
    match like {
        Type::List(element) => Value::list(Type::clone(element), elements),
        _ => Value::tuple(elements),
    }
}

fn same_type(args: &[Value]) -> Result<Type> {
    Ok(value(args, 0)?.ty().clone())
}

fn concat_type(args: &[Value]) -> Result<Type> {
    if args.is_empty() {
        return Err(FunctionError::call("at least one list or tuple is required"));
    }
    let mut lists = Vec::new();
    let mut all = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        match arg.ty() {
            Type::List(element) => {
                lists.push(Type::clone(element));
                // How many elements an unknown list adds to a tuple nobody knows.
                let count = arg.elements().map(<[Value]>::len);
                all.push(count.map(|count| vec![Type::clone(element); count]));
            }
            Type::Tuple(types) => all.push(Some(types.to_vec())),
            _ => return Err(FunctionError::argument(index, wanted("a list or tuple", arg))),
        }
    }
    if lists.len() == args.len()
        && let Some(element) = unify(&lists)
    {
        return Ok(Type::list(element));
    }
    Ok(match all.into_iter().collect::<Option<Vec<_>>>() {
        Some(types) => Type::tuple(types.into_iter().flatten()),
        None => Type::Dynamic,
    })
}

fn concat(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    room_for(args.iter().filter_map(Value::elements).map(<[Value]>::len).sum())?;
    let ty = concat_type(args)?;
    let all = args.iter().flat_map(|arg| arg.elements().unwrap_or_default()).cloned().collect();
    match &ty {
        Type::List(_) => {
            convert(&Value::tuple(all), &ty).map_err(|error| FunctionError::call(error.to_string()))
        }
        _ => Ok(Value::tuple(all)),
    }
}

fn flatten(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let list = value(args, 0)?;
    let Some(elements) = list.elements() else {
        return Err(FunctionError::call(wanted("a list, set or tuple", list)));
    };
    let mut flat = Vec::new();
    Ok(if flatten_into(elements, &mut flat) { Value::tuple(flat) } else { Value::dynamic() })
}

/// False if it is not known how many elements there are.
fn flatten_into(elements: &[Value], flat: &mut Vec<Value>) -> bool {
    elements.iter().all(|element| {
        let nested = matches!(element.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        let open = !element.is_known() && (nested || element.ty().is_dynamic());
        match element.elements() {
            Some(inner) => flatten_into(inner, flat),
            None => {
                flat.push(element.clone());
                !open
            }
        }
    })
}

fn distinct(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let list = value(args, 0)?;
    if !list.is_wholly_known() {
        return Ok(Value::unknown_not_null(list.ty().clone()));
    }
    // Sorted, equal ones lie side by side; the one that came first stays.
    let all = elements(args, 0)?;
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| match (all.get(a), all.get(b)) {
        (Some(a), Some(b)) => cty::compare(a, b),
        _ => a.cmp(&b),
    });
    order.dedup_by(|later, earlier| all.get(*later) == all.get(*earlier));
    order.sort_unstable();
    let kept = order.into_iter().filter_map(|index| all.get(index).cloned()).collect();
    Ok(sequence(list.ty(), kept))
}

fn chunklist(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let list = value(args, 0)?;
    let size =
        usize::try_from(whole(args, 1)?).map_err(|_| FunctionError::call("the size must not be negative"))?;
    let elements = elements(args, 0)?;
    let size = if size == 0 { elements.len().max(1) } else { size };
    let chunks = elements.chunks(size).map(|chunk| sequence(list.ty(), chunk.to_vec())).collect();
    Ok(Value::list(list.ty().clone(), chunks))
}

fn reverse_type(args: &[Value]) -> Result<Type> {
    let list = value(args, 0)?;
    match list.ty() {
        Type::List(_) => Ok(list.ty().clone()),
        Type::Set(element) => Ok(Type::list(Type::clone(element))),
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned())),
        _ => Err(FunctionError::argument(0, wanted("a list, set or tuple", list))),
    }
}

fn slice_type(args: &[Value]) -> Result<Type> {
    let list = value(args, 0)?;
    match list.ty() {
        Type::List(_) => {
            bounds(args, list.elements().map(<[Value]>::len))?;
            Ok(list.ty().clone())
        }
        Type::Tuple(types) => Ok(match bounds(args, Some(types.len()))? {
            Some((start, end)) => Type::tuple(types.get(start..end).unwrap_or_default().iter().cloned()),
            None => Type::Dynamic,
        }),
        _ => Err(FunctionError::argument(0, wanted("a list or tuple", list))),
    }
}

/// Start or end of a slice if it is known, checked as far as it can be.
fn bound(args: &[Value], index: usize, length: Option<usize>) -> Result<Option<usize>> {
    if !value(args, index)?.is_known() {
        return Ok(None);
    }
    let wrong = |message: String| FunctionError::argument(index, message);
    let number = whole(args, index).map_err(wrong)?;
    let number = usize::try_from(number).map_err(|_| wrong("an index must not be negative".into()))?;
    match length {
        Some(length) if number > length => Err(wrong(format!("the list has only {length} elements"))),
        _ => Ok(Some(number)),
    }
}

/// Start and end of a slice if both are known, checked as far as they can be.
fn bounds(args: &[Value], length: Option<usize>) -> Result<Option<(usize, usize)>> {
    let (start, end) = (bound(args, 1, length)?, bound(args, 2, length)?);
    match start.zip(end) {
        Some((start, end)) if start > end => {
            Err(FunctionError::argument(1, "the start must not be greater than the end"))
        }
        both => Ok(both),
    }
}

fn sort(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let mut strings = elements(args, 0)?.to_vec();
    if !strings.iter().all(Value::is_known) {
        return Ok(Value::unknown_not_null(Type::list(Type::String)));
    }
    if let Some(index) = strings.iter().position(Value::is_null) {
        return Err(FunctionError::call(format!("element {index} is null")));
    }
    strings.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, strings))
}
